"""What will the network say of this image? The class answers first; the page keeps answer and label back meanwhile."""

import hashlib
from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnn_core.classroom import Mark, Question
from pages.ui.together import offering
from pages.ui.together.membership import as_teacher

_SHOWN = "together.foretelling.shown"  # images whose answer this session has seen
_MOST_SHOWN = 200
_HINT = "Look at it from far away, or half close your eyes: what is left of 32 × 32 pixels?"


def is_kept_back(image: str, *, comes_first: bool = False) -> bool:
    """Whether the page keeps back what the network says: on all screens of the class while that votes; and where the
    question `comes_first`, on the teacher's until the class was told, or the teacher wants to see it.

    image: tells it from all others: `cifar10.test.17`, or `id_of(pixels)`.
    """
    name = _name(image)
    return offering.is_open(name) or (comes_first and as_teacher() is not None and not _is_shown(name))


def ask(image: str, class_names: Sequence[str], said: int, label: int | None = None) -> None:
    """What stands in place of the answer that is kept back. said, label: places in `class_names`."""
    name = _name(image)
    st.markdown("**What will the network say?**")
    if offering.is_open(name):
        offering.say_open()
        return
    with st.container(horizontal=True):
        offer(image, class_names, said, label)
        st.button("Show the answer", icon=":material/visibility:", key=f"{name}.show", on_click=_show, args=(name,))


def offer(image: str, class_names: Sequence[str], said: int, label: int | None = None) -> None:
    """The button alone, for the teacher of a class."""
    if as_teacher():
        question = _question(class_names, said, label)
        offering.offer(_name(image), lambda: question)


def id_of(pixels: np.ndarray) -> str:
    """Of a photo, uint8 (32, 32, 3): the same for the same pixels."""
    return f"photo.{hashlib.blake2b(pixels.tobytes(), digest_size=8).hexdigest()}"


def _name(image: str) -> str:
    return f"image.{image}"


def _question(class_names: Sequence[str], said: int, label: int | None) -> Question:
    """The label decides who is right; without one the class only foretells the network."""
    network = Mark("the network", class_names[said])
    marks = (network,) if label is None else (Mark("the label", class_names[label]), network)
    known = "" if label is None else f" Its label is {class_names[label]}."
    return Question(
        "What will the network say of the image on the screen?", tuple(class_names), marks, hint=_HINT,
        why=f"The network says {class_names[said]}.{known}",
    )  # fmt: skip


def _is_shown(name: str) -> bool:
    return offering.is_known(name) or name in st.session_state.get(_SHOWN, ())


def _show(name: str) -> None:
    shown = st.session_state.setdefault(_SHOWN, {})
    shown[name] = True
    while len(shown) > _MOST_SHOWN:
        del shown[next(iter(shown))]
