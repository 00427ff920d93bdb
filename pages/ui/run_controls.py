"""What a visitor can do with a run: replay, finish, stop, resume, rename, download. Each is bound to that one run."""

import tempfile
from collections.abc import Callable
from functools import partial

import streamlit as st

from cnn_core import runs
from cnn_core.config import ConfigError
from cnn_core.data import DataError
from cnn_core.runs import Run, RunError, RunState
from pages.ui import downloads, lab_report, run_code, server, teacher, watched
from pages.ui.lessons import locks
from pages.ui.text import plain

_MESSAGE = "training.message"
_BESIDE = 180.0  # seconds that a run may take for all but its training: TensorFlow, validations, the test


def attempt(action: Callable, *arguments: object, needs: Callable[[], None] = teacher.require) -> None:
    """Do it; `show_message` then says in a sentence what could not be done.

    `needs` raises KeyNeeded for a visitor who may not: that is all who are not the teacher, unless it says otherwise.
    """
    if locks.is_locked("actions"):
        st.session_state[_MESSAGE] = "This step of the lesson does not allow that."
        return
    try:
        needs()
        action(*arguments)
    except (RunError, ConfigError, DataError, teacher.KeyNeeded) as error:
        st.session_state[_MESSAGE] = str(error)
    except OSError as error:  # whose own words may hold a path
        st.session_state[_MESSAGE] = runs.disk_sentence(error)


def longest_run() -> float:
    """Seconds that a run of this visitor may take."""
    return teacher.longest_training() + _BESIDE


def show_message() -> None:
    if message := st.session_state.pop(_MESSAGE, None):
        st.error(plain(message), icon=":material/error:")


def show_actions(run: Run) -> None:
    """What can be done with a run that is not being trained."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if runs.is_readable(run):
            _show_uses(run)
        if not run.is_recorded and not locks.is_locked("actions"):
            _show_changes(run)


def show_first_action(run: Run) -> None:
    """What belongs beside the run's title: finish the training or stop it, play a replay, or end it."""
    state = run.state()
    if state.is_active:
        if teacher.may_change(run.id):
            _show_finish(run, state)
            _show_stop(run, state)
    elif watched.is_replaying(run):
        end = {"key": f"training.replay.end.{run.id}", "on_click": watched.watch, "args": (run.id,)}
        st.button("End replay", icon=":material/close:", **end)
    elif run.seconds() and not run.has_diverged():
        play = {"key": f"training.replay.{run.id}", "on_click": watched.replay, "args": (run,)}
        st.button("Replay", icon=":material/replay:", help="Watch it being trained once more.", **play)


def _show_finish(run: Run, state: RunState) -> None:
    """Not while it is tested, and not where only the last layer is learned."""
    if state == RunState.TESTING or not runs.can_finish(run):
        return
    is_learning = state == RunState.RUNNING and not run.is_loading()
    st.button(
        "Finish now",
        icon=":material/flag:",
        key=f"training.finish.{run.id}",
        on_click=attempt,
        args=(runs.request_finish, run),
        kwargs={"needs": partial(teacher.require_change, run.id)},
        disabled=not is_learning or run.is_finishing() or run.is_stopping() or locks.is_locked("actions"),
        help="Before the bell rings: the learning rate falls to zero within a tenth of the time trained so far, three "
        "seconds at least, and the network is tested. A stopped run has had no such end.",
    )


def _show_stop(run: Run, state: RunState) -> None:
    is_over = state == RunState.TESTING
    st.button(
        "Skip the test" if is_over else "Stop training",
        type="primary",
        icon=":material/stop:",
        key=f"training.stop.{run.id}",
        on_click=attempt,
        args=(runs.request_stop, run),
        kwargs={"needs": partial(teacher.require_change, run.id)},
        disabled=state == RunState.STARTING
        or (run.is_stopping() and not run.is_silent())
        or locks.is_locked("actions"),
        help="What is measured by then stays. Resume makes up for the rest." if is_over else None,
    )


def _show_uses(run: Run) -> None:
    if teacher.may_act() and runs.is_resumable(run) and not locks.is_locked("actions"):
        resume = {"key": f"training.resume.{run.id}", "on_click": attempt, "args": (runs.resume, run)}
        again = "Only the last layer is learned: that takes seconds, and begins again." if run.config.reuse else None
        st.button("Resume", icon=":material/play_arrow:", help=again, **resume)
    if run.is_tested():
        st.page_link("pages/evaluation.py", label="Evaluate", icon=":material/grid_on:", query_params={"run": run.id})
    key = f"training.download.{run.id}"
    downloads.offer("Download", lambda: _zipped(run), f"{run.id}.zip", key=key, icon=":material/download:")
    lab_report.offer_of_run(run, f"training.report.{run.id}")
    run_code.offer(run)


def _show_changes(run: Run) -> None:
    """Each opens for this run alone, with keys of its own, and closes when it has been used."""
    if server.stores_few() and teacher.may_act():
        _show_keep(run)
    rename, delete = (watched.action_key(action, run.id) for action in watched.ACTIONS)
    if teacher.may_act():
        _show_rename(run, rename)
    if teacher.may_change(run.id):
        _show_delete(run, delete)


def _show_rename(run: Run, rename: str) -> None:
    title, field = run.title, f"training.title.{run.id}"
    with (
        st.popover("Rename", icon=":material/edit:", key=rename, on_change="rerun"),
        st.form(f"training.form.{run.id}", border=False),
    ):
        st.text_input("Name", title, max_chars=60, key=field)
        st.form_submit_button("Save", on_click=_rename, args=(run, field, rename))


def _show_delete(run: Run, delete: str) -> None:
    title = run.title
    with st.popover("Delete", icon=":material/delete:", key=delete, on_change="rerun"):
        st.markdown(f"Delete **{plain(title)}** and all its files? This cannot be undone.")
        st.button(
            "Delete it", type="primary", key=f"training.deleted.{run.id}", on_click=_delete, args=(run, title, delete)
        )


def _show_keep(run: Run) -> None:
    is_kept = run.is_kept()
    st.button(
        "Kept" if is_kept else "Keep",
        icon=":material/bookmark_added:" if is_kept else ":material/bookmark:",
        key=f"training.keep.{run.id}",
        on_click=attempt,
        args=(runs.keep, run, not is_kept),
        help="Press again to let it go: then it may make room for a new run."
        if is_kept
        else "A kept run does not make room for a new one.",
    )


def _rename(run: Run, field: str, popover: str) -> None:
    st.session_state[popover] = False
    attempt(runs.rename, run, st.session_state[field])  # the text at the click, not the one that was drawn


def _delete(run: Run, title: str, popover: str) -> None:
    st.session_state[popover] = False
    attempt(runs.delete, run, needs=partial(teacher.require_change, run.id))
    if not run.exists():
        watched.forget(title)


def _zipped(run: Run) -> bytes:
    with tempfile.TemporaryFile(suffix=".zip") as file:
        runs.write_zip(run, file)
        file.seek(0)
        return file.read()
