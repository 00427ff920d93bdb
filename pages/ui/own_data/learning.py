"""Two ways to learn an own data set, side by side: with the kernels of a network that is there, and from nothing."""

from contextlib import suppress
from dataclasses import replace
from functools import partial

import streamlit as st

from cnn_core import data, limits, presets, runs
from cnn_core.config import ExperimentConfig
from cnn_core.data.own import OwnSet
from cnn_core.runs import Run
from pages.ui import own_sets, run_controls, teacher, training_words, watched
from pages.ui.lessons import locks
from pages.ui.own_data import outcome
from pages.ui.text import plain

_PRESETS = ("lesson", "minute", "best")  # with augmentation, and of a size that some hundred images are learned with
_REUSE = (
    "Keep every kernel of a network that has learned CIFAR-10, and train only a new last layer on your images: "
    "**seconds**."
)
_NOTHING = (
    "Every weight starts at random; all that the network will know comes from your images, which each epoch moves and "
    "mirrors: **a minute or two**."
)


def show(own_set: OwnSet) -> None:
    """Both ways with a button each, what is being trained and what came of it; a sentence where too little is there."""
    st.header("Let a network learn it", anchor=False)
    run_controls.show_message()
    watched.show_notice()
    lacks = own_set.lacks()
    if lacks:
        st.caption(f"Not yet. {plain(lacks)}")
    learned = own_sets.runs_of(own_set.name)
    if lacks and not learned:
        return
    reused, from_nothing = (_latest(learned, is_reuse=is_reuse) for is_reuse in (True, False))
    if teacher.longest_training():
        training_words.say_limit()
    left, right = st.columns(2, gap="medium", border=True)
    with left, st.container(gap="xsmall"):
        st.subheader("Reuse", anchor=False)
        st.markdown(_REUSE)
        if not lacks and _offer("reuse", reused):
            _start_on(own_set, "reused", presets.reusing())
        outcome.show(own_set, reused)
    with right, st.container(gap="xsmall"):
        st.subheader("From nothing", anchor=False)
        st.markdown(_NOTHING)
        if not lacks:
            with st.container(horizontal=True, vertical_alignment="bottom"):
                preset = _choose_preset()
                is_pressed = _offer("from nothing", from_nothing)
            if is_pressed:
                _start_on(own_set, preset, presets.PRESETS[preset])
        outcome.show(own_set, from_nothing)
    outcome.teach(reused or from_nothing)


def _latest(learned: list[Run], *, is_reuse: bool) -> Run | None:
    for run in learned:
        with suppress(runs.RunError):  # another visitor deletes it at this moment
            if bool(run.config.reuse) == is_reuse:
                return run
    return None


def _choose_preset() -> str:
    if not teacher.longest_training():
        return _PRESETS[0]
    given = {"key": "own_data.preset", "persist_state": "session", "disabled": locks.is_locked("network")}
    return st.segmented_control("Network", _PRESETS, default=_PRESETS[0], required=True, **given)


def _offer(way: str, latest: Run | None) -> bool:
    """Whether the button was just pressed. No callback: it would get the preset as it was drawn."""
    if not teacher.longest_training():
        st.caption(":material/lock: Only the teacher can train it here.")
        return False
    busy = runs.running()
    given = {"key": f"own_data.learn.{way}", "disabled": busy is not None or locks.is_locked("actions")}
    is_pressed = st.button(f"Learn it: {way}", type="primary", icon=":material/play_arrow:", **given)
    if busy and busy != latest:
        st.caption(f"**{plain(busy.title)}** is being trained; one run at a time.")
    return is_pressed


def _start_on(own_set: OwnSet, name: str, usual: ExperimentConfig) -> None:
    """Start a run of this experiment on the set as it is now, or note why not; and draw the page anew."""
    run_controls.attempt(partial(_start, own_set, name, usual), needs=partial(_require, usual))
    st.rerun()


def _require(usual: ExperimentConfig) -> None:
    teacher.require_training(_short_enough(usual).training)


def _start(own_set: OwnSet, name: str, usual: ExperimentConfig) -> None:
    config = data.on(usual, data.own.latest(own_set.name))
    config = presets.for_few(config, data.learned(config).sizes["train"])
    given = {"seconds": run_controls.longest_run(), "on_removed": watched.say_removed}
    run = runs.start(_short_enough(config), f"{own_set.title}, {name}", **given)
    teacher.own(run.id)
    watched.choose(run.id)


def _short_enough(config: ExperimentConfig) -> ExperimentConfig:
    """With no more time than the server and this visitor have."""
    recipe, most = limits.fitted(config.training), teacher.longest_training()
    if (recipe.seconds or float("inf")) > most:
        recipe = replace(recipe, seconds=most)
    return replace(config, training=recipe)
