"""The matrix of a run and the figures below it: what they mean, class by class, random images, beside the report."""

import numpy as np
import streamlit as st

from cnn_core import data, evaluation, plotting, results
from cnn_core.progress import Result
from cnn_core.runs import Predictions
from pages.ui import address, sureness
from pages.ui.components.gallery import gallery
from pages.ui.evaluation.beside_report import show_beside_report
from pages.ui.evaluation.groups import show_groups
from pages.ui.evaluation.matrix import show_matrix
from pages.ui.evaluation.subject import Subject
from pages.ui.lessons import locks

_RANDOM_IMAGES = 16
_SEEDS = 10_000


def show(on: Subject) -> None:
    """The matrix first, then all that refines it."""
    shown = sureness.shown(on.run, on.predictions)
    show_matrix(on)
    sureness.show_switch(on.run)
    show_groups(on)
    _explain_scores(on.scores, on.predictions, on.result)
    if smoothed := results.about_smoothing(on.run):
        st.markdown(f"**Label smoothing**: {smoothed}")
    _show_classes(on.predictions, on.class_names)
    if on.images is not None:
        _show_random(shown, on.class_names, on.images, sureness.name(on.run))
    show_beside_report(on.run)


def _explain_scores(scores: evaluation.Scores, predictions: Predictions, result: Result) -> None:
    """Accuracy, loss and mean squared error of the network as trained, each explained with this run's own numbers."""
    st.header("What the figures mean", anchor=False)
    right, classes = round(scores.accuracy * scores.n), predictions.probabilities.shape[1]
    guessing = plotting.chance(classes)
    of_label = predictions.probabilities[np.arange(scores.n), predictions.labels]
    st.markdown(
        f"**Accuracy**: {right:,} of the {scores.n:,} test images are classified correctly. Guessing gets "
        f"{guessing['accuracy']:.0%}.\n\n"
        f"**Loss**: the mean of −ln(raw softmax output of the label) over the {scores.n:,} test images. Guessing gets "
        f"ln {classes} = {guessing['loss']:.3f}. The label's median output is {np.median(of_label):.1%}.\n\n"
        "**MSE**: the mean squared difference between the one-hot label and the outputs, one a class, over the "
        f"{scores.n:,} test images. Guessing gets {guessing['mse']:.2g}."
    )
    if result.test_accuracy_over_views is not None:
        st.markdown(
            f"Averaged over {result.test_views} views of each image (test-time augmentation), the accuracy is "
            f"{result.test_accuracy_over_views:.2%}. All other figures are for one view, the image unchanged."
        )


def _show_classes(predictions: Predictions, class_names: tuple[str, ...]) -> None:
    st.header("Class by class", anchor=False)
    table = evaluation.per_class(predictions.labels, predictions.probabilities.argmax(axis=1), class_names)
    images = st.column_config.NumberColumn("test images", format="localized")
    written = table.style.format("{:.1%}", subset=["precision", "recall", "f1"])
    st.dataframe(written, column_config={"f1": "F1", "support": images})
    best, worst = table["recall"].idxmax(), table["recall"].idxmin()
    of_worst = table.loc[worst]
    precise = f"{of_worst['precision']:.1%} of the test images called *{worst}* really show one"
    st.markdown(
        f"**Precision**: {precise if of_worst['precision'] else f'no {worst} was recognised, so it counts as 0'}. "
        f"**Recall**: {of_worst['recall']:.1%} of the {of_worst['support']:,.0f} test images of *{worst}* are "
        f"recognised, the lowest share; the highest is {table.loc[best, 'recall']:.1%}, of *{best}*. **F1** is the "
        "harmonic mean of the two."
    )


def _show_random(predictions: Predictions, class_names: tuple[str, ...], images: data.Split, share: str) -> None:
    count = min(_RANDOM_IMAGES, len(images))
    st.header(f"{count} random test images", anchor=False)
    address.allow_number("evaluation.seed", 0, _SEEDS - 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        given = {"bind": "query-params", "width": 140, "disabled": locks.is_locked("image")}
        seed = st.number_input("Seed", 0, _SEEDS - 1, key="evaluation.seed", **given)
        given = {"key": "evaluation.others", "disabled": locks.is_locked("image")}
        st.button("Show other images", icon=":material/shuffle:", on_click=_reshuffle, **given)
    shown = np.random.default_rng(seed).choice(len(images), count, replace=False)
    probabilities, labels = predictions.probabilities[shown], predictions.labels[shown]
    predicted = probabilities.argmax(axis=1)
    captions = [
        f"{class_names[said]} {evaluation.percent(share)}\nis: {class_names[label]}"
        for said, share, label in zip(predicted, probabilities.max(axis=1), labels, strict=True)
    ]
    marks = list(predicted == labels)
    st.caption(f"Each with the network's answer, its {share}, and the label.")
    words = "random test images"
    gallery(images.images(shown), captions, marks=marks, key="evaluation.random", label=words, columns=8, picks=False)


def _reshuffle() -> None:
    st.session_state["evaluation.seed"] = int(np.random.default_rng().integers(_SEEDS))
