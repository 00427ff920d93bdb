"""How sure a run is of its test images, as this page says it: calibrated where the run has a temperature."""

from dataclasses import dataclass

import numpy as np

from cnn_core import evaluation
from cnn_core.runs import Predictions, Run


@dataclass(frozen=True)
class Sureness:
    probabilities: np.ndarray  # float32 (N, classes)
    is_calibrated: bool

    @property
    def name(self) -> str:
        return "calibrated" if self.is_calibrated else "raw"


def sureness_of(run: Run, predictions: Predictions) -> Sureness:
    """Raises RunError if the run's temperature cannot be read."""
    found = run.calibration()
    if found is None:
        return Sureness(predictions.probabilities, is_calibrated=False)
    return Sureness(evaluation.calibrated(predictions.probabilities, found.temperature), is_calibrated=True)
