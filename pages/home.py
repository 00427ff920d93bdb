"""The start: what the app is, the path through it, and the four kinds of layers in short."""

from itertools import groupby

import streamlit as st

from pages.ui import frame

# The report's recap (III.C), its fourth point corrected: the loss measures an answer, softmax gives it.
LAYERS = (
    (
        ":material/select_all:",
        "Convolution",
        "Slides small kernels over the picture and notes how strongly each place matches. "
        "We choose their number, size, stride and padding; training finds the values.",
    ),
    (
        ":material/compress:",
        "Pooling",
        "Keeps the largest of every 2 × 2 values. Width and height halve, what was found stays, "
        "and there is nothing to learn.",
    ),
    (
        ":material/hub:",
        "Fully connected",
        "Lays all that is left in one row and weighs it for each of the ten classes. "
        "Softmax turns the ten scores into probabilities.",
    ),
    (
        ":material/straighten:",
        "Loss",
        "Says in one number how far the probabilities are from the label. "
        "Training makes it smaller, one batch of pictures after another.",
    ),
)


def show_path() -> None:
    """Every page as a numbered step, in one column for each part of the lesson."""
    steps = [(number, page) for number, page in enumerate(frame.PAGES) if page.file != "home.py"]
    sections = [(section, list(entries)) for section, entries in groupby(steps, key=lambda step: step[1].section)]
    for column, (section, entries) in zip(st.columns(len(sections), gap="medium"), sections, strict=True):
        with column:
            st.subheader(section, anchor=False)
            for number, page in entries:
                with st.container(border=True, gap="xsmall"):
                    st.page_link(page.path, label=f"**{number} · {page.title}**", icon=page.icon)
                    st.markdown(page.lead)


def show_recap() -> None:
    st.header("Four kinds of layers", anchor=False)
    grid = st.grid(4, min_column_width=185, border=True)
    for icon, name, text in LAYERS:
        with grid.cell():
            st.subheader(f":blue[{icon}] {name}", anchor=False)
            st.markdown(text)


frame.header(
    "CNN Classroom",
    "How a network learns to tell ten kinds of pictures apart, from a single pixel to the confusion matrix. "
    "Every number on these pages belongs to the data and the network shown beside it.",
)
show_path()
show_recap()
