"""One test image: what the network says of it, the training images that it finds most like it, what others say."""

import numpy as np
import pandas as pd
import streamlit as st

from cnn_core import data, images, plotting, runs
from cnn_core.evaluation import percent
from cnn_core.plotting.style import TEXT
from cnn_core.runs import Predictions, Run, RunError
from pages.ui import cache, onward, presenter, run_words, sureness
from pages.ui.components.gallery import gallery
from pages.ui.controls import ChosenImage
from pages.ui.evaluation import people
from pages.ui.evaluation.subject import Subject, read
from pages.ui.text import plain
from pages.ui.together import foretelling

_SIDE, _HEIGHT = 128, 250  # pixels of the enlarged image, and of the bars
_PICTURE_AND_BARS = (1, 2)  # of the width
_SMALL = 56  # of a near one at least: five fit beside each other on a phone
_NEAREST_AND_RUNS = (1, 1)


def is_kept_back(on: Subject, place: int) -> bool:
    """Whether a class is voting on what the network says of the image at this place."""
    return foretelling.is_kept_back(_image_id(on, place))


def show(on: Subject, said: Predictions, place: int) -> None:
    """The image at this place of the test split, enlarged, and its bars beside it; the ways on."""
    shares, label = said.probabilities[place], int(on.predictions.labels[place])
    asked = (_image_id(on, place), on.class_names, int(shares.argmax()), label)
    is_kept = is_kept_back(on, place)
    left, right = st.columns(_PICTURE_AND_BARS, gap="small")
    with left:
        if on.images is not None:
            picture = images.enlarge(on.images.images(place)[0])
            width = presenter.pixels(_SIDE)
            st.image(picture, width=width, output_format="PNG", alt=f"Test image {place:,}, enlarged")
        if not is_kept:
            _judge(on, shares, label, place)
    with right:
        if is_kept:
            foretelling.ask(*asked)
            return
        _show_bars(on, shares, label)
    foretelling.offer(*asked)
    onward.offer(ChosenImage(on.data_set, "test", place), key="evaluation.listed")


def _image_id(on: Subject, place: int) -> str:
    return f"{on.data_set}.test.{place}"


def _judge(on: Subject, shares: np.ndarray, label: int, place: int) -> None:
    """Right, wrong, or "wrong": where people did not confirm the label."""
    names, answer = on.class_names, int(shares.argmax())
    error = people.label_errors_of(on).get(place)
    said = f"It says *{names[answer]}*; the label of image {place:,} is *{names[label]}*."
    if answer == label:
        st.markdown(f":green[**✓ Right.**] {said}")
    elif error:
        st.markdown(f":orange[**✗ “Wrong”.**] {said}")
    else:
        st.markdown(f":red[**✗ Wrong.**] {said}")
    if error:
        st.markdown(f"⚑ {error.sentence(names)}")
    if place in people.twins_of(on):
        st.caption("A training image shows the same: see *Seen before*, below.")


def _show_bars(on: Subject, shares: np.ndarray, label: int) -> None:
    given = {"height": presenter.pixels(_HEIGHT), "text": round(TEXT * presenter.scale())}
    bars = plotting.probability_bars(shares, on.class_names, actual=label, **given)
    answer = int(shares.argmax())
    words = f"{sureness.name(on.run).capitalize()}: {on.class_names[answer]} {percent(shares[answer], 1)}, "
    words += "its label." if answer == label else f"its label {on.class_names[label]} {percent(shares[label], 1)}."
    st.plotly_chart(bars, config={"displayModeBar": False}, alt=words)
    st.caption(words)


def show_around(on: Subject, place: int) -> None:
    """The nearest training images, and every run's answer."""
    left, right = st.columns(_NEAREST_AND_RUNS, gap="medium")
    with left:
        _show_nearest(on, place)
    with right:
        _show_runs(on, place)


def _show_nearest(on: Subject, place: int) -> None:
    st.header("Its nearest training images", anchor=False)
    found = read(on.run, on.run.neighbours)
    if found is None:
        st.caption(f"This run has not been asked. `python -m cnn_core complete {on.run.id}` finds them.")
        return
    split = on.run.config.training.train_on
    trained = run_words.training_images(on.run.config)
    among = f"all {trained:,}" if found.searched >= trained else f"the first {found.searched:,} of the {trained:,}"
    where = f"among {among} images that it was trained on"
    numbers, similar = found.numbers[place], found.similarity[place]
    training = _training_images(on, split, int(found.numbers.max()))
    if training is None:
        st.caption(f"The nearest five {where} are known; their pictures are not on this machine.")
        return
    names = on.class_names
    labels = training.labels[numbers]
    captions = [f"{names[label]}\n{cosine:.2f}" for label, cosine in zip(labels, similar, strict=True)]
    words = "the nearest training images"
    gallery(
        training.images(numbers), captions, key="evaluation.nearest", label=words, picks=False, columns=5, size=_SMALL
    )
    st.caption(
        f"The nearest {len(numbers)} {where}, with their label and their similarity: the cosine of the angle between "
        "the features that the last layer reads, 1 for the same direction."
    )


def _training_images(on: Subject, split: str, largest: int) -> data.Split | None:
    """None where they are not on this machine."""
    if on.images is None:
        return None
    try:
        training = cache.data_set(on.data_set).split(split)
    except data.DataError:
        return None
    return training if largest < len(training) else None


def _show_runs(on: Subject, place: int) -> None:
    st.header("What every run says", anchor=False)
    asked = [(on.run, on.predictions), *((run, other) for run in runs.list_runs() if (other := _other(on, run)))]
    rows = [_row(on, *each, place) for each in asked]
    st.table(pd.DataFrame(rows), hide_index=True)
    if len(rows) == 1:
        st.caption("No other run was tested on it.")
        return
    right = sum(row[""] == "✓" for row in rows)
    raw = "; raw softmax outputs where it says so" if any(row["how sure"].endswith("raw") for row in rows) else ""
    st.caption(
        f"{right} of the {len(rows)} runs that were tested on it give its label. How sure: the probability of the "
        f"answer{raw}."
    )


def _row(on: Subject, run: Run, predictions: Predictions, place: int) -> dict[str, str]:
    said = sureness.of_run(run)
    shares = said.of(predictions.probabilities[place])
    answer = int(shares.argmax())
    sure = percent(shares[answer], 1) + ("" if said.is_calibrated else " raw")
    is_right = answer == on.predictions.labels[place]
    return {"": "✓" if is_right else "✗", "answer": on.class_names[answer], "how sure": sure, "run": plain(run.title)}


def _other(on: Subject, run: Run) -> Predictions | None:
    """What another run says of the same test images; None if it was not tested on them, or cannot be read."""
    try:
        if run.id == on.run.id or run.config.data_set != on.data_set or not run.is_tested() or run.has_diverged():
            return None
        predictions = read(run, run.predictions)
        return predictions if np.array_equal(predictions.labels, on.predictions.labels) else None
    except RunError:
        return None
