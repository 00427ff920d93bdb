"""What a run got right and wrong, and how sure it may be of it: arithmetic on what a network said.

Everywhere: labels and predicted are integer class numbers (N,); probabilities are (N, classes), rows summing to 1;
a matrix has the actual class on its rows and the predicted class on its columns. The tests compare all of it with
scikit-learn or SciPy, which would cost the web process a second and 180 MB.
"""

from cnn_core.evaluation.calibration import (
    Calibration,
    Reliability,
    bin_of,
    calibrated,
    fit_temperature,
    reliability,
)
from cnn_core.evaluation.careless import Careless
from cnn_core.evaluation.coverage import Coverage, coverage
from cnn_core.evaluation.diagnosis import diagnose
from cnn_core.evaluation.doubt import Doubt, energy, passing, told_apart
from cnn_core.evaluation.findings import Diagnosis
from cnn_core.evaluation.metrics import (
    SMALLEST_PROBABILITY,
    Normalization,
    Scores,
    cell_positions,
    confusion_matrix,
    join_classes,
    most_confused,
    normalize,
    per_class,
    scores,
)
from cnn_core.evaluation.mistakes import Apart, Ranking, accuracy_apart, ranked
from cnn_core.evaluation.neighbours import Neighbours, directions, nearest
from cnn_core.evaluation.ordering import Order, order_classes
from cnn_core.evaluation.projection import Projection, along_axes, same_class_nearby
from cnn_core.evaluation.shares import of_hundred, percent
from cnn_core.evaluation.study import Study
from cnn_core.evaluation.track_record import TrackRecord, track_record
from cnn_core.evaluation.trials import Trial

__all__ = [
    "SMALLEST_PROBABILITY",
    "Apart",
    "Calibration",
    "Careless",
    "Coverage",
    "Diagnosis",
    "Doubt",
    "Neighbours",
    "Normalization",
    "Order",
    "Projection",
    "Ranking",
    "Reliability",
    "Scores",
    "Study",
    "TrackRecord",
    "Trial",
    "accuracy_apart",
    "along_axes",
    "bin_of",
    "calibrated",
    "cell_positions",
    "confusion_matrix",
    "coverage",
    "diagnose",
    "directions",
    "energy",
    "fit_temperature",
    "join_classes",
    "most_confused",
    "nearest",
    "normalize",
    "of_hundred",
    "order_classes",
    "passing",
    "per_class",
    "percent",
    "ranked",
    "reliability",
    "same_class_nearby",
    "scores",
    "told_apart",
    "track_record",
]
