"""The evaluation page: what a run got right, what it confused, how sure it was, and the images behind every number."""

import streamlit as st

from cnn_core import evaluation
from cnn_core.runs import RunError
from pages.ui import controls, frame, guidance, lab_report, presenter, steps
from pages.ui.evaluation import PARTS, in_code
from pages.ui.evaluation.subject import look_at, say_why_no_images
from pages.ui.text import plain

PART = "evaluation.part"
CHOICE_AND_SCORES = (1, 1)  # of the width


def show_scores(scores: evaluation.Scores) -> None:
    if presenter.is_on():  # a line less, so that more of the part stands above the fold
        st.markdown(f"Test accuracy **{scores.accuracy:.2%}** · loss {scores.loss:.4f} · MSE {scores.mse:.4f}")
        return
    with st.container(horizontal=True):
        st.metric("Test accuracy", f"{scores.accuracy:.2%}")
        st.metric("Test loss", f"{scores.loss:.4f}")
        st.metric("Test MSE", f"{scores.mse:.4f}")


frame.header(
    "Evaluation",
    "What the network says about images that it has never seen: how often it is right, and which classes it confuses.",
)
chosen = steps.choose(PARTS, PART, default="matrix", label="Part")
part = PARTS[chosen]
choice, scores = st.columns(CHOICE_AND_SCORES, vertical_alignment="center" if presenter.is_on() else "bottom")
with choice:
    run = controls.choose_run("evaluation.run", part.suits, is_labelled=not presenter.is_on())
if run:
    try:
        subject = look_at(run) if run.is_tested() or not part.show_untested else None
        if subject:
            with scores:
                show_scores(subject.scores)
        if not presenter.is_on():  # the figure stands above the fold of a beamer
            guidance.what_to_do("evaluation", chosen)
        if subject:
            part.show(subject)
            if subject.images is None:
                say_why_no_images(subject.run.config)
        else:
            part.show_untested(run)
        guidance.what_to_notice("evaluation", chosen)
        if subject:
            in_code.show(chosen, subject)
    except RunError as error:
        st.error(plain(str(error)), icon=":material/error:")
if run:
    lab_report.offer_of_run(run, "evaluation.report")
steps.show_way(PARTS, PART, chosen, "evaluation.py")
frame.lead_on("evaluation.py")
