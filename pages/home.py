"""The start: what the app is, the path through it, and the four parts of a network in short."""

from itertools import groupby

import streamlit as st

from pages.ui import frame

# The report's recap (III.C), its fourth point corrected: the loss measures an answer, softmax gives it.
LAYERS = (
    (
        ":material/select_all:",
        "Convolution",
        "Slides small filters over the image and notes how strongly each place matches. "
        "We choose their number, size, stride and padding; training finds the numbers in them.",
    ),
    (
        ":material/compress:",
        "Pooling",
        "Keeps the largest of every 2 × 2 values. Width and height are halved; the strongest answers stay. "
        "Pooling has no weights to learn.",
    ),
    (
        ":material/hub:",
        "Dense layer",
        "Puts all remaining values in one row and weighs them for each of the ten classes. "
        "Softmax turns the ten scores into probabilities.",
    ),
    (
        ":material/straighten:",
        "Loss",
        "One number that says how far the probabilities are from the label. "
        "Training makes it smaller, one batch of images after another.",
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
    st.header("The four parts of a network", anchor=False)
    grid = st.grid(4, min_column_width=185, border=True)
    for icon, name, text in LAYERS:
        with grid.cell():
            st.subheader(f":blue[{icon}] {name}", anchor=False)
            st.markdown(text)


frame.header(
    "CNN Classroom",
    "How a network learns to tell ten kinds of images apart, from a single pixel to the confusion matrix. "
    "Every number on these pages comes from the data and the network shown beside it.",
)
show_path()
show_recap()
frame.lead_on("home.py")
