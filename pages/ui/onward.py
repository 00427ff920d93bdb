"""The ways on from an image that a visitor has opened: to a network's answer, inside a network, and into the lab."""

import streamlit as st

from pages.ui import controls, frame
from pages.ui.controls import ChosenImage
from pages.ui.lab import subject


def offer(image: ChosenImage, *, key: str) -> None:
    """Buttons beside each other; the lab opens test images only. `key` begins the buttons' keys."""
    with st.container(horizontal=True, gap="xsmall"):
        if st.button("Classify it", key=f"{key}.classify"):
            _classify(image)
        if image.split == "test" and st.button("Open in the lab", key=f"{key}.lab"):
            _open_in_lab(image)
        offer_inside(image, key=key)


def offer_inside(image: ChosenImage, *, key: str, run_id: str | None = None, source: str | None = None) -> None:
    """A button to look inside a network, that of `run_id` or one that knows the image.

    Args:
        image: an image of a data set; the empty `ChosenImage()` for a visitor's own.
        key: begins the button's key.
        source: whence a visitor's own image comes, as the page Inside calls it.
    """
    if st.button("Look inside", key=f"{key}.inside"):
        _look_inside(image, run_id, source)


def _look_inside(image: ChosenImage, run_id: str | None, source: str | None) -> None:
    controls.keep_image(image)
    query = {}
    if run_id is None and image.data_set and (run := controls.run_for(image.data_set)):
        run_id = run.id
    if run_id:
        query["run"] = run_id
    if image.split == "test":
        query |= {"inside.source": "Test image", "inside.image": str(image.index)}
    elif source:
        query["inside.source"] = source
    if not query:
        frame.go_to("pages/inside.py")
    st.switch_page("pages/inside.py", query_params=query)


def _classify(image: ChosenImage) -> None:
    controls.keep_image(image)
    run = controls.run_for(image.data_set)
    query = {"prediction.source": "Test image", **({"run": run.id} if run else {})}
    st.switch_page("pages/prediction.py", query_params=query)


def _open_in_lab(image: ChosenImage) -> None:
    controls.keep_image(image)
    query = {subject.PICTURE: subject.title_of(image.data_set), subject.IMAGE: str(image.index)}
    st.switch_page("pages/convolution.py", query_params=query)
