"""The form of the training page: what to train, and the button that starts it."""

from functools import partial

import streamlit as st

from cnn_core import data, limits, runs
from cnn_core.config import ConfigError, ExperimentConfig
from cnn_core.presets import PRESETS, for_few
from cnn_core.runs import Run
from pages.ui import controls, own_sets, proposal, run_controls, server, teacher, training_words, watched
from pages.ui.builder import RECIPE_OF_OWN, choose_network, of_ten
from pages.ui.lessons import locks
from pages.ui.recipe import choose_recipe
from pages.ui.run_words import limit
from pages.ui.text import plain

KEY = "training_form"


def show(running: Run | None, *, is_open: bool) -> None:
    """Not on a beamer while a run is trained: its title stands there anyway, and no other can be started."""
    if running:
        label = f"**{plain(running.title)}** is being trained{limit(running)}; one run at a time."
    else:
        label = "Choose what to train" if is_open else "Train another network"
    with st.container(key=KEY), st.expander(label, expanded=is_open, icon=":material/tune:"):
        training_words.say_limit()
        _choose(is_busy=running is not None)


def _choose(*, is_busy: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        data_set = controls.choose_data_set()
        name, network = choose_network()
    if data_set is None:
        return
    is_preset = name in PRESETS
    try:
        usual = _usual(name if is_preset else RECIPE_OF_OWN, data_set.name)
        with st.container(key="training.recipe"):
            recipe = choose_recipe(usual.preset, usual.training, own_sets.name_of(data_set.name))
        asked = ExperimentConfig(preset=name if is_preset else "custom", network=of_ten(network), training=recipe)
        config = runs.allowed(data.on(asked, data_set.name))
        teacher.require_training(recipe)
    except ConfigError as error:
        server.show_refusal(str(error), name)
        return
    except data.DataError as error:  # another visitor has just removed it
        st.error(plain(str(error)), icon=":material/error:")
        return
    except teacher.KeyNeeded as error:
        st.error(str(error), icon=":material/error:")
        return
    # No callback: it would get the settings as they were drawn, without one typed just before the click.
    with st.container(horizontal=True, vertical_alignment="center"):
        given = {"key": "training.start", "disabled": is_busy or locks.is_locked("actions")}
        is_started = st.button("Start training", type="primary", icon=":material/play_arrow:", **given)
        proposal.show(config)
    if not is_busy:
        server.show_terms(name, config)
    if is_started:
        run_controls.attempt(_start, name, config, needs=partial(teacher.require_training, config.training))
        st.rerun()


def _usual(preset: str, data_set: str) -> ExperimentConfig:
    """The preset on this data set; on few images with a recipe for them."""
    usual = data.on(PRESETS[preset], data_set)
    return for_few(usual, data.learned(usual).sizes["train"]) if usual.own else usual


def _start(network_name: str, config: ExperimentConfig) -> None:
    preset = _usual(network_name, config.data_set) if network_name in PRESETS else config
    recipe = limits.with_time_limit(preset.training)
    is_variant = (config.network, config.training) != (preset.network, recipe)
    title = f"{'variant of ' if is_variant else ''}{network_name}, {data.learned(config).title}"
    run = runs.start(config, title, seconds=run_controls.longest_run(), on_removed=watched.say_removed)
    teacher.own(run.id)
    watched.watch(run.id)
    proposal.drop()
