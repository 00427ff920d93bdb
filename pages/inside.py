"""The inside page: the whole network on one image, and why it says what it says."""

import streamlit as st

from pages.ui import frame, guidance, presenter, steps
from pages.ui.inside import PARTS, foretold
from pages.ui.inside.picture import choose_picture
from pages.ui.inside.subject import Subject, choose_run, explained, look_at

PART = "inside.part"


def choose_subject() -> Subject | None:
    """The run and the image, in a row; None, with a message, while there is nothing to look at."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    below = st.container()
    with row:
        run = choose_run()
        picture = choose_picture(run, below) if run else None
    return look_at(run, picture) if run and picture else None


def show(chosen: str) -> None:
    """A part of the page. In a function, since Python keeps what a page's script has opened until it collects."""
    subject = choose_subject()
    if subject and not foretold.keeps_back(subject):
        if not presenter.is_on():  # the figure stands above the fold of a beamer
            guidance.what_to_do("inside", chosen)
        with explained():
            PARTS[chosen].show(subject)
        foretold.offer(subject)
        guidance.what_to_notice("inside", chosen)


frame.header("Inside", "Look inside the network, and ask why it says what it says.")
guidance.choose_answers()
chosen = steps.choose(PARTS, PART, default="network", label="Part")
show(chosen)
steps.show_way(PARTS, PART, chosen, "inside.py")
frame.lead_on("inside.py")
