"""The data set: its images page by page, one of them as numbers, what the network gets, and the class counts."""

import numpy as np
import streamlit as st

from cnn_core.code.image import as_numbers
from cnn_core.data import DataSet, Split, browsing
from pages.ui import address, code_mirror, controls, frame, opened_image, presenter
from pages.ui.components.gallery import gallery
from pages.ui.lessons import locks
from pages.ui.opened_image import SPLITS

SHOWN = 20  # beside the opened image and above the fold of a beamer: four rows of five
SEEDS = 10_000
ORDERS = ("random", "official")


def choose_images(data_set: DataSet) -> tuple[Split, int | None]:
    """The chosen split, and the label to browse; None for all labels."""
    classes = ["all", *data_set.class_names]
    address.allow("dataset.split", (title for title, _ in SPLITS.values()))
    address.allow("dataset.class", classes)
    split = st.segmented_control(
        "Split",
        list(SPLITS),
        format_func=lambda name: SPLITS[name][0],
        default="train",
        required=True,
        key="dataset.split",
        bind="query-params",
        help="\n".join(f"- **{title}**: {use}" for title, use in SPLITS.values()),
        disabled=locks.is_locked("split"),
    )
    given = {"key": "dataset.class", "bind": "query-params", "width": 180, "disabled": locks.is_locked("split")}
    name = st.selectbox("Class", classes, **given)
    return data_set.split(split), None if name == "all" else data_set.class_names.index(name)


def choose_order() -> int | None:
    """The seed of a random order; None for the official one."""
    address.allow("dataset.order", ORDERS)
    address.allow_number("dataset.seed", 0, SEEDS - 1)
    is_locked = locks.is_locked("image")
    place = st.expander("Order") if presenter.is_on() else st.container()
    with place, st.container(horizontal=True, vertical_alignment="bottom"):
        given = {"key": "dataset.order", "bind": "query-params", "disabled": is_locked}
        order = st.segmented_control("Order", ORDERS, default="random", required=True, **given)
        is_random = order == "random"
        seed = st.number_input(
            "Seed",
            0,
            SEEDS - 1,
            key="dataset.seed",
            bind="query-params",
            width=140,
            disabled=is_locked or not is_random,
            help="The same seed shows the same images. It is part of the link: whoever opens the link sees them too.",
        )
        given = {"key": "dataset.others", "disabled": is_locked or not is_random}
        st.button("Show other images", icon=":material/shuffle:", on_click=reshuffle, **given)
    return seed if is_random else None


def reshuffle() -> None:
    st.session_state["dataset.seed"] = int(np.random.default_rng().integers(SEEDS))


def browse(data_set: DataSet, split: Split, label: int | None) -> int:
    """The gallery, page by page; the position of the opened image, which is part of the link."""
    grid = st.container()
    pages = st.container()
    positions = browsing.positions(split.labels, label=label, seed=choose_order())
    count = browsing.pages(len(positions), SHOWN)
    address.allow_number("dataset.page", 1, count)
    with pages:
        is_locked = locks.is_locked("image")
        number = st.pagination(count, key="dataset.page", bind="query-params", disabled=is_locked)
        shown = browsing.page(positions, number, SHOWN)
    linked = st.query_params.get("dataset.image", "")
    opened = int(float(linked)) if address.is_number(linked, 0, len(split) - 1) else int(shown[0])
    with grid:
        index = gallery(
            split.images(shown),
            [data_set.class_names[label] for label in split.labels[shown]],
            key="dataset.gallery",
            label=f"{len(shown)} images of the {SPLITS[split.name][0]} split",
            picked=int(np.flatnonzero(shown == opened)[0]) if opened in shown else None,
            size=round(64 * presenter.scale()),
            columns=5,
            picks=not is_locked,
            opens="dataset-opened",
        )
    if index is not None and not is_locked and int(shown[index]) != opened:
        opened = int(shown[index])
        controls.keep_image(controls.ChosenImage(data_set.name, split.name, opened))
    st.query_params["dataset.image"] = str(opened)
    return opened


def in_code(data_set: DataSet, split: Split, opened: int, pixel: tuple[int, int]) -> str:
    subset = "test" if split.name == "test" else "train"
    return as_numbers(data_set.name, subset, int(split.rows[opened]), pixel, data_set.class_names)


def show(chosen_set: DataSet, chosen_split: Split, chosen_label: int | None) -> None:
    left, right = st.columns([5, 7], gap="small")
    with left:
        image = browse(chosen_set, chosen_split, chosen_label)
    with right, st.container(key="dataset-opened"):
        pixel = opened_image.show(chosen_set, chosen_split, image)
    opened_image.show_details(chosen_set, chosen_split, image, pixel)
    code_mirror.show(lambda: in_code(chosen_set, chosen_split, image, pixel), key="code.dataset")


frame.header(
    "The data set",
    "Small colour images, each of a class. The network never sees a frog or a ship: it sees only numbers.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen_set = controls.choose_data_set()
    chosen = choose_images(chosen_set) if chosen_set else None
if chosen:
    show(chosen_set, *chosen)
frame.lead_on("dataset.py")
