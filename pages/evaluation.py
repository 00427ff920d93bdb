"""The evaluation page: what a run got right, what it confused, and the images behind every number."""

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core import data, evaluation
from cnn_core.progress import Result
from cnn_core.runs import Predictions, Run, RunError
from pages.ui import address, cache, controls, frame
from pages.ui.beside_report import show_beside_report
from pages.ui.components.gallery import gallery
from pages.ui.confusion import show_matrix
from pages.ui.text import plain

RANDOM_IMAGES = 16
CHOICE_AND_SCORES = (1, 1)  # of the width
SEEDS = 10_000


def show_scores(scores: evaluation.Scores) -> None:
    with st.container(horizontal=True):
        st.metric("Test accuracy", f"{scores.accuracy:.2%}")
        st.metric("Test loss", f"{scores.loss:.4f}")
        st.metric("Test MSE", f"{scores.mse:.4f}")


def explain_scores(scores: evaluation.Scores, predictions: Predictions, result: Result) -> None:
    """Accuracy, loss and mean squared error, each explained with this run's own numbers."""
    st.header("What the figures mean", anchor=False)
    right = round(scores.accuracy * scores.n)
    of_label = predictions.probabilities[np.arange(scores.n), predictions.labels]
    st.markdown(
        f"**Accuracy**: {right:,} of the {scores.n:,} test images are classified correctly. Guessing gets 10%.\n\n"
        f"**Loss**: the mean of −ln(probability of the label) over the {scores.n:,} test images. Guessing gets "
        f"ln 10 = 2.303. The label's median probability is {np.median(of_label):.1%}.\n\n"
        "**MSE**: the mean squared difference between the one-hot label and the ten probabilities, over the "
        f"{scores.n:,} test images. Guessing gets 0.09."
    )
    if result.test_accuracy_over_views is not None:
        st.markdown(
            f"Averaged over {result.test_views} views of each image (test-time augmentation), the accuracy is "
            f"{result.test_accuracy_over_views:.2%}. All other figures are for one view, the image unchanged."
        )


def show_classes(predictions: Predictions, class_names: tuple[str, ...]) -> None:
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


def show_random(predictions: Predictions, class_names: tuple[str, ...], images: data.Split) -> None:
    st.header(f"{RANDOM_IMAGES} random test images", anchor=False)
    address.allow_number("evaluation.seed", 0, SEEDS - 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input("Seed", 0, SEEDS - 1, key="evaluation.seed", bind="query-params", width=140)
        st.button("Show other images", icon=":material/shuffle:", on_click=reshuffle)
    shown = np.random.default_rng(seed).choice(len(images), RANDOM_IMAGES, replace=False)
    probabilities, labels = predictions.probabilities[shown], predictions.labels[shown]
    predicted = probabilities.argmax(axis=1)
    captions = [
        f"{class_names[said]} {share:.0%}\nis: {class_names[label]}"
        for said, share, label in zip(predicted, probabilities.max(axis=1), labels, strict=True)
    ]
    marks = list(predicted == labels)
    words = "random test images"
    gallery(images.images(shown), captions, marks=marks, key="evaluation.random", label=words, columns=8, picks=False)


def reshuffle() -> None:
    st.session_state["evaluation.seed"] = int(np.random.default_rng().integers(SEEDS))


def test_images(run: Run, labels: np.ndarray) -> data.Split | None:
    """The images behind the predictions for `labels`; None while they are not here, and then the page says why."""
    if run.config.data_set == "cifar10" and not data.is_ready("cifar10"):
        text = "The numbers below are complete. The images behind them belong to CIFAR-10."
        st.info(text, icon=":material/info:")
        controls.offer_cifar10()
        return None
    try:
        images = cache.data_set(run.config.data_set).split("test")
    except data.DataError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    if not np.array_equal(images.labels, labels):
        st.warning("This run was tested on images that are not on this machine, so none are shown.")
        return None
    return images


def show(run: Run, at: DeltaGenerator) -> None:
    """Everything about one run; its scores stand in the container `at`.

    Raises RunError if it cannot be read, or another visitor deletes or resumes it.
    """
    predictions, result = run.predictions(), run.result()
    if result is None:
        raise RunError(f"{run.title} is being trained again; its results appear here when it has finished.")
    names = data.class_names(run.config.data_set)
    scores = evaluation.scores(*predictions)
    with at:
        show_scores(scores)
    images = test_images(run, predictions.labels)
    show_matrix(predictions, names, images, run.config.data_set)
    explain_scores(scores, predictions, result)
    show_classes(predictions, names)
    if images is not None:
        show_random(predictions, names, images)
    show_beside_report(run)


frame.header(
    "Evaluation",
    "What the network says about images that it has never seen: how often it is right, and which classes it confuses.",
)
choice, figures = st.columns(CHOICE_AND_SCORES, vertical_alignment="bottom")
with choice:
    run = controls.choose_run("evaluation.run")
if run:
    try:
        show(run, figures)
    except RunError as error:
        st.error(plain(str(error)), icon=":material/error:")
frame.lead_on("evaluation.py")
