"""What a run got right and wrong, and how sure it may be of it: arithmetic on what a network said.

Everywhere: labels and predicted are integer class numbers (N,); probabilities are (N, classes), rows summing to 1;
a matrix has the actual class on its rows and the predicted class on its columns. The tests compare all of it with
scikit-learn or SciPy, which would cost the web process a second and 180 MB.
"""

from cnn_core.evaluation.metrics import (
    SMALLEST_PROBABILITY,
    Normalization,
    Scores,
    cell_positions,
    confusion_matrix,
    most_confused,
    normalize,
    per_class,
    scores,
)

__all__ = [
    "SMALLEST_PROBABILITY",
    "Normalization",
    "Scores",
    "cell_positions",
    "confusion_matrix",
    "most_confused",
    "normalize",
    "per_class",
    "scores",
]
