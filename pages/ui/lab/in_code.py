"""A step of the lab as code: the picture, and the place for it below all controls."""

from collections.abc import Callable, Mapping

import streamlit as st

from cnn_core import convolution as lab
from cnn_core.code import image
from cnn_core.code.convolution import Picture as Read
from cnn_core.config import IMAGE_SHAPE
from pages.ui import code_mirror
from pages.ui.lab.desk import Desk
from pages.ui.lab.subject import BENCH, Picture

KEY = "code.convolution"  # one for all steps: it stays open from step to step


def show(desk: Desk, make: Callable[[], str | Mapping[str, str]]) -> None:
    with desk.tools, st.container():
        code_mirror.show(make, key=KEY)


def read(picture: Picture, *, is_large: bool = False) -> Read:
    """How the picture is read or drawn: the one of the stage, or the large one of the bench."""
    name, _, number = picture.name.partition(".")
    if picture.data_set:
        return image.of_data_set(picture.data_set, "test", int(number))
    if name in lab.STIMULI:
        return image.of_drawing(name, BENCH if is_large else len(picture.small))
    if picture.small.shape == IMAGE_SHAPE:  # a photo
        return image.of_whole_photo(BENCH) if is_large else image.of_photo(None)
    return image.of_numbers(picture.small)


def is_colour(picture: Picture) -> bool:
    """Whether what `read` gives has three channels; a drawing that a network sees is stacked from one."""
    return picture.small.ndim == 3 and picture.name not in lab.STIMULI
