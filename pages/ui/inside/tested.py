"""The test images that a part scores again, and how far it is."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from cnn_core import data, runs
from cnn_core.data import Split
from pages.ui import cache, controls
from pages.ui.controls import ChosenImage
from pages.ui.inside.picture import FIELD, SOURCE
from pages.ui.text import plain


def test_split(run: runs.Run) -> Split | None:
    """The test split of the run's data set; None, with a sentence, while it is not on this machine."""
    name = run.config.data_set
    if not data.is_ready(name) and name == "cifar10":
        st.info(
            "The test images of CIFAR-10 are not on this machine, so none can be scored here; the *Data set* page gets "
            "them.",
            icon=":material/info:",
        )
        return None
    try:
        return cache.data_set(name).split("test")
    except data.DataError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None


def go_to_test_image(image: ChosenImage) -> None:
    """For callbacks: the page is about this test image from the next run on."""
    controls.keep_image(image)
    st.session_state.update({SOURCE: "test", FIELD: image.index})


def in_pieces(pieces: int, answer: Callable[[int], np.ndarray], what: str) -> list[np.ndarray]:
    """What `answer` gives for each piece, with a progress bar; pieces that are cached pass in no time."""
    bar = st.progress(0.0, what)
    found = []
    for piece in range(pieces):
        found.append(answer(piece))
        bar.progress((piece + 1) / pieces, what)
    bar.empty()
    return found
