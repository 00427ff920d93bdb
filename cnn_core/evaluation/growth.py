"""How the answers to the same images changed from epoch to epoch.

Everywhere: labels are class numbers, integer (n,); answers are the class that was most probable for each image after
each epoch, integer (epochs, n), in the order of the epochs.
"""

from collections.abc import Sequence

import numpy as np

from cnn_core.evaluation.metrics import confusion_matrix


def thinned(epochs: Sequence[int], most: int) -> list[int]:
    """At most `most` of them: the first, the last if two are allowed, and others evenly in between."""
    if len(epochs) <= most:
        return list(epochs)
    return [epochs[place] for place in np.linspace(0, len(epochs) - 1, most).round().astype(int)]


def matrices(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """The confusion matrix after each epoch, int64 (epochs, classes, classes)."""
    return np.stack([confusion_matrix(labels, said, classes) for said in answers])


def recalls(counts: np.ndarray) -> np.ndarray:
    """The share of each class's images that were recognised, float64 (epochs, classes), from such matrices.

    NaN for a class without an image.
    """
    images = counts.sum(axis=2)
    right = np.diagonal(counts, axis1=1, axis2=2)
    return np.divide(right, images, out=np.full(images.shape, np.nan), where=images > 0)


def settled(labels: np.ndarray, answers: np.ndarray, k: int) -> np.ndarray:
    """At most k images that were wrong once and then became right for good: positions, int64.

    They are spread evenly over those images in the order in which these became right, and stand in that order; images
    of one epoch stand by position.
    """
    epochs = np.arange(len(answers))[:, None]
    last_wrong = np.where(answers != labels, epochs, -1).max(axis=0)
    found = np.flatnonzero((last_wrong >= 0) & (last_wrong < len(answers) - 1))
    found = found[np.argsort(last_wrong[found], kind="stable")]
    return found[np.linspace(0, len(found) - 1, min(k, len(found))).round().astype(int)]


def restless(answers: np.ndarray, k: int, *, but: np.ndarray) -> np.ndarray:
    """The k images whose answer changed most often, without those at the positions `but`: positions, int64.

    Equal ones stand by position. There may be fewer images than k.
    """
    changes = (answers[1:] != answers[:-1]).sum(axis=0)
    others = np.setdiff1d(np.arange(answers.shape[1]), but)
    return others[np.argsort(-changes[others], kind="stable")[:k]]


def chain(answers: np.ndarray) -> list[tuple[int, int]]:
    """One image's answers, integer (epochs,), without repetitions: (from which place on, which class) each."""
    starts = np.flatnonzero(np.diff(answers, prepend=-1))
    return [(int(place), int(answers[place])) for place in starts]
