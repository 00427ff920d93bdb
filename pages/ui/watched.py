"""Which run a visitor watches, and whether as a replay. Both are kept by the run's id, never by its place."""

import streamlit as st

from cnn_core import runs
from cnn_core.runs import Run
from pages.ui.text import plain

_CHOSEN, _SHOWN, _REPLAY, _NOTICE = (f"training.{name}" for name in ("run", "shown", "replay", "notice"))
_FOLLOWED, _ARRIVALS = "training.followed", "training.arrivals"
ACTIONS = ("rename", "delete")  # each opens for one run, and keeps that run on the page while it is open


def watch(run_id: str) -> None:
    """Show this run to the visitor, in its present state."""
    choose(run_id)
    st.session_state[_ARRIVALS] = arrivals() + 1


def choose(run_id: str) -> None:
    """The same where the visitor goes on with something else: it is not brought into view."""
    st.session_state[_CHOSEN] = run_id
    st.session_state.pop(_REPLAY, None)


def watched_run(listed: list[Run]) -> Run | None:
    """The run that this visitor chose, else the one being trained, else the first that did not diverge."""
    by_id = {run.id: run for run in listed}
    if (shown := st.session_state.get(_SHOWN)) and shown[0] not in by_id:
        _say_gone(*shown)
    first = next((run for run in listed if _is_presentable(run)), None)
    running = runs.running()
    run = by_id.get(_kept()) or running or _diverged_before_the_visitor(by_id) or first
    if run and run == running:
        st.session_state[_FOLLOWED] = run.id
        if is_replaying(run):  # somebody has resumed it: the visitor watches that, and its end is not the replay again
            st.session_state.pop(_REPLAY)
    if run:
        st.session_state[_SHOWN] = (run.id, run.title)
    return run


def forget(title: str) -> None:
    """The visitor has deleted the run of this title; those who watched it get another message."""
    for key in (_CHOSEN, _SHOWN, _REPLAY):
        st.session_state.pop(key, None)
    tell(f"**{plain(title)}** was deleted.")


def tell(notice: str) -> None:
    """What the visitor is told once, above the run; Markdown."""
    st.session_state[_NOTICE] = notice


def say_removed(titles: list[str]) -> None:
    """The start of the visitor's run deleted those of these titles; the visitor may have watched one of them."""
    st.session_state.pop(_SHOWN, None)
    names = ", ".join(f"**{plain(title)}**" for title in titles)
    was = "was deleted: it was the oldest run" if len(titles) == 1 else "were deleted: they were the oldest runs"
    tell(f"To make room, {names} {was} that nobody kept.")


def show_notice() -> None:
    if notice := st.session_state.pop(_NOTICE, None):
        st.warning(notice, icon=":material/info:")


def action_key(action: str, run_id: str) -> str:
    """The key that says whether this action is open for this run."""
    return f"training.{action}.{run_id}"


def replay(run: Run) -> None:
    """Play this run from its beginning; the browser does."""
    watch(run.id)
    st.session_state[_REPLAY] = run.id


def is_replaying(run: Run) -> bool:
    """Whether the visitor's replay is of this run."""
    return st.session_state.get(_REPLAY) == run.id


def chosen_id() -> str | None:
    """The id of the run that this visitor chose, started, or has seen being trained; it may be gone."""
    return st.session_state.get(_CHOSEN) or st.session_state.get(_FOLLOWED)


def is_chosen(run: Run) -> bool:
    """Whether this visitor chose the run, started it, or has seen it being trained: it is not just the first."""
    return run.id in (st.session_state.get(_CHOSEN), st.session_state.get(_FOLLOWED))


def arrivals() -> int:
    """How often this visitor has chosen what to watch: each time it is brought into view."""
    return st.session_state.get(_ARRIVALS, 0)


def _kept() -> str | None:
    """The id of the run that stays on this page when another visitor starts one."""
    shown = st.session_state.get(_SHOWN)
    is_open = shown and any(st.session_state.get(action_key(action, shown[0])) for action in ACTIONS)
    return shown[0] if is_open else st.session_state.get(_CHOSEN)


def _diverged_before_the_visitor(by_id: dict[str, Run]) -> Run | None:
    """Who watched a training that diverged is told so, instead of finding another run's curves there."""
    run = by_id.get(st.session_state.get(_SHOWN, ("", ""))[0])
    return run if run and runs.is_readable(run) and run.has_diverged() else None


def _say_gone(run_id: str, title: str) -> None:
    ended = " Its replay has ended." if st.session_state.pop(_REPLAY, None) == run_id else ""
    tell(f"**{plain(title)}**, the run that you were watching, was deleted.{ended}")
    for key in (_CHOSEN, _SHOWN):
        st.session_state.pop(key, None)


def _is_presentable(run: Run) -> bool:
    return runs.is_readable(run) and not run.has_diverged()
