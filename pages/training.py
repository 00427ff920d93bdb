"""The training page: start a run, watch it, stop it, resume it; every visitor sees the same runs."""

from functools import partial

import streamlit as st

from cnn_core import data, limits, runs
from cnn_core.config import ConfigError, ExperimentConfig
from cnn_core.presets import PRESETS
from cnn_core.runs import Run, RunError
from pages.ui import (
    audience,
    controls,
    frame,
    presenter,
    proposal,
    run_controls,
    run_import,
    server,
    teacher,
    training_words,
    watched,
)
from pages.ui.builder import RECIPE_OF_OWN, choose_network
from pages.ui.components.arrival import arrival
from pages.ui.recipe import choose_recipe
from pages.ui.run_display import show_replay, show_view
from pages.ui.run_table import show_table
from pages.ui.run_view import read_view
from pages.ui.run_words import badge, limit
from pages.ui.text import plain

_VIEW, _FORM = "training_view", "training_form"


def setup(shown: Run | None) -> None:
    """What to train, and its start. One line while there is a run to watch; that of who watches another leads to it."""
    running = runs.running()
    run_controls.show_message()
    if teacher.longest_training() and not (running and running == shown and presenter.is_on()):
        show_form(running, is_open=proposal.is_made() or not (running or (shown and watched.is_chosen(shown))))
    if running and running != shown:
        watch = {"on_click": watched.watch, "args": (running.id,)}
        st.button("Watch the run that is being trained", icon=":material/visibility:", **watch)


def show_form(running: Run | None, *, is_open: bool) -> None:
    """Not on a beamer while a run is trained: its title stands there anyway, and no other can be started."""
    if running:
        label = f"**{plain(running.title)}** is being trained{limit(running)}; one run at a time."
    else:
        label = "Choose what to train" if is_open else "Train another network"
    with st.container(key=_FORM), st.expander(label, expanded=is_open, icon=":material/tune:"):
        training_words.say_limit()
        choose(is_busy=running is not None)


def choose(*, is_busy: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        data_set = controls.choose_data_set()
        name, network = choose_network()
    is_preset = name in PRESETS
    try:
        recipe = choose_recipe(name if is_preset else RECIPE_OF_OWN)
        config = runs.allowed(ExperimentConfig(data_set.name, name if is_preset else "custom", network, recipe))
        teacher.require_training(recipe)
    except ConfigError as error:
        st.error(f"{error}{server.instead_of(name)}", icon=":material/error:")
        return
    except teacher.KeyNeeded as error:
        st.error(str(error), icon=":material/error:")
        return
    # No callback: it would get the settings as they were drawn, without one typed just before the click.
    with st.container(horizontal=True, vertical_alignment="center"):
        is_started = st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=is_busy)
        proposal.show(config)
    if not is_busy:
        server.show_terms(name, config)
    if is_started:
        run_controls.attempt(start, name, config, needs=partial(teacher.require_training, config.training))
        st.rerun()


def start(network_name: str, config: ExperimentConfig) -> None:
    preset = PRESETS.get(network_name, config)
    recipe = limits.with_time_limit(preset.training)
    is_variant = (config.network, config.training) != (preset.network, recipe)
    title = f"{'variant of ' if is_variant else ''}{network_name}, {data.title(config.data_set)}"
    run = runs.start(config, title, on_removed=watched.say_removed)
    teacher.own(run.id)
    watched.watch(run.id)
    proposal.drop()


def show_watched(run: Run) -> None:
    """The run, renewed every second while it is trained; a class shares eight renewals a second.

    Of a run that stands still, and of a replay, only what others do to it is asked again and again.
    """

    def situation() -> tuple:
        """What the page depends on beside the figures; a visitor here or elsewhere may change it."""
        return runs.running(), run.exists(), run.state(), run.is_stopping(), badge(run)

    before, is_moving = situation(), run.state().is_active
    pace = audience.pace(is_moving=is_moving)

    @st.fragment(run_every=pace)
    def live() -> None:
        is_off_pace = abs(audience.pace(is_moving=is_moving) - pace) > pace / 3  # others have come or gone
        if is_off_pace or situation() != before:
            st.rerun()
        if is_moving:
            show(run)

    if not is_moving:
        show(run)
    live()
    if not is_moving:
        run_controls.show_actions(run)


def show(run: Run) -> None:
    """The run as it stands, or its replay; a sentence if its files are gone or damaged."""
    with st.container(border=True, key=_VIEW, gap="xsmall"):
        try:
            view = read_view(run)
        except RunError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        is_replay = watched.is_replaying(run) and not view.state.is_active
        (show_replay if is_replay else show_view)(view, run.id, lambda: run_controls.show_first_action(run))


frame.header("Training", training_words.lead())
listed = runs.list_runs(with_unreadable=True)
shown = watched.watched_run(listed)
setup(shown)
watched.show_notice()
if shown:
    if not watched.is_chosen(shown):
        training_words.introduce(shown)
    show_watched(shown)
else:
    training_words.say_nothing_yet()
if listed:
    st.header("All runs", anchor=False)
    training_words.say_what_to_pick()
    show_table(listed, shown)
    arrival(watched.arrivals(), _VIEW, key="training.arrival")
    arrival(proposal.count(), _FORM, key="training.arrival.form")
run_import.offer()
frame.lead_on("training.py")
