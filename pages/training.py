"""The training page: start a run, watch it, stop it, resume it; every visitor sees the same runs."""

from math import inf

import streamlit as st

from cnn_core import data, memory, runs
from cnn_core.config import ConfigError, ExperimentConfig
from cnn_core.presets import PRESETS
from cnn_core.runs import Run, RunError
from pages.ui import audience, controls, frame, run_controls, watched
from pages.ui.builder import choose_network
from pages.ui.recipe import choose_recipe
from pages.ui.run_display import show_view
from pages.ui.run_table import show_table
from pages.ui.run_view import read_view
from pages.ui.text import plain


def setup(shown: Run | None) -> None:
    """Choose what to train, and start it; a button leads visitors who watch another run to the one being trained."""
    running = runs.running()
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            data_set = controls.choose_data_set()
            name, network = choose_network()
        is_preset = name in PRESETS
        try:
            recipe = choose_recipe(name if is_preset else "lesson")
            config = ExperimentConfig(data_set.name, name if is_preset else "custom", network, recipe)
            memory.check(config)
        except ConfigError as error:
            st.error(str(error), icon=":material/error:")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            is_busy = running is not None
            # No callback: it would get the settings as they were drawn, without one typed just before the click.
            if st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=is_busy):
                run_controls.attempt(start, name, config)
                st.rerun()
            if running:
                st.markdown(
                    f"**{plain(running.title)}** is being trained; one run at a time. Stop it, or wait for it to "
                    "finish."
                )
                if running != shown:
                    watch = {"on_click": watched.watch, "args": (running.id,)}
                    st.button("Watch this run", icon=":material/visibility:", **watch)
        run_controls.show_message()


def start(network_name: str, config: ExperimentConfig) -> None:
    preset = PRESETS.get(network_name, config)
    is_variant = (config.network, config.training) != (preset.network, preset.training)
    title = f"{'variant of ' if is_variant else ''}{network_name}, {data.title(config.data_set)}"
    watched.watch(runs.start(config, title).id)


def show_watched(run: Run) -> None:
    """The live view, renewed every second while something moves; a class shares eight renewals a second."""

    def situation() -> tuple:
        """What the buttons depend on; a visitor here or elsewhere may change it."""
        return runs.running(), run.exists(), run.state(), run.is_stopping()

    before = situation()
    pace = audience.pace(is_moving=run.state().is_active or watched.is_replaying(run))

    @st.fragment(run_every=pace)
    def live() -> None:
        is_moving = run.state().is_active or watched.is_replaying(run)
        is_off_pace = abs(audience.pace(is_moving=is_moving) - pace) > pace / 3  # others have come or gone
        if is_off_pace or situation() != before:
            st.rerun()
        until = watched.replay_position(run)
        if until < inf and until >= run.seconds():
            watched.watch(run.id)
            st.rerun()
        with st.container(border=True):
            show(run, until)

    live()
    run_controls.show_actions(run)


def show(run: Run, until: float) -> None:
    """The run as it stood then; a sentence if its files are gone or damaged."""
    try:
        view = read_view(run, until)
    except RunError as error:
        st.error(plain(str(error)), icon=":material/error:")
    else:
        show_view(view)


frame.header(
    "Training",
    "Press **Start training** and watch the curves. Everyone on this page sees the run that is being trained.",
)
listed = runs.list_runs(with_unreadable=True)
shown = watched.watched_run(listed)
setup(shown)
watched.show_notice()
if shown:
    show_watched(shown)
else:
    st.info("No run yet. Press **Start training**: the curves appear here.", icon=":material/info:")
if listed:
    st.header("All runs", anchor=False)
    st.caption("Pick a run to watch it. Runs that came with the app can be replayed, but not changed.")
    show_table(listed, shown)
frame.lead_on("training.py")
