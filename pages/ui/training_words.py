"""What the training page says to the visitor: whose runs these are, and what there is to do with them."""

import streamlit as st

from cnn_core.runs import Run
from pages.ui import server, teacher
from pages.ui.run_words import duration


def lead() -> str:
    do = "Press **Start training** and watch the curves." if teacher.longest_training() else "Watch a network learn."
    return f"{do} Everyone on this page sees the run that is being trained."


def say_limit() -> None:
    """Above the form of a pupil who may train."""
    if not teacher.may_act():
        most = duration(teacher.longest_training())
        st.caption(f"You may train for up to {most}, and stop and delete what you start, until you close this page.")


def introduce(run: Run) -> None:
    """Whose run this is: nobody takes it for the one that is about to be started."""
    what = "a run that came with the app" if run.is_recorded else "an earlier run on this machine"
    if teacher.longest_training():
        st.markdown(f"**Until you start one: {what}.** Yours will stand here instead.")
    else:
        st.markdown(f"**Until the teacher starts a training: {what}.** The curves will then stand here instead.")


def say_nothing_yet() -> None:
    who = "Press **Start training**" if teacher.longest_training() else "The teacher starts a training"
    st.info(f"No run yet. {who}: the curves appear here.", icon=":material/info:")


def say_what_to_pick() -> None:
    """Above the table."""
    if teacher.may_act():
        rest = "Runs that came with the app can be replayed, but not changed."
    elif teacher.longest_training():
        rest = "You can delete those that you started; the teacher can delete all."
    else:
        rest = "The teacher starts, stops and deletes them."
    st.caption(f"Pick a run to watch it. {rest} {server.on_lasting()}".rstrip())
