"""What a network sees of an image, and what it answers: ten shares, of which the largest is the headline."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core import images, plotting
from cnn_core.augmentation import test_time_augmentation
from cnn_core.inference import Classifier
from cnn_core.plotting.style import TEXT
from pages.ui import charts, presenter

_VIEWS = "prediction.views"
_SIDE = 192  # pixels of the enlarged 32x32
_HEIGHT = 290  # pixels of the bars, which end above the fold of a beamer


@dataclass(frozen=True)
class Answer:
    """The ten probabilities (10,) of one image, and how long the network took."""

    probabilities: np.ndarray
    seconds: float

    @property
    def first(self) -> int:
        """The class with the largest probability."""
        return int(self.probabilities.argmax())


def ask(network: Classifier, image: np.ndarray) -> Answer | None:
    """The network's answer to one image, uint8 (32, 32, 3); None, with a message, if it is not in numbers."""
    count = 6 if st.session_state.get(_VIEWS) else 1  # the toggle is drawn below the answer
    started = perf_counter()
    probabilities = test_time_augmentation(network.predict, image[np.newaxis], count)[0]
    if not np.isfinite(probabilities).all():
        st.error("This network's answers are not numbers: its training diverged. Choose another run.")
        return None
    return Answer(probabilities, perf_counter() - started)


def show(image: np.ndarray, answer: Answer, class_names: tuple[str, ...], actual: int | None = None) -> DeltaGenerator:
    """What the network sees, and beside it the answer; `actual` is the label, where there is one.

    Returns the place below what it sees, for the ways on.
    """
    with st.container(key="prediction-answer"):
        left, right = st.columns([2, 3], gap="medium")
    with left:
        st.header("What it sees", anchor=False)
        width = round(_SIDE * presenter.scale())
        st.image(images.enlarge(image), width=width, output_format="PNG", alt="The image as 32 × 32 pixels")
        st.caption("32\u00a0×\u00a032 pixels, enlarged")
    with right:
        _show_shares(answer, class_names, actual)
    return left


def _show_shares(answer: Answer, class_names: tuple[str, ...], actual: int | None) -> None:
    share, name = answer.probabilities[answer.first], class_names[answer.first]
    st.header(f"{name.capitalize()}, of the ten it knows: softmax says {share:.1%}", anchor=False)
    if actual is None:
        st.caption("It cannot say “none of these”: its shares add up to 100%, whatever you show it.")
    elif actual == answer.first:
        st.markdown(f":green[**✓ Right**]: its label is *{class_names[actual]}*.")
    else:
        st.markdown(f":red[**✗ Wrong**]: its label is *{class_names[actual]}*.")
    bars = plotting.probability_bars(answer.probabilities, class_names, actual=actual)
    bars.update_layout(height=round(_HEIGHT * presenter.scale()), xaxis_title=None)
    written = {"size": round(TEXT * presenter.scale())}
    bars.update_traces(textfont=written, insidetextfont=written).update_xaxes(tickfont=written)
    charts.show(bars.update_yaxes(tickfont=written), plotting.describe_shares(answer.probabilities, class_names))
    if presenter.is_on():
        return
    st.caption(f"The network answered in {1000 * answer.seconds:.1f} ms.")
    st.toggle(  # off at first: the answer and its time are then the network's own, as the evaluation page counts them
        "Average over 6 views",
        key=_VIEWS,
        help="The network classifies the image and its mirror image, each also moved by one pixel in two directions. "
        "The six answers are averaged. This is a little more accurate and takes six times the computation.",
    )
