"""The evaluation page: what a run got right, what it confused, and the pictures behind every number."""

import numpy as np
import streamlit as st

from cnn_core import data, evaluation
from cnn_core.progress import Result
from cnn_core.results import results_table
from cnn_core.runs import Predictions, Run, RunError
from pages.ui import cache, controls, frame
from pages.ui.components.gallery import gallery
from pages.ui.confusion import show_matrix

RANDOM_IMAGES = 16


def show_scores(predictions: Predictions, result: Result | None) -> None:
    """Accuracy, loss and mean squared error, each explained with this run's own numbers."""
    scores = evaluation.scores(*predictions)
    right = round(scores.accuracy * scores.n)
    of_label = predictions.probabilities[np.arange(scores.n), predictions.labels]
    columns = st.columns(3)
    columns[0].metric("Test accuracy", f"{scores.accuracy:.2%}", border=True)
    columns[0].caption(f"{right:,} of {scores.n:,} test pictures are right. Guessing gets 10%.")
    if result and result.test_accuracy_over_views is not None:
        columns[0].caption(
            f"Averaged over {result.test_views} views of each picture, mirrored and moved by a pixel: "
            f"{result.test_accuracy_over_views:.2%}. All figures below are for the picture as it is."
        )
    columns[1].metric("Test loss", f"{scores.loss:.4f}", border=True)
    columns[1].caption(
        "The mean of −ln(probability of the label). Guessing gets ln 10 = 2.303. The label gets "
        f"{np.median(of_label):.1%} at the median picture."
    )
    columns[2].metric("Test MSE", f"{scores.mse:.4f}", border=True)
    columns[2].caption(
        "The mean squared difference between the one-hot label and the ten probabilities. Guessing: 0.09."
    )


def show_table(run: Run) -> None:
    st.header("Beside the report", anchor=False)
    st.table(results_table(run))
    if run.config.data_set != "cifar10":
        st.caption("The report's figures are for CIFAR-10; this run was trained and tested on another data set.")
    elif run.config.preset == "report" and run.config.training.validate_on == "test":
        last = run.history()["val_accuracy"].tail(5)
        st.caption(
            f"Why not the report's 86.33%? Its learning rate never falls, so the weights never settle: in the last "
            f"{len(last)} epochs this run's test accuracy moved between {last.min():.1%} and {last.max():.1%}, and the "
            "report had one training. That does not explain all of it: two repetitions of its recipe ended at "
            "84.17% and 85.46%. Nor do its TPU's eight cores, each of which normalized its own four pictures of a "
            "batch: repeated so, it ended at 84.95%. A batch of 256 instead of 32 learns too slowly."
        )


def show_classes(predictions: Predictions, class_names: tuple[str, ...]) -> None:
    st.header("Class by class", anchor=False)
    table = evaluation.per_class(predictions.labels, predictions.probabilities.argmax(axis=1), class_names)
    shares = ("precision", "recall", "f1")
    st.dataframe(table, column_config={name: st.column_config.NumberColumn(format="percent") for name in shares})
    best, worst = table["recall"].idxmax(), table["recall"].idxmin()
    st.markdown(
        f"**Precision**: of the pictures called *{worst}*, {table.loc[worst, 'precision']:.1%} are one. **Recall**: of "
        f"the pictures of a *{worst}*, {table.loc[worst, 'recall']:.1%} are found, the lowest share; the highest has "
        f"*{best}* with {table.loc[best, 'recall']:.1%}. **F1** is the harmonic mean of the two."
    )


def show_random(predictions: Predictions, class_names: tuple[str, ...], images: data.Split) -> None:
    st.header(f"{RANDOM_IMAGES} random test pictures", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input("Seed", 0, 9999, key="evaluation.seed", bind="query-params", width=140)
        st.button("Others", icon=":material/shuffle:", on_click=reshuffle)
    shown = np.random.default_rng(seed).choice(len(images), RANDOM_IMAGES, replace=False)
    probabilities, labels = predictions.probabilities[shown], predictions.labels[shown]
    predicted = probabilities.argmax(axis=1)
    captions = [
        f"{class_names[said]} {share:.0%}\nis: {class_names[label]}"
        for said, share, label in zip(predicted, probabilities.max(axis=1), labels, strict=True)
    ]
    marks = list(predicted == labels)
    gallery(
        images.images(shown), captions, marks=marks, key="evaluation.random", label="random test pictures", columns=8
    )


def reshuffle() -> None:
    st.session_state["evaluation.seed"] = int(np.random.default_rng().integers(10_000))


def test_images(run: Run, labels: np.ndarray) -> data.Split | None:
    """The pictures behind the predictions for `labels`; None, and what to do, while they are not on this machine."""
    if run.config.data_set == "cifar10" and not data.is_ready("cifar10"):
        st.info(
            "The numbers below are this run's; the pictures behind them belong to CIFAR-10.", icon=":material/info:"
        )
        controls.offer_cifar10()
        return None
    try:
        images = cache.data_set(run.config.data_set).split("test")
    except data.DataError as error:
        st.error(str(error), icon=":material/error:")
        return None
    if not np.array_equal(images.labels, labels):
        st.warning("This run was tested on other pictures than those on this machine, so none are shown.")
        return None
    return images


frame.header(
    "Evaluation",
    "What the network says to pictures that it has never seen: how often it is right, and what it takes for what.",
)
if run := controls.choose_run():
    try:
        found = run.predictions()
    except RunError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
    names = data.class_names(run.config.data_set)
    show_scores(found, run.result())
    split = test_images(run, found.labels)
    show_matrix(found, names, split)
    show_classes(found, names)
    if split is not None:
        show_random(found, names, split)
    show_table(run)
