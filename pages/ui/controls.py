"""Widgets that return core objects: the data set and the run that a page works on; and the image that is kept.

What was chosen on one page is kept on the next, as long as the visitor stays.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from cnn_core import data, runs
from cnn_core.config import DATA_SETS
from pages.ui import address, cache, teacher
from pages.ui.lessons import locks
from pages.ui.run_words import menu_line
from pages.ui.text import plain

_OFFER_WIDTH = 800  # pixels at most: a line that can be read
_LAST_DATA_SET, _LAST_RUN, _OWN_RUN = "controls.data_set", "controls.run", "controls.own_run"
_KEPT_IMAGE = "controls.image"
_REFUSED = "controls.refused"
_NOT_HERE = "**CIFAR-10 is not on this machine yet.**"
_HOW_TO_GET_IT = (
    "The official archive is a download of 170 MB, once for all visitors. "
    "Without internet: `python -m cnn_core data --from ARCHIVE`."
)


@dataclass(frozen=True)
class ChosenImage:
    """An image of a data set that the visitor picked, on whatever page; without a data set their own photo."""

    data_set: str | None = None  # "cifar10" or "shapes10"
    split: str | None = None  # "train", "val" or "test"
    index: int | None = None  # its place in the split, from 0, in official order


def keep_image(image: ChosenImage | None) -> None:
    """From now on the pages that can show this image do, where the visitor makes no other choice; None forgets it."""
    st.session_state[_KEPT_IMAGE] = image


def kept_image() -> ChosenImage | None:
    """The image that the visitor picked last, on any page; None before the first."""
    return st.session_state.get(_KEPT_IMAGE)


def choose_data_set(key: str = "data_set") -> data.DataSet:
    """The data set that the visitor works on. CIFAR-10 while it is missing: how to get it, and Shapes-10 instead."""
    is_missing = not data.is_ready("cifar10")
    address.allow(key, (data.about(name).title for name in DATA_SETS))
    if key not in st.session_state and key not in st.query_params:  # the page was just opened, and by no link
        st.session_state[key] = st.session_state.get(_LAST_DATA_SET, "cifar10")
    with st.container(width="content"):
        name = st.segmented_control(
            "Data set",
            DATA_SETS,
            format_func=lambda name: data.about(name).title,
            default="cifar10",
            required=True,
            key=key,
            bind="query-params",
            help="CIFAR-10: 60,000 small photographs. Shapes-10: drawn shapes of the same size, always available.",
            disabled=locks.is_locked("data set"),
        )
    st.session_state[_LAST_DATA_SET] = name
    if name == "cifar10" and is_missing:
        with st.container(width=_OFFER_WIDTH):  # a row of its own among other controls
            offer_cifar10("Until then the app uses Shapes-10.")
        name = "shapes10"
    try:
        return cache.data_set(name)
    except data.DataError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()


def set_data_set(name: str, key: str = "data_set") -> None:
    """Choose for the visitor; before `choose_data_set` draws its widget."""
    st.session_state[key] = st.session_state[_LAST_DATA_SET] = name


def offer_cifar10(meanwhile: str = "") -> None:
    """The way to CIFAR-10. Every visitor's page asks again and again, so all see the progress; seldom while there is
    none, since a class may go without CIFAR-10 for a whole lesson.

    `meanwhile` says what the page shows until then.
    """
    is_running = data.preparation_status().state == "running"
    st.fragment(_offer_cifar10, run_every=2 if is_running else 10)(meanwhile, is_running)


def _offer_cifar10(meanwhile: str, was_running: bool) -> None:
    status = data.preparation_status()
    if status.state == "ready" or (status.state == "running") != was_running:
        st.rerun()
    with st.container(border=True, key="offer_cifar10", width=_OFFER_WIDTH):
        may_get_it = teacher.may_act()
        st.markdown(f"{_NOT_HERE} {_HOW_TO_GET_IT if may_get_it else 'The teacher can get it.'} {meanwhile}")
        if status.state == "running":
            st.progress(status.done / status.total if status.total else 0.0, text=status.message)
            return
        message = st.session_state.pop(_REFUSED, None) or (status.message if status.state == "failed" else None)
        if message:
            st.error(message, icon=":material/error:")
        if may_get_it:
            st.button("Get CIFAR-10", icon=":material/download:", on_click=_get_cifar10)


def _get_cifar10() -> None:
    try:
        teacher.require()
        data.start_background_preparation()
    except (data.DataError, teacher.KeyNeeded) as error:
        st.session_state[_REFUSED] = str(error)


def choose_run(
    key: str,
    suits: Callable[[runs.Run], bool] = runs.Run.is_tested,
    *,
    best_for: str | None = None,
    is_labelled: bool = True,
) -> runs.Run | None:
    """One of the runs that `suits` accepts, recorded ones included; None, with a message, while there is none.

    The page opens with the run of its link, else with the one last looked at, else with the first. With `best_for`, a
    data set, in place of the last two: the run of that data set that the visitor chose by hand, else the best.
    `key` is the page's own: the browser's Back brings along the state of the page that it leaves. `is_labelled`: the
    word "Run" stands above it; a screen reader hears it in any case.
    """
    suitable = {run.id: run for run in runs.list_runs() if suits(run)}
    if not suitable:
        st.info("No run can be shown here yet. Train a network first; it then appears here.", icon=":material/info:")
        return None
    if key not in st.session_state:  # the page was just opened: a link decides, else the run last looked at
        linked = st.query_params.get("run")
        wanted = linked if linked in suitable or not best_for else _best_choice(suitable, best_for)
        wanted = wanted or st.session_state.get(_LAST_RUN)
        if wanted in suitable:
            st.session_state[key] = wanted
        if linked in suitable:
            st.session_state[_OWN_RUN] = linked
        elif linked:
            _say_why_another(linked, "The run of this link is not on this machine; it may have been deleted.")
    elif st.session_state[key] not in suitable:
        _say_why_another(st.session_state[key], "The run that you looked at was deleted.")
        st.session_state[key] = _best_choice(suitable, best_for) if best_for else next(iter(suitable))
    chosen = st.selectbox(
        "Run",
        list(suitable),
        format_func=run_labels(suitable.values()).get,
        key=key,
        on_change=lambda: st.session_state.update({_OWN_RUN: st.session_state[key]}),
        help="A run is one training of one network. Recorded runs came with the app. Percentages: test accuracy.",
        label_visibility="visible" if is_labelled else "collapsed",
        disabled=locks.is_locked("run"),
    )
    st.query_params["run"] = st.session_state[_LAST_RUN] = chosen
    return suitable[chosen]


def run_for(data_set: str) -> runs.Run | None:
    """The run last looked at if it knows this data set, else the best that does; None if none does."""
    last = _with_network(data_set).get(st.session_state.get(_LAST_RUN))
    return last or best_run(data_set)


def best_run(data_set: str) -> runs.Run | None:
    """The best run that knows this data set: that with which the prediction page opens; None if none does."""
    suitable = _with_network(data_set)
    return suitable[_best(suitable)] if suitable else None


def _with_network(data_set: str) -> dict[str, runs.Run]:
    return {run.id: run for run in runs.list_runs() if run.has_classifier() and _knows(run, data_set)}


def _best_choice(suitable: dict[str, runs.Run], data_set: str) -> str:
    """The run of this data set that the visitor chose by hand, on whatever page; else the best of them, or of all."""
    own = st.session_state.get(_OWN_RUN)
    knowing = {run_id: run for run_id, run in suitable.items() if _knows(run, data_set)}
    return own if own in knowing else _best(knowing or suitable)


def _knows(run: runs.Run, data_set: str) -> bool:
    """Whether it was trained on this data set; no longer once another visitor has deleted it."""
    try:
        return run.config.data_set == data_set
    except runs.RunError:
        return False


def _best(choices: dict[str, runs.Run]) -> str:
    """The finished run with the highest final test accuracy; of stopped ones only, the best of these."""

    def rank(run: runs.Run) -> tuple[bool, float]:
        result = run.result()  # another visitor may delete or resume it at this moment
        return (run.state() == runs.RunState.FINISHED, result.test_accuracy if result else -1.0)

    return max(choices, key=lambda run_id: rank(choices[run_id]))


def _say_why_another(run_id: str, if_gone: str) -> None:
    """Nobody takes another run's figures for those of the run that they asked for."""
    run = next((run for run in runs.list_runs(with_unreadable=True) if run.id == run_id), None)
    is_tested = run is not None and run.is_tested()
    if is_tested and run.has_classifier():
        return  # it has its figures, but not what this page is about
    lacks = "test result: it is being trained, or was not tested"
    if is_tested:
        lacks = "network: its test was cut short, or it came without one"
    why = f"**{plain(run.title)}** has no {lacks}." if run else if_gone
    st.info(f"{why} Here is another run.", icon=":material/info:")


def run_labels(choices: Iterable[runs.Run]) -> dict[str, str]:
    """By id one line, and the id too where two have the same: Streamlit knows an option by its label alone."""
    lines = {run.id: menu_line(run) for run in choices}
    counts = Counter(lines.values())
    return {run_id: line if counts[line] == 1 else f"{line} · {run_id}" for run_id, line in lines.items()}
