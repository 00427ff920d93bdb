"""Where the parts of a step stand: the figure first, what changes it in a row below, then the rest.

So the figure is above the fold of a beamer, and on a phone the sum comes before what refines it. The program needs the
controls' values before it can draw the figure, so each part goes into a place of its own, in any order.
"""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core.runs import Run
from pages.ui.lab.subject import Picture


@dataclass(frozen=True)
class Desk:
    """The places on the page, from above."""

    figure: DeltaGenerator
    controls: DeltaGenerator  # a row
    said: DeltaGenerator  # why something that was typed is not used
    below: DeltaGenerator
    tools: DeltaGenerator  # the kernel as text, its size and its turns


@dataclass(frozen=True)
class Subject:
    """What a step works on."""

    picture: Picture
    kernel: np.ndarray  # float64 (k, k)
    run: Run | None = None  # for a step that shows a trained network; None there: there is no run to show


def lay_out() -> Desk:
    figure = st.container()
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    return Desk(figure, controls, st.container(), st.container(), st.container())
