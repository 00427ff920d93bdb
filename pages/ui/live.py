"""Prediction by the camera, live: what the network says of one picture after another, while the hand still moves."""

import streamlit as st

from cnn_core.inference import Classifier
from cnn_core.runs import Run
from pages.ui import answer, audience, familiar
from pages.ui.components.camera import camera
from pages.ui.lessons import locks

_KEY = "prediction.live"


def show(run: Run, network: Classifier, class_names: tuple[str, ...]) -> None:
    """The camera, and beside it the answer to its latest picture. The next is sent once this one is answered."""
    if locks.is_locked("photo"):
        st.caption("This step of the lesson has no camera.")
        return
    with st.container(key="prediction-live"):
        _answer(run, network, class_names)


@st.fragment
def _answer(run: Run, network: Classifier, class_names: tuple[str, ...]) -> None:
    left, right = st.columns([4, 5], gap="medium")
    with left:
        shot = camera(key=_KEY, mode="live", pause=audience.pause_of_live())
    with right:
        if shot is None:
            st.markdown("**Turn the camera on**, and hold something before it. The bars follow your hand.")
            st.caption("Each picture is shrunk in your browser; it is answered and forgotten, and kept nowhere.")
        elif given := answer.ask(network, shot.frames[-1]):
            answer.show(shot.frames[-1], given, class_names, run)
            familiar.say(run, network, shot.frames[-1], always=True)
