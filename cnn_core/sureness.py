"""How sure a run may be: its probabilities, calibrated where it has a temperature, and what that is worth.

Pages and commands take every percentage that says how sure a network is from here.
"""

from dataclasses import dataclass

import numpy as np

from cnn_core.evaluation import (
    Calibration,
    Scores,
    TrackRecord,
    calibrated,
    reliability,
    scores,
    track_record,
)
from cnn_core.runs import Predictions, Run, RunError


@dataclass(frozen=True, slots=True)
class Promise:
    """What a run's probabilities promise on the test split, and what holds."""

    n: int
    confidence: float  # the mean of the largest probability
    error: float  # expected calibration error, 15 bins of equal width
    scores: Scores


@dataclass(frozen=True, slots=True)
class Sureness:
    """What a run's probabilities have to go through before they say how sure it is."""

    calibration: Calibration | None
    lacks: str | None = None  # a sentence: why its percentages are raw, and the command that mends it

    @property
    def is_calibrated(self) -> bool:
        return self.calibration is not None

    def of(self, probabilities: np.ndarray) -> np.ndarray:
        """Raw probabilities (..., classes) as they may be shown: calibrated; the raw ones of a run without it."""
        return calibrated(probabilities, self.calibration.temperature) if self.calibration else probabilities

    def unseen(self, predictions: Predictions) -> Predictions:
        """The raw answers to the test images that the temperature was not fitted on."""
        some = self.calibration.unseen if self.calibration else slice(None)
        return Predictions(*(each[some] for each in predictions))

    def when_so_sure(self, predictions: Predictions, raw: np.ndarray) -> TrackRecord:
        """How often the run was right when it was as sure as with these raw probabilities (classes,) of one image."""
        labels, probabilities = self.unseen(predictions)
        return track_record(labels, self.of(probabilities), float(self.of(raw).max()))

    def promise(self, predictions: Predictions) -> Promise | None:
        """What its calibrated probabilities promise, measured on the unseen images; None without a temperature."""
        if not self.calibration:
            return None
        labels, probabilities = self.unseen(predictions)
        return promise(labels, self.of(probabilities))

    @property
    def fitted_on(self) -> str | None:
        """The images behind the temperature, in words."""
        if not self.calibration:
            return None
        split = "validation" if self.calibration.split == "val" else "test"
        which = "" if split == "validation" else "the first "
        return f"{which}{self.calibration.n:,} {split} images"


def of_run(run: Run) -> Sureness:
    """Never raises because of a run's calibration: what is missing or damaged is told in `lacks`."""
    try:
        if found := run.calibration():
            return Sureness(found)
        which = "no temperature yet"
    except RunError:
        which = "a temperature that cannot be read"
    return Sureness(
        None,
        f"This run has {which}, so its percentages are raw softmax outputs. "
        f"`python -m cnn_core complete {run.id}` fits one.",
    )


def promise(labels: np.ndarray, probabilities: np.ndarray) -> Promise:
    """Measured on these images: labels (N,), probabilities (N, classes)."""
    confidence = float(probabilities.max(axis=1).mean(dtype=np.float64))
    return Promise(len(labels), confidence, reliability(labels, probabilities).error, scores(labels, probabilities))
