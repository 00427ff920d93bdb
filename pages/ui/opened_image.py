"""One image of a data set as a person and as a network sees it: its pixels, its label, and what goes into a network."""

import numpy as np
import streamlit as st

from cnn_core import plotting
from cnn_core.data import DataSet, Split, browsing
from pages.ui import cache, charts, onward
from pages.ui.components.pixels import pixels
from pages.ui.controls import ChosenImage
from pages.ui.text import plain

SPLITS = {  # name: what it is called, and what it is for
    "train": ("training", "the network learns from these"),
    "val": ("validation", "held back from training, to compare networks and settings"),
    "test": ("test", "used once, when a run finishes or is stopped"),
}


def show(data_set: DataSet, split: Split, opened: int) -> tuple[int, int]:
    """The image beside its numbers, and where else to look at it; row and column of the pinned pixel, from 0."""
    image, label = split.images(opened)[0], int(split.labels[opened])
    name = data_set.class_names[label]
    st.header(f"One image: {plain(name)}", anchor=False)
    st.caption(
        f"Image {opened:,} of {len(split):,} in the {SPLITS[split.name][0]} split, class {label} of 0 to "
        f"{len(data_set.class_names) - 1}. **Move over it.**"
    )
    pinned = pixels(image, key="dataset.pixels", label=f"Enlarged image of class {name}")
    onward.offer(ChosenImage(data_set.name, split.name, opened), key="dataset")
    return pinned


def show_details(data_set: DataSet, split: Split, opened: int, pixel: tuple[int, int]) -> None:
    """The numbers that a network gets for this image, and the class counts."""
    image, label = split.images(opened)[0], int(split.labels[opened])
    row, column = pixel
    st.header("What goes into the network", anchor=False)
    st.markdown(f"All that a network gets: 32 × 32 pixels × 3 channels = {image.size:,} numbers from 0 to 255.")
    left, middle, right = st.columns([4, 4, 6], gap="large")
    with left:
        st.subheader("A pixel, scaled", anchor=False)
        st.markdown(
            "Divided by 255, every number lies between 0 and 1. (The fast networks scale to a mean of 0 and a standard "
            f"deviation of 1 instead.) **Click** a pixel; this is the one in row {row + 1}, column {column + 1}."
        )
        st.table(browsing.pixel_table(image[row, column]).style.format({"scaled": "{:.4f}"}))
    with middle:
        st.subheader("The label, one-hot", anchor=False)
        st.markdown("A number for each class: the answer of a network that is right and completely sure.")
        st.table(browsing.label_table(label, data_set.class_names))
    with right:
        _show_counts(data_set, split)


def _show_counts(data_set: DataSet, split: Split) -> None:
    st.subheader("How many of each class", anchor=False)
    st.markdown(f"The {len(split):,} images of {plain(_called(data_set, split))}.")
    counts = np.bincount(split.labels, minlength=len(data_set.class_names))
    said = plotting.describe_counts(counts, data_set.class_names)
    what = (data_set.name, split.name, counts.tolist())
    charts.show(cache.drawn("class counts", what, lambda: plotting.class_counts(counts, data_set.class_names)), said)


def _called(data_set: DataSet, split: Split) -> str:
    return f"{data_set.title}'s {SPLITS[split.name][0]} split"
