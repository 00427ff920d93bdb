"""A sum of a network that was handed over from the page Inside: the lab's stage shows the same products and total."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.ui import frame
from pages.ui.components.stage import convolution_data
from pages.ui.lab.desk import Desk
from pages.ui.lab.linked import CELL, show_stage

STEP = "Learned"  # the step in which it is shown, as the address calls it
_GIVEN, _KEY = "lab.given", "convolution.given"  # in the session: the numbers; the stage's key


@dataclass(frozen=True)
class Given:
    """One filter, or one slice of it, over what it reads, and the value that is looked at."""

    image: np.ndarray  # float (h, w), a map; or (h, w, 3), the image as the network scales it
    kernel: np.ndarray  # float (k, k) or (k, k, 3)
    bias: float  # of a slice: with the sums of all other maps at this value
    cell: tuple[int, int]  # of the output, from 0
    padding: str
    activation: str  # what follows the sum; "linear" where the network first pools
    norm: tuple[float, float] | None  # a batch-norm's factor and summand behind it
    titles: dict[str, str]
    said: str  # Markdown


def keep(given: Given) -> dict[str, str]:
    """Show it in the lab from now on; returns what the lab's address needs."""
    st.session_state[_GIVEN] = given
    st.session_state.pop(_KEY, None)  # the cell that was pinned in the one before
    row, column = given.cell
    return {"convolution.step": STEP, CELL: f"{row + 1}.{column + 1}"}


def drop() -> None:
    """The lab shows its own filters again."""
    st.session_state.pop(_GIVEN, None)
    st.query_params.pop(CELL, None)


def is_there() -> bool:
    return _GIVEN in st.session_state


def show(desk: Desk) -> None:
    """The stage with the numbers that were handed over, whence they come, and the ways on."""
    given: Given = st.session_state[_GIVEN]
    with desk.figure:
        show_stage(
            convolution_data,
            given.image,
            given.kernel,
            bias=given.bias,
            padding=given.padding,
            activation=given.activation,
            norm=given.norm,
            channels="RGB" if given.kernel.ndim == 3 else (),
            titles=given.titles,
            key=_KEY,
        )
    with desk.below:
        st.markdown(given.said)
        with st.container(horizontal=True):
            if st.button("Back to Inside", icon=":material/neurology:"):
                frame.go_to("pages/inside.py")
            st.button("The first layer's filters", icon=":material/grid_on:", on_click=drop)
