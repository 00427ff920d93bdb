"""The data set: its images page by page, one of them as numbers, what the network gets, and the class counts."""

import numpy as np
import streamlit as st

from cnn_core import plotting
from cnn_core.data import DataSet, Split, browsing
from pages.ui import address, controls, frame
from pages.ui.components.gallery import gallery
from pages.ui.components.pixels import pixels

SHOWN = 36
SEEDS = 10_000
SPLITS = {  # name: what it is called, and what it is for
    "train": ("training", "the network learns from these"),
    "val": ("validation", "held back from training, to compare networks and settings"),
    "test": ("test", "used once, when a run finishes or is stopped"),
}
ORDERS = ("random", "official")


def choose_images(data_set: DataSet) -> tuple[Split, np.ndarray]:
    """The chosen split, and the positions of the images to browse, in order."""
    classes = ["all", *data_set.class_names]
    address.allow("dataset.split", (title for title, _ in SPLITS.values()))
    address.allow("dataset.class", classes)
    address.allow("dataset.order", ORDERS)
    address.allow_number("dataset.seed", 0, SEEDS - 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = st.segmented_control(
            "Split",
            list(SPLITS),
            format_func=lambda name: SPLITS[name][0],
            default="train",
            required=True,
            key="dataset.split",
            bind="query-params",
            help="\n".join(f"- **{title}**: {use}" for title, use in SPLITS.values()),
        )
        name = st.selectbox("Class", classes, key="dataset.class", bind="query-params", width=180)
        order = st.segmented_control(
            "Order", ORDERS, default="random", required=True, key="dataset.order", bind="query-params"
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
            help="The same seed shows the same images. It is part of the link: whoever opens the link sees them too.",
        )
        st.button("Show other images", icon=":material/shuffle:", on_click=reshuffle, disabled=not is_random)
    chosen = data_set.split(split)
    label = None if name == "all" else data_set.class_names.index(name)
    return chosen, browsing.positions(chosen.labels, label=label, seed=seed if is_random else None)


def reshuffle() -> None:
    st.session_state["dataset.seed"] = int(np.random.default_rng().integers(SEEDS))


def open_image(data_set: DataSet, split: Split, positions: np.ndarray) -> int:
    """The gallery, page by page; the position of the opened image, which is part of the link."""
    place = st.container()
    count = browsing.pages(len(positions), SHOWN)
    address.allow_number("dataset.page", 1, count)
    shown = browsing.page(positions, st.pagination(count, key="dataset.page", bind="query-params"), SHOWN)
    linked = st.query_params.get("dataset.image", "")
    opened = int(float(linked)) if address.is_number(linked, 0, len(split) - 1) else int(shown[0])
    with place:
        index = gallery(
            split.images(shown),
            [data_set.class_names[label] for label in split.labels[shown]],
            key="dataset.gallery",
            label=f"{len(shown)} images of the {SPLITS[split.name][0]} split",
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
    st.caption(
        f"Image {opened:,} of the {len(split):,} in {called(data_set, split)}. The numbers of images count from 0, in "
        "official order; rows and columns count from 1."
    )
    st.markdown(
        "**Move over the image**, or use the arrow keys: the numbers are all that a network gets. "
        f"32 × 32 pixels × 3 channels = {image.size:,} numbers from 0 to 255."
    )
    row, column = pixels(image, key="dataset.pixels", label=f"Enlarged image of class {name}")
    st.header("What goes into the network", anchor=False)
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
        st.markdown("Ten numbers: the answer of a network that is right and completely sure.")
        st.table(browsing.label_table(label, data_set.class_names))
    with right:
        show_counts(data_set, split)


def show_counts(data_set: DataSet, split: Split) -> None:
    st.subheader("How many of each class", anchor=False)
    st.markdown(f"The {len(split):,} images of {called(data_set, split)}.")
    counts = np.bincount(split.labels, minlength=len(data_set.class_names))
    st.plotly_chart(
        plotting.class_counts(counts, data_set.class_names),
        config={"displayModeBar": False},
        alt=f"Bar chart: every class has between {counts.min():,} and {counts.max():,} images.",
    )


def called(data_set: DataSet, split: Split) -> str:
    return f"{data_set.title}'s {SPLITS[split.name][0]} split"


frame.header(
    "The data set",
    "Ten classes of small colour images. The network never sees a frog or a ship: it sees only numbers.",
)
chosen_set = controls.choose_data_set()
chosen_split, browsed = choose_images(chosen_set)
show_numbers(chosen_set, chosen_split, open_image(chosen_set, chosen_split, browsed))
frame.lead_on("dataset.py")
