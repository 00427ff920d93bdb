"""What will the network say of this image? The class answers first; the page keeps answer and label back meanwhile."""

import hashlib
from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnn_core.classroom import Mark, Question
from pages.ui.together import offering
from pages.ui.together.membership import as_teacher

_HINT = "Look at it from far away, or half close your eyes: what is left of 32 × 32 pixels?"


def is_kept_back(image: str, *, comes_first: bool = False) -> bool:
    """Whether the page keeps back what the network says: on all screens of the class while that votes; and where the
    question `comes_first`, on the teacher's until the class was told, or the teacher wants to see it.

    image: tells it from all others: `cifar10.test.17`, or `id_of(pixels)`.
    """
    name = _name(image)
    return offering.is_open(name) or (comes_first and as_teacher() is not None and not offering.is_known(name))


def ask(image: str, class_names: Sequence[str], said: int, label: int | None = None) -> None:
    """What stands in place of the answer that is kept back. said, label: places in `class_names`."""
    name = _name(image)
    st.markdown("**What will the network say?**")
    if offering.is_open(name):
        offering.say_open()
        return
    with st.container(horizontal=True):
        _offer(name, class_names, said, label, "Ask the class")
        show = {"icon": ":material/visibility:", "on_click": offering.tell, "args": (name,)}
        st.button("Show the answer", key=f"{name}.show", **show)


def offer(image: str, class_names: Sequence[str], said: int, label: int | None = None) -> None:
    """The button alone, for the teacher of a class."""
    if as_teacher():
        _offer(_name(image), class_names, said, label, "Ask the class what it will say")


def id_of(pixels: np.ndarray) -> str:
    """Of a photo, uint8 (32, 32, 3): the same for the same pixels."""
    return f"photo.{hashlib.blake2b(pixels.tobytes(), digest_size=8).hexdigest()}"


def _name(image: str) -> str:
    return f"image.{image}"


def _offer(name: str, class_names: Sequence[str], said: int, label: int | None, words: str) -> None:
    question = _question(class_names, said, label)
    offering.offer(name, lambda: question, label=words)


def _question(class_names: Sequence[str], said: int, label: int | None) -> Question:
    """Who says what the network says is right; the label stands beside it, where there is one."""
    network = Mark("the network", class_names[said])
    marks = (network,) if label is None else (network, Mark("the label", class_names[label]))
    known = "" if label is None else f" Its label is {class_names[label]}."
    return Question(
        "What will the network say of the image on the screen?", tuple(class_names), marks, hint=_HINT,
        why=f"The network says {class_names[said]}.{known}",
    )  # fmt: skip
