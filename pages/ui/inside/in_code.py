"""A part of the page as code: the image that it asks about, and the place at its end."""

from collections.abc import Callable, Mapping

import streamlit as st

from cnn_core.code import image
from cnn_core.code.convolution import Picture
from pages.ui import code_mirror, photos
from pages.ui.inside.picture import SOURCE
from pages.ui.inside.subject import Subject


def show(part: str, make: Callable[[], str | Mapping[str, str]]) -> None:
    code_mirror.show(make, key=f"code.inside.{part}")


def read(on: Subject) -> Picture:
    """How the image is read; a photo's square is the one that was cut out, a drawing has to be saved as a photo."""
    if on.data_set:
        data_set, split, position = on.image_id.split(".")
        return code_mirror.of_split(data_set, split, int(position))
    photo = photos.kept_photo(st.session_state.get(SOURCE, ""))
    return image.of_photo(photos.crop_of(photo) if photo else None)


def read_test_images(on: Subject, n: int) -> Picture:
    """How the first n test images of the run's data set are read, and their labels."""
    return image.of_test_images(on.run.config.data_set, n)
