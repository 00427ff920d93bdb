"""What every part of the page works on: one run, and what it said about its test images."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import streamlit as st

from cnn_core import data, evaluation
from cnn_core.config import ExperimentConfig
from cnn_core.progress import Result
from cnn_core.runs import Predictions, Run, RunError
from pages.ui import cache, controls, own_images
from pages.ui.text import plain

Found = TypeVar("Found")


@dataclass(frozen=True)
class Subject:
    """A tested run."""

    run: Run
    predictions: Predictions  # labels and raw probabilities of the test split
    result: Result
    scores: evaluation.Scores  # of the raw probabilities
    images: data.Split | None  # the test images; None while they are not on this machine

    @property
    def data_set(self) -> str:
        return self.run.config.data_set

    @property
    def file(self) -> tuple[str, float]:
        """The network, as caches know it."""
        return cache.network_file(self.run)

    @property
    def class_names(self) -> tuple[str, ...]:
        return data.learned(self.run.config).class_names

    def confusion_matrix(self) -> np.ndarray:
        """int64 (classes, classes): of all test images."""
        labels, probabilities = self.predictions
        return evaluation.confusion_matrix(labels, probabilities.argmax(axis=1), len(self.class_names))


def read(run: Run, how: Callable[[], Found | None]) -> Found | None:
    """What a method of the run reads from a file. A fragment keeps it as long as the session: the same for all."""
    try:
        return cache.read(str(run.path), run.last_event_time(), how.__name__, how)
    except LookupError:
        return None


def look_at(run: Run) -> Subject:
    """Raises RunError if the run cannot be read, or another visitor deletes or resumes it."""
    predictions, result = read(run, run.predictions), run.result()
    if result is None:
        raise RunError(f"{run.title} is being trained again; its results appear here when it has finished.")
    return Subject(run, predictions, result, evaluation.scores(*predictions), _test_images(run, predictions.labels))


def _test_images(run: Run, labels: np.ndarray) -> data.Split | None:
    """The images behind the predictions for `labels`; None while they are not here."""
    if run.config.data_set != "shapes10" and not data.is_ready(run.config.data_set):
        return None
    try:
        images = cache.data_set(run.config.data_set).split("test")
    except data.DataError:
        return None
    return images if np.array_equal(images.labels, labels) else None


def say_why_no_images(config: ExperimentConfig) -> None:
    """Why a run's test images are not here; below the part, whose numbers are complete without them."""
    data_set = config.data_set
    if config.own and not data.is_ready(data_set):
        st.info(f"The numbers above are complete. {own_images.gone(config)}", icon=":material/info:")
        return
    if data_set == "cifar10" and not data.is_ready("cifar10"):
        text = "The numbers above are complete. The images behind them belong to CIFAR-10."
        st.info(text, icon=":material/info:")
        controls.offer_cifar10()
        return
    try:
        cache.data_set(data_set)
    except data.DataError as error:
        st.error(plain(str(error)), icon=":material/error:")
    else:
        st.warning("This run was tested on images that are not on this machine, so none are shown.")
