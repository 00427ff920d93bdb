"""The image that the page asks about: a test image by its number, an own photo, the camera's, a drawing.

A choice made on another page is where it starts, and a choice made here is kept for the other pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core import data, images, runs
from cnn_core.config import ExperimentConfig
from pages.ui import address, cache, controls, own_images, photos, presenter
from pages.ui.controls import ChosenImage
from pages.ui.lessons import locks
from pages.ui.text import plain
from pages.ui.together import foretelling

SOURCE, DRAWING = "inside.source", "inside.drawing"
NUMBER, FIELD = "inside.image", "inside.number"  # a test image's number in the address, and the field for it
SOURCES = {"test": "Test image", "upload": "Your photo", "camera": "Camera", "drawing": "Drawing"}
STARTS = {"cifar10": 2439, "shapes10": 1218}  # every recorded network knows it: a red car, a star
_OWN = "inside.own_source"  # in the session: whence the picture of a visitor's own came last
_OF_ONES_OWN = ("upload", "camera", "drawing")
_OPENED = "opened"  # the source of an image of another split, which the visitor opened on another page
_SPLITS = {"train": "Training image", "val": "Validation image"}


@dataclass(frozen=True)
class Picture:
    """An image as a network takes it, and what is known of it."""

    image: np.ndarray  # uint8 (32, 32, 3)
    image_id: str  # the same for the same image
    label: int | None = None  # its class among those of the run, where it is known
    data_set: str | None = None  # whose image it is; None: a photo or a drawing


def choose_picture(run: runs.Run, below: DeltaGenerator) -> Picture | None:
    """The image for this run's network; None, with a way to give one, while there is no photo.

    The controls stand where this is called, in a row; what needs more room, and what has to be said, stands `below`.
    """
    trained_on = run.config.data_set
    start, number = _start(trained_on)
    source = _choose_source(start, trained_on)
    if source in _OF_ONES_OWN:
        st.session_state[_OWN] = source
    with below:
        if source in ("upload", "camera") and not photos.has_photo(source):
            photos.own_photo(source, "inside", width=presenter.pixels(420))
    if source == "test":
        return _choose_test_image(run.config, number, below)
    st.query_params.pop(NUMBER, None)
    if source == _OPENED:
        return _opened(controls.kept_image(), trained_on)
    if source == "drawing":
        return _choose_drawing(data.learned(run.config).class_names)
    return _own_photo(source)


def _start(trained_on: str) -> tuple[str, int]:
    """The source, and the number of a test image, with which the page opens where no link says another."""
    if NUMBER in st.query_params:
        return "test", STARTS.get(trained_on, 0)
    kept, number = controls.kept_image(), STARTS.get(trained_on, 0)
    if kept and kept.data_set is None:
        source = st.session_state.get(_OWN, "upload")
        if source == "drawing" or photos.has_photo(source):
            return source, number
    if kept and kept.data_set == trained_on and _is_here(trained_on):
        return ("test", kept.index) if kept.split == "test" else (_OPENED, number)
    return ("test" if _is_here(trained_on) else "drawing"), number


def _is_here(name: str) -> bool:
    """Whether its images can be shown: Shapes-10 is drawn where it is missing."""
    return name == "shapes10" or data.is_ready(name)


def _choose_source(start: str, trained_on: str) -> str:
    kept, titles = controls.kept_image(), dict(SOURCES)
    if kept and kept.split in _SPLITS and kept.data_set == trained_on and _is_here(trained_on):
        titles[_OPENED] = f"{_SPLITS[kept.split]} {kept.index:,}"
    address.allow(SOURCE, titles.values())
    if SOURCE not in st.query_params and st.session_state.get(SOURCE) not in titles:
        st.session_state[SOURCE] = start
    return st.segmented_control(
        "Image",
        list(titles),
        format_func=titles.get,
        default="test",
        required=True,
        key=SOURCE,
        bind="query-params",
        on_change=_keep_own,
        disabled=locks.is_locked("picture"),
        label_visibility=presenter.labels(),
    )


def _keep_own() -> None:
    """The other pages shall not go on with a test image of before."""
    if st.session_state[SOURCE] in _OF_ONES_OWN:
        controls.keep_image(ChosenImage())


def _choose_test_image(config: ExperimentConfig, number: int, below: DeltaGenerator) -> Picture | None:
    trained_on = config.data_set
    name = trained_on if _is_here(trained_on) else "shapes10"
    if name != trained_on:
        with below:
            _say_other_images(config)
    try:
        split = cache.data_set(name).split("test")
    except data.DataError as error:
        below.error(f"{plain(str(error))} A drawing is used instead.", icon=":material/error:")
        return _drawing(next(iter(images.SAMPLES)), data.learned(config).class_names)
    most = len(split) - 1
    linked = st.query_params.get(NUMBER, "")
    if FIELD not in st.session_state:  # the page was just opened, or a photo was looked at
        is_linked = address.is_number(linked, 0, most)
        st.session_state[FIELD] = int(float(linked)) if is_linked else min(number, most)
        if is_linked:
            controls.keep_image(ChosenImage(name, "test", st.session_state[FIELD]))
    address.allow_number(FIELD, 0, most)

    def keep() -> None:
        controls.keep_image(ChosenImage(name, "test", st.session_state[FIELD]))

    given = {"key": FIELD, "on_change": keep, "width": presenter.pixels(130), "disabled": locks.is_locked("image")}
    index = st.number_input("Number", 0, most, label_visibility=presenter.labels(), **given)
    st.query_params[NUMBER] = str(index)
    return _of_data_set(ChosenImage(name, "test", index), trained_on)


def _say_other_images(config: ExperimentConfig) -> None:
    if config.own:
        st.info(f"{own_images.gone(config)} Here are images of Shapes-10, whose classes this network has not learned.")
    else:
        controls.offer_cifar10("Until then these are images of Shapes-10, whose classes this network has not learned.")


def _opened(kept: ChosenImage | None, trained_on: str) -> Picture | None:
    return _of_data_set(kept, trained_on) if kept else None


def _of_data_set(chosen: ChosenImage, trained_on: str) -> Picture:
    split = cache.data_set(chosen.data_set).split(chosen.split)
    pixels = split.images(slice(chosen.index, chosen.index + 1))[0]
    label = int(split.labels[chosen.index]) if chosen.data_set == trained_on else None
    return Picture(pixels, f"{chosen.data_set}.{chosen.split}.{chosen.index}", label, chosen.data_set)


def _choose_drawing(class_names: Sequence[str]) -> Picture:
    titles = {name: sample.shows.capitalize() for name, sample in images.SAMPLES.items()}
    address.allow(DRAWING, titles.values())
    given = {"format_func": titles.get, "key": DRAWING, "bind": "query-params", "width": presenter.pixels(160)}
    given["disabled"] = locks.is_locked("picture")
    name = st.selectbox("Which drawing", list(titles), label_visibility=presenter.labels(), **given)
    return _drawing(name, class_names)


def _drawing(name: str, class_names: Sequence[str]) -> Picture:
    sample = images.SAMPLES[name]
    label = class_names.index(sample.shows) if sample.shows in class_names else None
    return Picture(images.to_network_input(sample.draw()), f"drawing.{name}", label)


def _own_photo(source: str) -> Picture | None:
    if not photos.has_photo(source):
        return None
    with st.popover("Another photo", icon=":material/image:"):
        photo = photos.own_photo(source, "inside", width=presenter.pixels(320))
    if photo is None:
        return None
    pixels = images.to_network_input(photo.image, photos.crop_of(photo))
    return Picture(pixels, foretelling.id_of(pixels))
