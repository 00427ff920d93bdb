"""The filters of a network: the first layer's kernels in colour, and what excites any filter most."""

import numpy as np
import streamlit as st

from cnn_core import data
from cnn_core.config import IMAGE_SHAPE
from cnn_core.convolution import place
from cnn_core.data import Split
from cnn_core.explanation.filters import FilterFacts
from cnn_core.explanation.flow import Column
from cnn_core.runs import Run, RunError
from pages.ui import cache, guidance, own_images
from pages.ui.components.gallery import gallery
from pages.ui.controls import ChosenImage
from pages.ui.inside.tested import go_to_test_image
from pages.ui.text import plain

PICKED = "inside.value"  # in the session: layer, filter, row and column of the value that is taken apart
_GRAY = 127.5
_BESIDE = (125, 123, 114)  # the colour of what lies beside the image


def facts_of(run: Run) -> FilterFacts | None:
    """What wakes the run's filters; None, with a message if they are damaged, where it is not known."""
    try:
        return run.filter_facts()
    except RunError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None


def show_patches(run: Run, column: Column, title: str, number: int, facts: FilterFacts | None) -> None:
    """The nine test patches that excite a filter most, and a way to look at the image of each."""
    st.header(f"What excites filter {number + 1} of {title} most", anchor=False)
    if facts is None:
        st.caption(f"This run has not been asked. `python -m cnn_core complete {run.id}` looks at 1,000 test images.")
        return
    found = [tuple(map(int, patch)) for patch in facts.patches[column.name][number] if patch[0] >= 0]
    if not found:
        st.markdown(f"None of the first {facts.n:,} test images wakes this filter: it is **dead**.")
        return
    _say_field(column, facts, number)
    images = _test_images(run, facts.n)
    if images is None:
        st.markdown("; ".join(f"image {image}, {place(row, across)} of the map" for image, row, across in found) + ".")
        return
    shown = np.stack([_patch(images, column, *patch) for patch in found])
    names = data.learned(run.config).class_names
    captions = [f"{names[images.labels[image]]}\n{image}" for image, _, _ in found]
    words = f"{len(found)} patches of test images"
    picked = gallery(shown, captions, key="inside.patches", label=words, columns=9, size=64)
    if picked is None:
        st.caption("Click a patch to look inside with its image.")
        return
    image, row, across = found[picked]
    if st.button(
        f"Look inside with image {image:,}",
        icon=":material/neurology:",
        key="inside.open_patch",
        on_click=_open,
        args=(run.config.data_set, image, (column.name, number, row, across)),
    ):
        st.rerun()  # the whole page, not this part of it alone


def show_kernels(column: Column, title: str, kernels: np.ndarray) -> None:
    """The kernels float (k, k, 3, filters) of the first layer, in the colours of their weights."""
    st.header(f"{title}: all kernels in colour", anchor=False)
    largest = np.maximum(np.abs(kernels).max((0, 1, 2)), 1e-12)
    pixels = np.rint(_GRAY + _GRAY * np.moveaxis(kernels / largest, -1, 0)).astype(np.uint8)
    captions = [str(number) for number in range(1, len(pixels) + 1)]
    words = f"{len(pixels)} kernels"
    gallery(pixels, captions, key="inside.kernels", label=words, columns=16, size=48, picks=False)
    st.caption("Gray is 0; a colour that is brighter than gray has a positive weight, a darker one a negative weight.")
    is_fixed = column.name == "whiten"
    guidance.ask(
        f"inside.who.{is_fixed}",
        "Who chose the numbers in the kernels of this network?",
        ["An engineer, kernel by kernel", "Nobody: training found them", "They are copied from training images"],
        "Nobody: training found them",
        hint="Look for a kernel that somebody could have drawn.",
        why="Training starts from random numbers and changes each a little, batch by batch, so that the loss falls."
        + (" These first ones alone are computed from the training images before it begins." if is_fixed else ""),
    )


def _say_field(column: Column, facts: FilterFacts, number: int) -> None:
    side = min(column.reach.field, IMAGE_SHAPE[0])
    st.markdown(
        f"{facts.awake[column.name][number]:.1%} of the first {facts.n:,} test images wake it. Each patch is the "
        f"{side} × {side} pixels that its strongest value there depends on"
        f"{'; gray lies beside the image' if side < IMAGE_SHAPE[0] else ''}."
    )


def _test_images(run: Run, asked: int) -> Split | None:
    """The test images of the run's data set; None, with a message, where those that were `asked` for are not here."""
    name = run.config.data_set
    if name != "shapes10" and not data.is_ready(name):
        whose = own_images.gone(run.config) if run.config.own else "The images belong to CIFAR-10, which is not here."
        st.caption(f"{whose} These are their places.")
        return None
    try:
        images = cache.data_set(name).split("test")
    except data.DataError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    if len(images) < asked:
        st.caption("These test images are not on this machine; these are their places.")
        return None
    return images


def _patch(images: Split, column: Column, image: int, row: int, across: int) -> np.ndarray:
    """The pixels uint8 (side, side, 3) that a value depends on; gray beside the image."""
    reach = column.reach
    if reach.field >= IMAGE_SHAPE[0]:
        return images.images(slice(image, image + 1))[0]
    patch = np.full((reach.field, reach.field, 3), _BESIDE, np.uint8)
    top, left, bottom, right = reach.square(row, across)
    down, aside = top - (reach.first + reach.step * row), left - (reach.first + reach.step * across)
    pixels = images.images(slice(image, image + 1))[0]
    patch[down : down + bottom - top, aside : aside + right - left] = pixels[top:bottom, left:right]
    return patch


def _open(data_set: str, image: int, value: tuple[str, int, int, int]) -> None:
    """Show this test image, with the value that the patch excites."""
    go_to_test_image(ChosenImage(data_set, "test", image))
    st.session_state[PICKED] = value
