"""Prediction: a visitor's own photo, cut to a square, shrunk to 32x32, and what the network makes of it."""

from time import perf_counter

import numpy as np
import streamlit as st

from cnn_core import data, images, plotting, runs
from cnn_core.augmentation import test_time_augmentation
from cnn_core.data import browsing
from cnn_core.inference import Classifier, ClassifierError
from pages.ui import address, cache, controls, frame
from pages.ui.components.cropper import cropper
from pages.ui.components.gallery import gallery

SOURCES = {"upload": "Your photo", "camera": "Camera", "test": "Test image"}
OFFERED = 12  # test images to choose from


def choose_source() -> str:
    address.allow("prediction.source", SOURCES.values())
    return st.segmented_control(
        "Image",
        list(SOURCES),
        format_func=SOURCES.get,
        default="upload",
        required=True,
        key="prediction.source",
        bind="query-params",
    )


def open_run(run: runs.Run) -> tuple[Classifier, str] | None:
    """The run's network and the name of its data set; None, with a message, if its files are missing or damaged."""
    try:
        return cache.classifier(str(run.classifier_path), run.classifier_path.stat().st_mtime), run.config.data_set
    except (OSError, ClassifierError, runs.RunError):
        st.error("The network of this run cannot be opened. Choose another run.", icon=":material/error:")
        return None


def choose_image(source: str, data_set: str) -> tuple[np.ndarray, int | None] | None:
    """The image as the network gets it, uint8 (32, 32, 3), and its label where it is known; None without one."""
    if source == "test":
        return choose_test_image(data_set)
    photo = controls.own_photo(source, "prediction", label="A photo of one thing, large in the frame")
    if photo is None:
        return None
    return images.to_network_input(photo.image, cropper(photo.image, key=f"prediction.crop.{photo.digest}")), None


def choose_test_image(name: str) -> tuple[np.ndarray, int] | None:
    """A test image, chosen among a few of the data set that the run was trained on."""
    try:
        data_set = cache.data_set(name)
    except data.DataError as error:
        st.info(str(error), icon=":material/download:")
        return None
    split = data_set.split("test")
    seed = st.session_state.setdefault("prediction.seed", 0)
    shown = browsing.positions(split.labels, seed=seed)[:OFFERED]
    index = gallery(
        split.images(shown),
        [data_set.class_names[label] for label in split.labels[shown]],
        key="prediction.gallery",
        label=f"{OFFERED} images of the test split",
        picked=0,
        columns=4,
    )
    st.button("Show other images", icon=":material/shuffle:", on_click=show_others)
    return split.images(shown[index])[0], int(split.labels[shown[index]])


def show_others() -> None:
    st.session_state["prediction.seed"] += 1


def show_input(image: np.ndarray) -> None:
    st.subheader("What the network sees", anchor=False)
    st.image(images.enlarge(image), width=240, output_format="PNG", alt="The image as 32 × 32 pixels")
    st.caption("32\u00a0×\u00a032 pixels, enlarged")


def show_answer(network: Classifier, image: np.ndarray, actual: int | None, class_names: tuple[str, ...]) -> None:
    """The class with the largest probability, all ten of them, and the time that it took."""
    count = 6 if st.session_state.get("prediction.views") else 1  # the toggle is drawn below the answer
    started = perf_counter()
    probabilities = test_time_augmentation(network.predict, image[np.newaxis], count)[0]
    seconds = perf_counter() - started
    if not np.isfinite(probabilities).all():
        st.error("This network's answers are not numbers: its training diverged. Choose another run.")
        return
    first = int(probabilities.argmax())
    st.subheader(f"{class_names[first].capitalize()}: softmax says {probabilities[first]:.1%}", anchor=False)
    st.plotly_chart(
        plotting.probability_bars(probabilities, class_names, actual=actual),
        config={"displayModeBar": False},
        alt=f"Ten probabilities; the largest is {class_names[first]} with {probabilities[first]:.1%}.",
    )
    st.caption(f"The network answered in {1000 * seconds:.1f} ms.")
    st.toggle(  # off at first: the answer and its time are then the network's own, as the evaluation page counts them
        "Average over 6 views",
        key="prediction.views",
        help="The network classifies the image and its mirror image, each also moved by one pixel in two directions. "
        "The six answers are averaged. This is a little more accurate and takes six times the computation.",
    )


frame.header(
    "Prediction",
    "Show the network a photo of your own. It sees 32\u00a0×\u00a032 pixels, and gives each of its ten classes a "
    "share; together 100%.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen_run = controls.choose_run()
    chosen_source = choose_source() if chosen_run else None
if chosen_run and (opened := open_run(chosen_run)):
    network, trained_on = opened
    known = data.class_names(trained_on)
    left, middle, right = st.columns([4, 2, 3], gap="medium")
    with left:
        chosen = choose_image(chosen_source, trained_on)
    if chosen:
        with middle:
            show_input(chosen[0])
        with right:
            show_answer(network, *chosen, known)
    st.markdown(
        f"**Notice:** it knows {', '.join(known[:-1])} and {known[-1]}, and nothing else. Whatever you show it, the "
        "ten shares add up to 100%, so a large number does not prove that it is right."
    )
frame.lead_on("prediction.py")
