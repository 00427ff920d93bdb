"""Widgets that return core objects: the data set and the run that a page works on; and the image that is kept.

What was chosen on one page is kept on the next, as long as the visitor stays.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnn_core import data, runs
from cnn_core.config import DATA_SETS, LEAST_CLASSES
from cnn_core.data import own
from pages.ui import cache, own_sets, visit
from pages.ui.getting import OFFER_WIDTH, offer_cifar10
from pages.ui.lessons import locks
from pages.ui.run_words import menu_line
from pages.ui.text import plain

_SIDE_BY_SIDE, _MENU_WIDTH = 3, 260  # data sets in a row; pixels of a list of more
_EVERYBODYS = "CIFAR-10: 60,000 small photographs. Shapes-10: drawn shapes of the same size, always available."
_OWN = "The others are the class's own."
_LAST_DATA_SET, _LAST_RUN, _OWN_RUN = "controls.data_set", "controls.run", "controls.own_run"
_KEPT_IMAGE = "controls.image"


@dataclass(frozen=True)
class ChosenImage:
    """An image of a data set that the visitor picked, on whatever page; without a data set their own photo."""

    data_set: str | None = None  # "cifar10", "shapes10", or the state of an own one
    split: str | None = None  # "train", "val" or "test"
    index: int | None = None  # its place in the split, from 0, in official order


def keep_image(image: ChosenImage | None) -> None:
    """From now on the pages that can show this image do, where the visitor makes no other choice; None forgets it."""
    st.session_state[_KEPT_IMAGE] = image


def kept_image() -> ChosenImage | None:
    """The image that the visitor picked last, on any page; None before the first."""
    return st.session_state.get(_KEPT_IMAGE)


def choose_data_set(key: str = "data_set") -> data.DataSet | None:
    """The data set that the visitor works on; of an own one a state that stays as it is while the set grows.

    CIFAR-10 while it is missing: how to get it, and Shapes-10 instead. None, once the page has said why, for an own set
    that cannot be learned yet.
    """
    titles = {name: data.about(name).title for name in DATA_SETS} | own_sets.titles()
    _open_with(key, titles)
    before, name = st.session_state.get(f"{key}.before"), _choose_name(key, titles)
    st.session_state[_LAST_DATA_SET] = st.session_state[f"{key}.before"] = name
    if name == "cifar10" and not data.is_ready("cifar10"):
        with st.container(width=OFFER_WIDTH):  # a row of its own among other controls
            offer_cifar10("Until then the app uses Shapes-10.")
        name = "shapes10"
    try:
        return cache.data_set(name if name in DATA_SETS else own_sets.state(name, is_new_choice=name != before))
    except data.DataError as error:
        if name not in DATA_SETS:
            with st.container(width=OFFER_WIDTH):
                st.warning(plain(str(error)), icon=":material/photo_library:")
                st.page_link("pages/own_data.py", label="Open it on the page Your data", query_params={"set": name})
            return None
        st.error(str(error), icon=":material/error:")
        st.stop()


def chosen_classes() -> tuple[int, str] | None:
    """How many classes the own data set has that the visitor chose last, and its title; None for everybody's."""
    name = st.session_state.get(_LAST_DATA_SET, "cifar10")
    try:
        chosen = None if name in DATA_SETS else own.find(name)
    except data.DataError:  # it was deleted
        return None
    return (len(chosen.classes), chosen.title) if chosen and len(chosen.classes) >= LEAST_CLASSES else None


def _open_with(key: str, titles: dict[str, str]) -> None:
    """What the widget shows at first: the data set of the link, else the one chosen last; none that was deleted."""
    by_link = {title if name in DATA_SETS else name: name for name, title in titles.items()}
    linked, is_back = st.query_params.get(key), get_script_run_ctx().is_history_navigation
    chosen, opened = st.session_state.get(key), visit.pages_opened()
    is_opened = chosen is None or st.session_state.get(f"{key}.opened") != opened
    st.session_state[f"{key}.opened"] = opened
    if is_opened or (is_back and linked != _in_link(chosen, titles)):
        st.session_state.pop(f"{key}.before", None)
        chosen = by_link.get(linked) or ("cifar10" if is_back else st.session_state.get(_LAST_DATA_SET, "cifar10"))
        st.session_state[key] = chosen
        if linked and linked not in by_link:
            _say_gone("of this link")
    if chosen not in titles:
        _say_gone("on which you worked")
        st.session_state[key] = "cifar10"


def _choose_name(key: str, titles: dict[str, str]) -> str:
    """The widget: side by side what a line holds, else a list."""
    given = {"key": key, "disabled": locks.is_locked("data set")}
    given["help"] = f"{_EVERYBODYS} {_OWN}" if len(titles) > len(DATA_SETS) else _EVERYBODYS
    with st.container(width="content"):
        if len(titles) <= _SIDE_BY_SIDE:
            name = st.segmented_control(
                "Data set", list(titles), format_func=lambda name: plain(titles[name]), required=True, **given
            )
        else:
            name = st.selectbox("Data set", list(titles), format_func=titles.get, width=_MENU_WIDTH, **given)
    if (written := _in_link(name, titles)) is None:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = written
    return name


def _in_link(name: str, titles: dict[str, str]) -> str | None:
    """How the address says it: an own set by the name that never changes; the usual one not at all."""
    if name == "cifar10":
        return None
    return titles.get(name) if name in DATA_SETS else name


def _say_gone(which: str) -> None:
    with st.container(width=OFFER_WIDTH):
        st.info(f"The data set {which} is not here; it may have been deleted. Here is another.", icon=":material/info:")


def set_data_set(name: str, key: str = "data_set") -> None:
    """Choose for the visitor; before `choose_data_set` draws its widget. `name` may be that of an own set's state."""
    own_sets.work_on(name)
    st.session_state[key] = st.session_state[_LAST_DATA_SET] = own_sets.name_of(name) or name


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
