"""Which run a visitor watches, and how far its replay is. Both are kept by the run's id, never by its place."""

import time
from math import inf
from typing import NamedTuple

import streamlit as st

from cnn_core import runs
from cnn_core.runs import Run
from pages.ui.text import plain

_CHOSEN, _SHOWN, _REPLAY, _NOTICE = (f"training.{name}" for name in ("run", "shown", "replay", "notice"))
ACTIONS = ("rename", "delete")  # each opens for one run, and keeps that run on the page while it is open


class Replay(NamedTuple):
    """One run, shown as it stood then, at this speed."""

    run_id: str
    speed: float  # seconds of training a second
    start: float  # seconds of training at `since`
    since: float  # on this machine's clock


def watch(run_id: str) -> None:
    """Show this run to the visitor, in its present state."""
    st.session_state[_CHOSEN] = run_id
    st.session_state.pop(_REPLAY, None)


def watched_run(listed: list[Run]) -> Run | None:
    """The run that this visitor chose, else the one being trained, else the first that did not diverge."""
    by_id = {run.id: run for run in listed}
    if (shown := st.session_state.get(_SHOWN)) and shown[0] not in by_id:
        _say_gone(*shown)
    first = next((run for run in listed if _is_presentable(run)), None)
    run = by_id.get(_kept()) or runs.running() or _diverged_before_the_visitor(by_id) or first
    if run:
        st.session_state[_SHOWN] = (run.id, run.title)
    return run


def forget(title: str) -> None:
    """The visitor has deleted the run of this title; those who watched it get another message."""
    for key in (_CHOSEN, _SHOWN, _REPLAY):
        st.session_state.pop(key, None)
    st.session_state[_NOTICE] = f"**{plain(title)}** was deleted."


def show_notice() -> None:
    if notice := st.session_state.pop(_NOTICE, None):
        st.warning(notice, icon=":material/info:")


def action_key(action: str, run_id: str) -> str:
    """The key that says whether this action is open for this run."""
    return f"training.{action}.{run_id}"


def replay(run: Run, speed: float) -> None:
    """Show the run from its beginning, or on from where the replay is, at this speed."""
    position = replay_position(run) if is_replaying(run) else 0.0
    watch(run.id)
    start = position if position < run.seconds() else 0.0
    st.session_state[_REPLAY] = Replay(run.id, speed, start, time.time())


def is_replaying(run: Run) -> bool:
    """Whether the visitor's replay is of this run."""
    return (at := st.session_state.get(_REPLAY)) is not None and at.run_id == run.id


def replay_position(run: Run) -> float:
    """How many seconds of training are shown: infinitely many when there is no replay."""
    if not is_replaying(run):
        return inf
    at = st.session_state[_REPLAY]
    return at.start + at.speed * (time.time() - at.since)


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
    at = st.session_state.pop(_REPLAY, None)
    ended = " Its replay has ended." if at and at.run_id == run_id else ""
    st.session_state[_NOTICE] = f"**{plain(title)}**, the run that you were watching, was deleted.{ended}"
    for key in (_CHOSEN, _SHOWN):
        st.session_state.pop(key, None)


def _is_presentable(run: Run) -> bool:
    return runs.is_readable(run) and not run.has_diverged()
