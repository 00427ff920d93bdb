"""The training page: start a run, watch it, stop it, go on with it; every visitor sees the same."""

import streamlit as st

from cnn_core import data, memory, runs
from cnn_core.config import ConfigError, ExperimentConfig
from cnn_core.presets import PRESETS
from cnn_core.runs import Run
from pages.ui import controls, frame, run_controls
from pages.ui.builder import choose_network
from pages.ui.recipe import choose_recipe
from pages.ui.run_view import show_run


def setup(watched: Run | None) -> None:
    """Choose what to train, and start it; while one is being trained, a way to it for who watches another."""
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
                st.markdown(f"**{running.title}** is being trained; one run at a time. Stop it, or wait for its end.")
                if running != watched:
                    st.button("Look at it", icon=":material/visibility:", on_click=run_controls.watch, args=(running,))
        run_controls.show_message()


def start(network_name: str, config: ExperimentConfig) -> None:
    preset = PRESETS.get(network_name, config)
    is_variant = (config.network, config.training) != (preset.network, preset.training)
    title = f"{'variant of ' if is_variant else ''}{network_name}, {data.title(config.data_set)}"
    run_controls.watch(runs.start(config, title))


def show_watched(run: Run) -> None:
    """The live view, renewed every second while something moves; a class shares eight renewals a second."""
    running = runs.running()
    is_moving = run.state().is_active or run_controls.is_replaying()

    def wanted_pace() -> float:
        watchers = run_controls.count_watchers()  # who waits for a run to start is one of them
        return min(max(1.0, watchers / 8), run_controls.PRESENCE / 2) if is_moving else 4.0

    pace = wanted_pace()

    @st.fragment(run_every=pace)
    def live() -> None:
        is_off_pace = abs(wanted_pace() - pace) > pace / 3  # others have come or gone
        # Or a run was started, ended or deleted, here or at another visitor's.
        if is_off_pace or runs.running() != running or not run.exists():
            st.rerun()
        with st.container(border=True):
            show_run(run, **run_controls.replay_position(run))

    live()
    run_controls.show_actions(run)


frame.header(
    "Training",
    "Choose a data set, a network and how long it may learn. **Start**, and watch the curves: everybody who has this "
    "page open and has picked no other run sees it too.",
)
listed = runs.list_runs()
watched = run_controls.watched_run(listed)
setup(watched)
if watched:
    show_watched(watched)
    st.header("All runs", anchor=False)
    st.caption("Pick one to look at it. Runs that came with the app can be replayed, and not changed.")
    run_controls.show_table(listed)
else:
    st.info("No run yet. Press **Start training**: the curves appear here.", icon=":material/info:")
