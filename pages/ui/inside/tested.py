"""The test images that a part scores again: in turns, once for all visitors, and how far it is."""

import threading
from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from cnn_core import data, runs
from cnn_core.data import Split
from pages.ui import cache, controls, own_images
from pages.ui.controls import ChosenImage
from pages.ui.inside.picture import FIELD, SOURCE
from pages.ui.inside.subject import Subject
from pages.ui.text import plain

_turn = threading.Lock()  # a thousand images keep both cores busy for seconds: one visitor after the other
_GLANCE = 0.3  # seconds between two looks at what others have computed


def test_split(run: runs.Run) -> Split | None:
    """The test split of the run's data set; None, with a sentence, while it is not on this machine."""
    name = run.config.data_set
    if run.config.own and not data.is_ready(name):
        st.info(f"{own_images.gone(run.config)} So none can be scored here.", icon=":material/info:")
        return None
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


class _NotYetError(Exception):
    """Nobody has computed this piece."""


def in_pieces(on: Subject, what: str, pieces: int, compute: Callable[[int], np.ndarray], said: str) -> list[np.ndarray]:
    """What `compute` gives for each piece; `what` names it for the cache, `said` stands beside the progress.

    Who waits for a turn sees that, and gets each piece that another visitor computes meanwhile. What is cached needs no
    turn.
    """
    bar, found, patience = st.progress(0.0, said), [], 0.0
    while len(found) < pieces:
        is_our_turn = _turn.acquire(timeout=patience)
        ask = compute if is_our_turn else _nothing
        try:
            for piece in range(len(found), pieces):
                found.append(cache.answers(*on.file, what, piece, partial(ask, piece)))
                bar.progress(len(found) / pieces, said)
        except _NotYetError:
            bar.progress(len(found) / pieces, f"{said} Another visitor is before you.")
        finally:  # also when the visitor clicks elsewhere: then Streamlit ends this run at `progress`
            if is_our_turn:
                _turn.release()
        patience = _GLANCE
    bar.empty()
    return found


def _nothing(_piece: int) -> np.ndarray:
    raise _NotYetError
