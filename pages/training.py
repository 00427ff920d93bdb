"""The training page: start a run, watch it, stop it, resume it; every visitor sees the same runs."""

import streamlit as st

from cnn_core import runs
from cnn_core.runs import Run, RunError
from pages.ui import (
    audience,
    frame,
    presenter,
    proposal,
    run_code,
    run_controls,
    run_import,
    teacher,
    training_form,
    training_words,
    watched,
)
from pages.ui.components.arrival import arrival
from pages.ui.run_display import show_replay, show_view
from pages.ui.run_table import show_table
from pages.ui.run_view import read_view
from pages.ui.run_words import badge
from pages.ui.text import plain
from pages.ui.together import on_training

_VIEW = "training_view"


def setup(shown: Run | None) -> None:
    """What to train, and its start. One line while there is a run to watch; that of who watches another leads to it."""
    running = runs.running()
    run_controls.show_message()
    if teacher.longest_training() and not (running and running == shown and presenter.is_on()):
        training_form.show(running, is_open=proposal.is_made() or not (running or (shown and watched.is_chosen(shown))))
    if running and running != shown:
        watch = {"on_click": watched.watch, "args": (running.id,)}
        st.button("Watch the run that is being trained", icon=":material/visibility:", **watch)


def show_watched(run: Run) -> None:
    """The run, renewed every second while it is trained; a class shares six renewals a second.

    Of a run that stands still, and of a replay, only what others do to it is asked again and again.
    """

    def situation() -> tuple:
        """What the page depends on beside the figures; a visitor here or elsewhere may change it."""
        return runs.running(), run.exists(), run.state(), run.is_stopping(), run.is_finishing(), badge(run)

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

        def show_buttons() -> None:
            on_training.offer_questions(run.id, view, is_replay=is_replay)
            run_controls.show_first_action(run)

        (show_replay if is_replay else show_view)(view, run.id, show_buttons)


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
    arrival(proposal.count(), training_form.KEY, key="training.arrival.form")
if shown and runs.is_readable(shown):
    run_code.show(shown)
run_import.offer()
frame.lead_on("training.py")
