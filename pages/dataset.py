"""The data set: its images page by page, one of them as numbers, what the network gets of it, and the class counts."""

import numpy as np
import streamlit as st

from cnn_core import plotting
from cnn_core.data import DataSet, Split, browsing
from pages.ui import controls, frame
from pages.ui.components.gallery import gallery
from pages.ui.components.pixels import pixels

SHOWN = 36
SEEDS = 10_000
SPLITS = {
    "train": "the network learns from these",
    "val": "held back from training, to compare networks and settings",
    "test": "looked at when a run ends or is stopped",
}


def choose_images(data_set: DataSet) -> tuple[Split, np.ndarray]:
    """The split, and the positions in it that are to be browsed, in their order."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = data_set.split(
            st.segmented_control(
                "Split",
                list(SPLITS),
                default="train",
                required=True,
                key="dataset.split",
                bind="query-params",
                help="\n".join(f"- **{name}**: {use}" for name, use in SPLITS.items()),
            )
        )
        name = st.selectbox(
            "Class", ["all", *data_set.class_names], key="dataset.class", bind="query-params", width=180
        )
        order = st.segmented_control(
            "Order", ["random", "official"], default="random", required=True, key="dataset.order", bind="query-params"
        )
        is_random = order == "random"
        seed = st.number_input(
            "Seed",
            0,
            SEEDS - 1,
            key="dataset.seed",
            bind="query-params",
            width=140,
            disabled=not is_random,
            help="The same seed shows the same images. It stands in the address, so a link shows them too.",
        )
        st.button("Reshuffle", icon=":material/shuffle:", on_click=reshuffle, disabled=not is_random)
    label = None if name == "all" else data_set.class_names.index(name)
    return split, browsing.positions(split.labels, label=label, seed=seed if is_random else None)


def reshuffle() -> None:
    st.session_state["dataset.seed"] = int(np.random.default_rng().integers(SEEDS))


def open_image(data_set: DataSet, split: Split, positions: np.ndarray) -> int:
    """The gallery, page by page; the position of the opened image, which stands in the address."""
    place = st.container()
    number = st.pagination(browsing.pages(len(positions), SHOWN), key="dataset.page", bind="query-params")
    shown = browsing.page(positions, number, SHOWN)
    linked = st.query_params.get("dataset.image", "")
    opened = int(linked) if linked.isdecimal() and int(linked) < len(split) else int(shown[0])
    with place:
        index = gallery(
            split.images(shown),
            [data_set.class_names[label] for label in split.labels[shown]],
            key="dataset.gallery",
            label=f"{len(shown)} images of the {split.name} split",
            picked=int(np.flatnonzero(shown == opened)[0]) if opened in shown else None,
        )
    if index is not None:
        opened = int(shown[index])
    st.query_params["dataset.image"] = str(opened)
    return opened


def show_numbers(data_set: DataSet, split: Split, opened: int) -> None:
    """One image as a person and as a network sees it."""
    image, label = split.images(opened)[0], int(split.labels[opened])
    name = data_set.class_names[label]
    st.header(f"One image: {name}", anchor=False)
    st.caption(f"Image {opened:,} of the {len(split):,} in {data_set.title}'s {split.name} split, counted from 0.")
    st.markdown(
        "**Move over the picture**, or use the arrow keys: the numbers are all that a network gets. "
        f"32 × 32 pixels × 3 channels = {image.size:,} numbers from 0 to 255."
    )
    row, column = pixels(image, key="dataset.pixels", label=f"Enlarged image of class {name}")
    st.header("What goes into the network", anchor=False)
    left, middle, right = st.columns([4, 4, 6], gap="large")
    with left:
        st.subheader("A pixel, scaled", anchor=False)
        st.markdown(
            "Divided by 255, every number lies between 0 and 1; the fast networks scale to a mean of 0 and a deviation "
            f"of 1 instead. **Click** a pixel: this is {row}, {column}."
        )
        st.table(browsing.pixel_table(image[row, column]).style.format({"scaled": "{:.4f}"}))
    with middle:
        st.subheader("The label, one-hot", anchor=False)
        st.markdown("Ten numbers: what a network would answer that is right and sure.")
        st.table(browsing.label_table(label, data_set.class_names))
    with right:
        show_counts(data_set, split)


def show_counts(data_set: DataSet, split: Split) -> None:
    st.subheader("How many of each class", anchor=False)
    st.markdown(f"The {len(split):,} images of {data_set.title}'s {split.name} split.")
    counts = np.bincount(split.labels, minlength=len(data_set.class_names))
    st.plotly_chart(
        plotting.class_counts(counts, data_set.class_names),
        config={"displayModeBar": False},
        alt=f"Bar chart: every class has between {counts.min():,} and {counts.max():,} images.",
    )


frame.header(
    "The data set",
    "Ten classes of small colour pictures. The network never sees a frog or a ship: it sees the numbers below.",
)
chosen_set = controls.choose_data_set()
chosen_split, browsed = choose_images(chosen_set)
show_numbers(chosen_set, chosen_split, open_image(chosen_set, chosen_split, browsed))
