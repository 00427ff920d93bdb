"""Accuracy, loss, confusion matrix and what follows from it.

A ratio whose denominator is zero (the precision of a class never predicted, the recall of a class with no image) is 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

SMALLEST_PROBABILITY = (
    1e-7  # Keras clips here before the logarithm, so one certain mistake does not make the loss infinite
)

Normalization = Literal["count", "actual", "predicted"]


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one set of images; n is its size."""

    n: int
    loss: float  # mean cross-entropy, natural logarithm
    accuracy: float  # share of images whose most probable class is the label
    mse: float  # mean over images and classes of (one-hot label - probability)^2


def scores(labels: np.ndarray, probabilities: np.ndarray) -> Scores:
    """Loss, accuracy and mean squared error as Keras computes them. Raises ValueError if there is no image."""
    n, classes = probabilities.shape
    if n == 0 or len(labels) != n:
        raise ValueError(
            f"Scores need one label for each row of probabilities; {len(labels)} labels came with {n} rows."
        )
    probabilities = probabilities.astype(np.float64)
    of_label = probabilities[np.arange(n), labels]
    loss = -np.log(np.clip(of_label, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)).mean()
    return Scores(
        n=n,
        loss=float(loss),
        accuracy=float((probabilities.argmax(axis=1) == labels).mean()),
        mse=float(np.square(np.eye(classes)[labels] - probabilities).mean()),
    )


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """How many images of each actual class (row) were given each class (column): int64 (classes, classes).

    Every class has its row and its column, even if it never occurs.
    """
    cells = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes)


def normalize(matrix: np.ndarray, by: Normalization) -> np.ndarray:
    """The matrix as it is ("count"), or as shares of each row ("actual") or of each column ("predicted")."""
    if by == "count":
        return matrix
    return _ratio(matrix, matrix.sum(axis={"actual": 1, "predicted": 0}[by], keepdims=True))


def join_classes(matrix: np.ndarray, groups: Sequence[Sequence[int]]) -> np.ndarray:
    """The matrix (groups, groups) of groups of classes, each a sequence of class numbers."""
    return np.array([[matrix[np.ix_(rows, columns)].sum() for columns in groups] for rows in groups])


def per_class(labels: np.ndarray, predicted: np.ndarray, class_names: Sequence[str]) -> pd.DataFrame:
    """Precision, recall, F1 and support (images of the class), one row a class, indexed by its name."""
    matrix = confusion_matrix(labels, predicted, len(class_names))
    hits, given, support = matrix.diagonal(), matrix.sum(axis=0), matrix.sum(axis=1)
    return pd.DataFrame(
        {
            "precision": _ratio(hits, given),
            "recall": _ratio(hits, support),
            "f1": _ratio(2 * hits, given + support),  # the harmonic mean of the two, cleared of fractions
            "support": support,
        },
        index=pd.Index(class_names, name="class"),
    )


def most_confused(matrix: np.ndarray, class_names: Sequence[str], k: int) -> pd.DataFrame:
    """The k largest mistakes: actual, predicted, count, and the count's share of the actual class's images.

    Pairs that never happened are left out; equal counts stay in class order.
    """
    mistakes = matrix - np.diag(matrix.diagonal())
    largest = np.argsort(-mistakes, axis=None, kind="stable")[:k]
    actual, predicted = np.unravel_index(largest[mistakes.flat[largest] > 0], matrix.shape)
    names = np.asarray(class_names, dtype=object)
    return pd.DataFrame(
        {
            "actual": names[actual],
            "predicted": names[predicted],
            "count": matrix[actual, predicted],
            "share": normalize(matrix, "actual")[actual, predicted],
        }
    )


def cell_positions(labels: np.ndarray, probabilities: np.ndarray, actual: int, predicted: int) -> np.ndarray:
    """The images of one cell of the matrix: positions, int64, those that teach most first.

    Of mistakes these are the surest, of right answers the least sure: by the probability of the predicted class.
    """
    positions = np.flatnonzero((labels == actual) & (probabilities.argmax(axis=1) == predicted))
    sureness = probabilities[positions, predicted]
    return positions[np.argsort(sureness if actual == predicted else -sureness, kind="stable")]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole as float64, and 0 where whole is 0 (part is then 0 too)."""
    return part / np.maximum(whole, 1)
