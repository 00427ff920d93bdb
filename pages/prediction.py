"""Prediction: a visitor's own photo, cut to a square, shrunk to 32x32, and what the network makes of it."""

import streamlit as st

from cnn_core import data, images, runs
from cnn_core.config import ExperimentConfig
from cnn_core.inference import Classifier, ClassifierError
from pages.ui import (
    address,
    answer,
    answer_code,
    cache,
    controls,
    familiar,
    frame,
    guessing,
    live,
    onward,
    photos,
    presenter,
)
from pages.ui.components.cropper import cropper
from pages.ui.controls import ChosenImage
from pages.ui.lessons import locks
from pages.ui.together import foretelling

SOURCES = {"upload": "Your photo", "camera": "Camera", "live": "Live", "test": "Test image"}


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
        label_visibility="collapsed" if presenter.is_on() else "visible",
        disabled=locks.is_locked("picture"),
    )


def open_run(run: runs.Run) -> tuple[Classifier, ExperimentConfig] | None:
    """The run's network and its settings; None, with a message, if its files are missing or damaged."""
    try:
        return cache.classifier(str(run.classifier_path), run.classifier_path.stat().st_mtime), run.config
    except (OSError, ClassifierError, runs.RunError):
        st.error("The network of this run cannot be opened. Choose another run.", icon=":material/error:")
        return None


def classify_photo(source: str, run: runs.Run, network: Classifier, known: tuple[str, ...]) -> None:
    """The photo with its square, and beside it the answer; pictures to try while there is no photo."""
    if source == "upload" and not photos.has_photo(source):
        photos.own_photo(source, "prediction")
        photos.choose_sample(source, "prediction")
        return
    with st.container(key="prediction-photo"):
        left, right = st.columns([4, 5], gap="medium")
    with left:
        place = st.container()  # the photo stands above the button for another one
        photo = photos.own_photo(source, "prediction")
    if photo is None:
        return
    with place:
        crop = cropper(photo.image, key=f"prediction.crop.{photo.digest}")
    photos.keep_crop(photo, crop)
    seen = images.to_network_input(photo.image, crop)
    with right:
        given, image = answer.ask(network, seen), foretelling.id_of(seen)
        if given and foretelling.is_kept_back(image, comes_first=True):
            with answer.show_seen_alone(seen):
                foretelling.ask(image, known, given.first)
        elif given:
            with answer.show(seen, given, known, run):
                onward.offer_inside(ChosenImage(), key="prediction", run_id=run.id, source=SOURCES[source])
                familiar.say(run, network, seen, always=True)
    answer.come_first("prediction-photo", "prediction-answer")
    answer_code.of_photo(run, given, crop, known)


def classify_test_image(run: runs.Run, network: Classifier, config: ExperimentConfig) -> None:
    """A test image of the data set that the network has learned, its label and the answer."""
    left, right = st.columns([4, 5], gap="medium")
    with left:
        guess = guessing.next_guess(config)
    if guess is None:
        return
    with right:
        given = answer.ask(network, guess.image)
        is_kept_back = foretelling.is_kept_back(guess.image_id, comes_first=True)
        if given and is_kept_back:
            with answer.show_seen_alone(guess.image):
                foretelling.ask(guess.image_id, guess.data_set.class_names, given.first, guess.label)
        elif given:
            with answer.show(guess.image, given, guess.data_set.class_names, run, guess.label):
                onward.offer_inside(guess.chosen, key="prediction", run_id=run.id)
                familiar.say(run, network, guess.image)
    if given:
        with left:
            guessing.show(guess, None if is_kept_back else given.first, run.id)
    answer.come_first("prediction-answer")
    answer_code.of_guess(run, given, guess)


def classify(run: runs.Run, source: str) -> None:
    """What the run's network says. In a function: Python keeps what a page's script has opened until it collects."""
    opened = open_run(run)
    if opened is None:
        return
    classifier, config = opened
    known = data.learned(config)
    classes = known.class_names
    if not presenter.is_on():  # the bars, with the same names, stand above the fold of a beamer
        st.caption(f"Trained on **{known.title}**, it knows {', '.join(classes[:-1])} and {classes[-1]}, no more.")
    if source == "test":
        classify_test_image(run, classifier, config)
    elif source == "live":
        live.show(run, classifier, classes)
        answer.come_first("prediction-answer")
    else:
        classify_photo(source, run, classifier, classes)


frame.header(
    "Prediction",
    "Show the network a photo of your own. It sees 32\u00a0×\u00a032 pixels, and gives each class that it knows "
    "a share; together 100%.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen_run = controls.choose_run(
        "prediction.run", runs.Run.has_classifier, best_for="cifar10", is_labelled=not presenter.is_on()
    )
    chosen_source = choose_source() if chosen_run else None
if chosen_run:
    classify(chosen_run, chosen_source)
frame.lead_on("prediction.py")
