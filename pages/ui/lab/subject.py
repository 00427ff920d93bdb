"""The image that every step works on: an example, a drawing, a test image or a visitor's own photo."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core import data, images
from cnn_core.config import IMAGE_SHAPE
from pages.ui import address, cache, own_sets, photos, presenter
from pages.ui.lessons import locks
from pages.ui.text import plain

PICTURE, IMAGE = "convolution.picture", "convolution.image"
DATA_SETS = {"cifar10": "CIFAR-10 test image", "shapes10": "Shapes-10 test image"}
DRAWN, BENCH = 12, 256  # pixels a side of a drawing on the stage, and of an image on the bench
THINNEST = 16  # pixels: room for the largest kernel
STARTS = {  # for a step the test image that it begins with: its number in each data set
    "kernel": {"cifar10": 2004, "shapes10": 13},  # strong edges: a horse before white, a dark star
    "channels": {"cifar10": 44, "shapes10": 820},  # three channels that differ: a yellow plane, a yellow crescent
    "learned": {"cifar10": 2439, "shapes10": 1218},  # every recorded network knows it: a red car, a star
    "classes": {"cifar10": 2439, "shapes10": 1218},
}
CHOICE, NUMBER = "convolution.chosen", "convolution.number"  # the visitor's own: source, and number of a test image
_KEPT_IMAGE = "controls.image"  # the image that was opened on another page
_SOURCES = {
    "report": "The report's 6 × 6 example",
    **{name: stimulus.title for name, stimulus in lab.STIMULI.items()},
    **DATA_SETS,
    "upload": "Your own photo",
    "camera": "Camera",
}


@dataclass(frozen=True)
class Picture:
    """An image in two sizes: for the stage at most 32 a side, for the bench up to 256; gray (h, w) or (h, w, 3)."""

    name: str
    small: np.ndarray
    large: np.ndarray
    label: int | None = None  # its class, where it is known
    data_set: str | None = None  # whose test image it is
    note: str = ""  # what was done to the large one

    @property
    def gray(self) -> np.ndarray:
        return as_gray(self.small)

    @property
    def rgb(self) -> np.ndarray:
        return self.small if self.small.ndim == 3 else np.stack([self.small] * 3, -1)


def as_gray(pixels: np.ndarray) -> np.ndarray:
    """The image's brightness (h, w), in whole numbers."""
    return pixels if pixels.ndim == 2 else np.rint(lab.luma(pixels)).astype(np.uint8)


def choose_picture(step: str, trained_on: str | None = None) -> Picture:
    """The image: the visitor's own choice, else one on which the step means something.

    `trained_on`: the data set that a network knows whose maps the step shows.
    """
    sources = _SOURCES | _own_sets(trained_on)
    address.allow(PICTURE, sources.values())
    start, number = _start(step, trained_on)
    if st.session_state.get(CHOICE, start) not in sources:  # an own data set that was deleted
        del st.session_state[CHOICE]
    if st.session_state.get(PICTURE, start) not in sources:
        st.session_state[PICTURE] = start
    if CHOICE in st.session_state and PICTURE not in st.session_state:
        st.session_state[PICTURE] = st.session_state[CHOICE]  # back from another page
    elif CHOICE not in st.session_state and PICTURE not in st.query_params:
        st.session_state[PICTURE] = start
    source = st.selectbox(
        "Image",
        list(sources),
        list(sources).index(start),
        format_func=sources.get,
        key=PICTURE,
        bind="query-params",
        on_change=_keep_choice,
        width=presenter.pixels(230),
        disabled=locks.is_locked("picture"),
    )
    if PICTURE in st.query_params:
        st.session_state[CHOICE] = source
    if source == "report":
        return Picture(source, lab.REPORT_IMAGE, lab.REPORT_IMAGE)
    if source in lab.STIMULI:
        return _drawing(source)
    if source in DATA_SETS or source not in _SOURCES:
        return _choose_test_image(source, number if source == start else STARTS.get(step, {}).get(source, 0))
    return _own_picture(source) or _drawing("circle")


def title_of(data_set: str) -> str:
    """What a test image of this data set is called in the menu; an own one may have the title of everybody's."""
    title = f"{data.about(data_set).title} test image"
    return f"{title} of your own" if own_sets.name_of(data_set) and title in DATA_SETS.values() else title


def _own_sets(trained_on: str | None) -> dict[str, str]:
    """Own data sets whose images are here: that of the network, of the image opened elsewhere, and of the choice."""
    kept = st.session_state.get(_KEPT_IMAGE)
    named = (trained_on, kept.data_set if kept else None, st.session_state.get(CHOICE))
    here = [name for name in named if name and own_sets.name_of(name) and data.is_ready(name)]
    by_title = {title_of(name): name for name in reversed(here)}  # of two states of a set the first
    return {name: title for title, name in by_title.items()}


def _is_offered(name: str) -> bool:
    return name in DATA_SETS or data.is_ready(name)


def _start(step: str, trained_on: str | None) -> tuple[str, int]:
    """The source, and the number of a test image, with which a step begins for who has not chosen any."""
    kept = st.session_state.get(_KEPT_IMAGE)
    is_test_image = kept and kept.split == "test" and kept.index is not None and _is_offered(kept.data_set)
    if is_test_image and step in ("numbers", *STARTS) and trained_on in (None, kept.data_set):
        return kept.data_set, kept.index
    if step not in STARTS:
        return "report", 0
    name = trained_on if trained_on and data.is_ready(trained_on) else "cifar10" if data.is_ready("cifar10") else None
    return name or "shapes10", STARTS[step].get(name or "shapes10", 0)


def _keep_choice() -> None:
    st.session_state[CHOICE] = st.session_state[PICTURE]


def _keep_number() -> None:
    _keep_choice()
    st.session_state[NUMBER] = st.session_state[IMAGE]


def for_network(picture: Picture, trained_on: str) -> Picture:
    """The image as a network takes it, `small` being uint8 (32, 32, 3).

    In place of the table of numbers it is a test image of the data set that the network was trained on, or of another
    data set where that one is not on this machine; the page says so.
    """
    if picture.small.shape == IMAGE_SHAPE:
        return picture
    if picture.name in lab.STIMULI:
        return _drawing(picture.name, IMAGE_SHAPE[0])
    ready = next((name for name in (trained_on, *DATA_SETS) if data.is_ready(name)), None)
    number = STARTS["classes"].get(ready, 0)
    what = f"{plain(title_of(ready))} number {number}" if ready else "the circle"
    st.caption(f"A network takes images of 32 × 32 pixels; this step uses {what} instead of the table of numbers.")
    return _test_image(ready, number) if ready else _drawing("circle", IMAGE_SHAPE[0])


def _drawing(name: str, side: int = DRAWN) -> Picture:
    small, large = lab.STIMULI[name].draw(side), lab.STIMULI[name].draw(BENCH)
    return Picture(name, small if side == DRAWN else np.stack([small] * 3, -1), large)


def _choose_test_image(name: str, start: int) -> Picture:
    if not data.is_ready(name) and name == "cifar10":
        st.info("CIFAR-10 is not on this machine yet; the *Data set* page gets it. Until then the app uses Shapes-10.")
        name = "shapes10"
    try:
        count = len(cache.data_set(name).split("test"))
    except data.DataError as error:
        st.error(f"{error} A drawing is used instead.", icon=":material/error:")
        return _drawing("circle")
    start = min(start, count - 1)
    address.allow_number(IMAGE, 0, count - 1)
    if NUMBER in st.session_state and IMAGE not in st.session_state:
        st.session_state[IMAGE] = min(st.session_state[NUMBER], count - 1)
    elif NUMBER not in st.session_state and IMAGE not in st.query_params:
        st.session_state[IMAGE] = start
    given = {"key": IMAGE, "bind": "query-params", "on_change": _keep_number, "width": presenter.pixels(130)}
    index = st.number_input("Number", 0, count - 1, start, disabled=locks.is_locked("image"), **given)
    if IMAGE in st.query_params:
        st.session_state[NUMBER] = index
    return _test_image(name, index)


def _test_image(name: str, index: int) -> Picture:
    """Image number `index` of the test split of a data set that is ready."""
    split = cache.data_set(name).split("test")
    index = min(index, len(split) - 1)
    pixels = split.images(slice(index, index + 1))[0]
    return Picture(f"{name}.{index}", pixels, pixels, int(split.labels[index]), name)


def _own_picture(source: str) -> Picture | None:
    photo = photos.own_photo(source, "convolution", width=presenter.pixels(250))
    if photo is None:
        return None
    large = photo.image.copy()
    large.thumbnail((BENCH, BENCH))
    pixels, note = _thick_enough(np.asarray(large))
    return Picture(f"own.{photo.digest}", images.to_network_input(photo.image), pixels, note=note)


def _thick_enough(pixels: np.ndarray) -> tuple[np.ndarray, str]:
    """A photo (h, w, 3) at most twice as long as wide, on which every kernel fits; and what was changed for that."""
    least = max(THINNEST, max(pixels.shape[:2]) // 2)
    missing = [max(least - side, 0) for side in pixels.shape[:2]]
    if not any(missing):
        return pixels, ""
    around = [(lost // 2, lost - lost // 2) for lost in missing]
    note = "This photo is small or thin: its border pixels are repeated, so that every kernel fits on it."
    return np.pad(pixels, [*around, (0, 0)], mode="edge"), note
