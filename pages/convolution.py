"""The convolution lab: one lesson in nine steps, on a picture and a kernel that are carried from step to step."""

import numpy as np
import streamlit as st

from cnn_core import convolution
from pages.ui import frame
from pages.ui.lab import STEPS, lesson, subject

STEP = "convolution.step"


def choose_subject() -> tuple[subject.Picture, np.ndarray]:
    """The picture and the kernel, which fits on it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picture = subject.choose_picture()
        kernel = subject.choose_kernel()
    side = min(picture.small.shape[:2])
    if len(kernel) > side:
        st.warning(f"The kernel is larger than the picture; its middle, {side - 1} × {side - 1}, is used.")
        kernel = convolution.resize(kernel, side - 1)
    return picture, kernel


def choose_step() -> str:
    return st.segmented_control(
        "Step",
        list(STEPS),
        format_func=lambda name: STEPS[name].title,
        default="sum",
        required=True,
        key=STEP,
        bind="query-params",
        label_visibility="collapsed",
    )


def go_to(step: str) -> None:
    st.session_state[STEP] = step


def show_way(step: str) -> None:
    """To the steps before and after."""
    names = list(STEPS)
    place = names.index(step)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        for other, icon in ((place - 1, "arrow_back"), (place + 1, "arrow_forward")):
            if 0 <= other < len(names):
                st.button(STEPS[names[other]].title, icon=f":material/{icon}:", on_click=go_to, args=(names[other],))


frame.header(
    "Convolution", "Put a hand into it: every number, every product, every sum, from one pixel to ten classes."
)
lesson.choose_answers()
chosen = choose_step()
lesson.what_to_do(chosen)
STEPS[chosen].show(*choose_subject())
lesson.what_to_notice(chosen)
show_way(chosen)
