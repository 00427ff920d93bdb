"""What a visitor can do with a run: pick it from the table, replay, stop, resume, rename, delete, download."""

import tempfile
import time
import uuid
from collections.abc import Callable

import pandas as pd
import streamlit as st

from cnn_core import data, runs
from cnn_core.runs import Run, RunError, RunState
from pages.ui import cache
from pages.ui.run_view import BADGES

_SPEEDS = (1, 10, 60)
PRESENCE = 10.0  # seconds that a visitor counts as watching after the last renewal
_MESSAGE, _WATCHED, _REPLAY, _TABLE, _VISITOR = (
    f"training.{name}" for name in ("message", "run", "replay", "table", "visitor")
)


def attempt(action: Callable, *arguments: object) -> None:
    """Do it; `show_message` then says in a sentence what could not be done."""
    try:
        action(*arguments)
    except (RunError, OSError) as error:
        st.session_state[_MESSAGE] = str(error)


def show_message() -> None:
    if message := st.session_state.pop(_MESSAGE, None):
        st.error(message, icon=":material/error:")


def count_watchers() -> int:
    """How many visitors have had a run before them in the last ten seconds, this one among them."""
    now = time.monotonic()
    visitor = st.session_state.setdefault(_VISITOR, uuid.uuid4().hex)
    watchers = cache.watchers()
    watchers[visitor] = now
    for other, last in list(watchers.items()):
        if now - last > PRESENCE:
            watchers.pop(other, None)
    return len(watchers)


def watch(run: Run) -> None:
    """Make this the run that the visitor looks at."""
    st.session_state[_WATCHED] = run.id
    st.session_state.pop(_REPLAY, None)


def watched_run(listed: list[Run]) -> Run | None:
    """The run that this visitor chose, else the one that is being trained, else the first."""
    chosen = next((run for run in listed if run.id == st.session_state.get(_WATCHED)), None)
    return chosen or runs.running() or (listed[0] if listed else None)


def is_replaying() -> bool:
    return _REPLAY in st.session_state


def replay_position(run: Run) -> dict[str, float]:
    """How far the replay is, as `until` for `show_run`; empty when there is none. At its end it ends itself."""
    if not is_replaying():
        return {}
    until = _replayed_seconds()
    if until >= run.seconds():
        del st.session_state[_REPLAY]
        st.rerun()
    return {"until": until}


def _replayed_seconds() -> float:
    replay = st.session_state[_REPLAY]
    return replay["from"] + replay["speed"] * (time.time() - replay["since"])


def show_actions(run: Run) -> None:
    """What can be done with this run in its state."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.state().is_active:
            stop = {
                "on_click": attempt,
                "args": (runs.request_stop, run),
                "disabled": run.is_stopping() or run.state() == RunState.STARTING,
            }
            st.button("Stop training", type="primary", icon=":material/stop:", **stop)
            return
        if run.state() != RunState.FINISHED:
            st.button("Resume", icon=":material/play_arrow:", on_click=attempt, args=(runs.resume, run))
        if run.is_tested():
            st.page_link(
                "pages/evaluation.py", label="Evaluate", icon=":material/grid_on:", query_params={"run": run.id}
            )
        if run.seconds():
            _show_replay(run)
        st.download_button(
            "Download", lambda: _zipped(run), f"{run.id}.zip", on_click="ignore", icon=":material/download:"
        )
        if not run.is_recorded:
            _show_changes(run)


def show_table(listed: list[Run]) -> None:
    """All runs with their settings and results; a click on a row makes it the watched one."""
    st.dataframe(
        pd.DataFrame([_row(run) for run in listed]),
        hide_index=True,
        key=_TABLE,
        on_select=lambda: _pick(listed),
        selection_mode="single-row",
        column_config={
            name: st.column_config.NumberColumn(format="percent") for name in ("train", "validation", "test accuracy")
        },
    )


def _pick(listed: list[Run]) -> None:
    rows = st.session_state[_TABLE]["selection"]["rows"]
    if rows:
        watch(listed[rows[0]])


def _row(run: Run) -> dict[str, object]:
    config, result, last = run.config, run.result(), run.scores()
    recipe = config.training
    return {
        "run": run.title,
        "test accuracy": result.test_accuracy if result else None,
        "seconds": round(run.seconds()),
        "state": "recorded" if run.is_recorded else BADGES[run.state()].label,
        "data set": data.title(config.data_set),
        "epochs": round(run.passes(), 1),
        "train": last.accuracy if last else None,
        "validation": last.val_accuracy if last else None,
        "preset": config.preset,
        "recipe": f"{recipe.optimizer} {recipe.learning_rate:g}, batch {recipe.batch_size}, seed {recipe.seed}",
    }


def _show_replay(run: Run) -> None:
    def play(speed: int) -> None:
        """From the beginning, or on from where it is, at another speed."""
        position = _replayed_seconds() if is_replaying() else 0.0
        watch(run)  # also when another visitor starts a run meanwhile
        start = position if position < run.seconds() else 0.0
        st.session_state[_REPLAY] = {"speed": speed, "from": start, "since": time.time()}

    for speed in _SPEEDS:
        st.button(f"Replay {speed}×", icon=":material/replay:", on_click=play, args=(speed,))
    if is_replaying():
        st.button("End replay", icon=":material/close:", on_click=watch, args=(run,))


def _show_changes(run: Run) -> None:
    key = f"training.title.{run.id}"

    def rename() -> None:
        runs.rename(run, st.session_state[key])  # as it is at the click, not as it was when the button was drawn

    with st.popover("Rename", icon=":material/edit:"):
        st.text_input("Name", run.title, max_chars=60, key=key)
        st.button("Save", on_click=attempt, args=(rename,))
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(f"Delete **{run.title}** and all its files? This cannot be undone.")
        st.button("Delete it", type="primary", on_click=attempt, args=(runs.delete, run))


def _zipped(run: Run) -> bytes:
    with tempfile.TemporaryFile(suffix=".zip") as file:
        runs.write_zip(run, file)
        file.seek(0)
        return file.read()
