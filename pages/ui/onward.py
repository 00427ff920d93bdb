"""The ways on from an image that a visitor has opened: to a network's answer, and into the convolution lab."""

import streamlit as st

from cnn_core import data
from pages.ui import controls
from pages.ui.controls import ChosenImage


def offer(image: ChosenImage, *, key: str) -> None:
    """Two buttons beside each other; the lab opens test images only. `key` begins the buttons' keys."""
    with st.container(horizontal=True):
        if st.button("Classify it", icon=":material/image_search:", key=f"{key}.classify"):
            _classify(image)
        if image.split == "test" and st.button("Open in the lab", icon=":material/grid_on:", key=f"{key}.lab"):
            _open_in_lab(image)


def _classify(image: ChosenImage) -> None:
    controls.keep_image(image)
    run = controls.run_for(image.data_set)
    query = {"prediction.source": "Test image", **({"run": run.id} if run else {})}
    st.switch_page("pages/prediction.py", query_params=query)


def _open_in_lab(image: ChosenImage) -> None:
    controls.keep_image(image)
    query = {"convolution.picture": f"{data.title(image.data_set)} test image", "convolution.image": str(image.index)}
    st.switch_page("pages/convolution.py", query_params=query)
