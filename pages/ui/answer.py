"""What a network sees of an image, and what it answers: shares, of which the largest is the headline."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core import evaluation, images, plotting
from cnn_core.augmentation import test_time_augmentation
from cnn_core.inference import Classifier
from cnn_core.plotting.style import TEXT
from cnn_core.runs import Run, RunError
from pages.ui import charts, presenter, sureness

_VIEWS = "prediction.views"
_SIDE = 192  # pixels of the enlarged 32x32
# On a phone columns stand below each other; the answer comes before what it sees, and both before the crop.
_ANSWER_FIRST = "<style>@media (max-width: 640px) {{ {} {{ flex-wrap: wrap-reverse }} }}</style>"
_COLUMNS = ".st-key-{0} > [data-testid=stHorizontalBlock], .st-key-{0} > * > [data-testid=stHorizontalBlock]"
_HEIGHT = 290  # pixels of the bars, which end above the fold of a beamer


@dataclass(frozen=True)
class Answer:
    """The raw probabilities (classes,) of one image, and how long the network took."""

    probabilities: np.ndarray
    seconds: float
    views: int = 1  # of the image, whose answers were averaged

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
    return Answer(probabilities, perf_counter() - started, count)


def show(
    image: np.ndarray, answer: Answer, class_names: tuple[str, ...], run: Run, actual: int | None = None
) -> DeltaGenerator:
    """What the network sees, and beside it the answer; `actual` is the label, where there is one.

    Returns the place below what it sees, for the ways on.
    """
    with st.container(key="prediction-answer"):
        left, right = st.columns([2, 3], gap="medium")
    with left:
        _show_seen(image)
    with right:
        _show_shares(answer, class_names, run, actual)
        if actual is None:
            st.caption("It cannot say “none of these”: its shares add up to 100%, whatever you show it.")
        _show_switches(answer, run)
    return left


def come_first(*keys: str) -> None:
    """On a phone, where columns stand below each other: the last of these containers first."""
    st.html(_ANSWER_FIRST.format(", ".join(map(_COLUMNS.format, keys))))


def show_seen_alone(image: np.ndarray) -> DeltaGenerator:
    """What the network sees, in place of `show` while the answer is kept back. Returns the place beside it."""
    with st.container(key="prediction-answer"):
        left, right = st.columns([2, 3], gap="medium")
    with left:
        _show_seen(image)
    return right


def _show_seen(image: np.ndarray) -> None:
    st.header("What it sees", anchor=False)
    width = round(_SIDE * presenter.scale())
    st.image(images.enlarge(image), width=width, output_format="PNG", alt="The image as 32 × 32 pixels")
    st.caption("32\u00a0×\u00a032 pixels, enlarged")


def _show_shares(answer: Answer, class_names: tuple[str, ...], run: Run, actual: int | None) -> None:
    """The answer in words, how far to trust it, and the bars."""
    sure = sureness.of_run(run)
    is_calibrated = sure.is_calibrated and answer.views == 1  # the temperature is that of single answers
    shares = sure.of(answer.probabilities) if is_calibrated else answer.probabilities
    share, name = float(shares[answer.first]), class_names[answer.first]
    said = f", {evaluation.percent(share)}" if is_calibrated else f": softmax says {evaluation.percent(share, 1)}"
    st.header(f"{name.capitalize()}{said}", anchor=False)
    st.markdown(_how_far_to_trust(answer, class_names, run, actual))
    text = round(TEXT * presenter.scale())
    bars = plotting.probability_bars(shares, class_names, actual=actual, height=_HEIGHT, text=text)
    charts.show(bars, plotting.describe_shares(shares, class_names))


def _how_far_to_trust(answer: Answer, class_names: tuple[str, ...], run: Run, actual: int | None) -> str:
    """Whether it is right, where that is known; and in how many of 100 such cases it is."""
    if answer.views > 1:
        average = f"The average of {answer.views} raw softmax outputs."
        said = f"{average} It is not calibrated: the temperature is for single answers."
    else:
        try:
            like = ", for pictures like the test images" if actual is None else ""
            said = f"{sureness.when_so_sure(run, answer.probabilities)}{like}."
        except RunError:  # another visitor has just deleted or resumed it
            said = ""
    if actual is None:
        return said
    verdict = ":green[**✓ Right**]" if actual == answer.first else ":red[**✗ Wrong**]"
    return f"{verdict}: its label is *{class_names[actual]}*.  \n{said}"


def _show_switches(answer: Answer, run: Run) -> None:
    with st.container(horizontal=True):
        sureness.show_switch(run)
        if not presenter.is_on():
            st.toggle(  # off at first: answer and time are then the network's own, as the evaluation page counts them
                "Average over 6 views",
                key=_VIEWS,
                help="The network classifies the image and its mirror image, each also moved by one pixel in two "
                "directions. The six answers are averaged. This is a little more accurate and takes six times the "
                "computation. The average is not calibrated.",
            )
    if not presenter.is_on():
        st.caption(f"The network answered in {1000 * answer.seconds:.1f} ms.")
