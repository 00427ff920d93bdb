"""The map of a run: test images laid out so that those stand close together which the network finds alike.

Alike as for the nearest training images: by the direction of the features that the last layer reads.
"""

from dataclasses import dataclass

import numpy as np

from cnn_core.evaluation.neighbours import directions

IMAGES = 2_000  # the first ones of the test split
AXES = 50  # principal axes that are kept: t-SNE starts from them, and a new image is placed by them
NEAREST = 5
AROUND = 10  # images of which a map is to have many of one class

_AT_ONCE = 100  # images whose distances to all others are in memory; of 2,000 at once they took 130 MB


@dataclass(frozen=True, slots=True)
class Projection:
    """The places of n test images, the first ones, and what a new image needs to be placed among them."""

    spread: np.ndarray  # float32 (n, 2): by t-SNE, which keeps neighbours; distances across the map mean nothing
    features: np.ndarray  # float32 (n, k): along the k principal axes, the widest first
    center: np.ndarray  # float32 (d,): the mean direction
    axes: np.ndarray  # float32 (d, k)

    @property
    def flat(self) -> np.ndarray:
        """float32 (n, 2): along the two widest principal axes (PCA)."""
        return np.pad(self.features[:, :2], ((0, 0), (0, max(0, 2 - self.features.shape[1]))))

    def nearest(self, features: np.ndarray) -> np.ndarray:
        """The five test images nearest to an image with these features (d,): their numbers, the nearest first."""
        along = (directions(features[np.newaxis])[0] - self.center) @ self.axes
        return np.argsort(np.square(self.features - along).sum(axis=1), kind="stable")[:NEAREST]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """For a file of arrays: half precision is far finer than what a map shows."""
        return {name: getattr(self, name).astype(np.float16) for name in self.__slots__}

    @classmethod
    def from_arrays(
        cls, n: int, spread: np.ndarray, features: np.ndarray, center: np.ndarray, axes: np.ndarray
    ) -> "Projection":
        """Raises ValueError if these cannot be the map of a test of `n` images."""
        found = [each.astype(np.float32) for each in (spread, features, center, axes)]
        if not all(np.isfinite(each).all() for each in found):
            raise ValueError("a place is not a number")
        if features.ndim != 2 or spread.shape != (len(features), 2) or not 1 <= len(features) <= n:
            raise ValueError("the places and the features do not fit")
        if center.ndim != 1 or axes.shape != (len(center), features.shape[1]):
            raise ValueError("the axes and the features do not fit")
        return cls(*found)


def along_axes(features: np.ndarray, k: int = AXES) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The directions of features (n, d) along their k principal axes (n, k), their mean (d,), and the axes (d, k).

    Fewer axes where n or d is smaller.
    """
    toward = directions(features)
    center = toward.mean(axis=0)
    toward = toward - center
    axes = _principal(toward.astype(np.float64), k).astype(np.float32)
    return toward @ axes, center, axes


def _principal(centered: np.ndarray, k: int) -> np.ndarray:
    """The k principal axes (d, k) of float64 (n, d), the widest first; zeros where there is no spread.

    From the products of whichever are fewer, images or features: a singular value decomposition of 2,000 images of
    4,096 features takes ten times as long, and 400 MB.
    """
    n, d = centered.shape
    widths, vectors = np.linalg.eigh(centered @ centered.T if n < d else centered.T @ centered)
    widths, vectors = widths[::-1][:k], vectors[:, ::-1][:, :k]
    if n >= d:
        return vectors
    lengths = np.sqrt(np.maximum(widths, 0))
    return np.where(lengths > 1e-6 * lengths[0], centered.T @ vectors / np.where(lengths > 0, lengths, 1), 0)


def same_class_nearby(places: np.ndarray, labels: np.ndarray, k: int = AROUND) -> float:
    """The share of the k nearest others (places (n, 2), labels (n,)) that have an image's own class; 0 to 1.

    Guessing gets a tenth with ten classes of one size, a half with two. 0 with a single image.
    """
    k = min(k, len(places) - 1)
    if k < 1:
        return 0.0
    places = places.astype(np.float64)
    squares = np.square(places).sum(axis=1)
    alike = 0
    for first in range(0, len(places), _AT_ONCE):
        rows = np.arange(first, min(first + _AT_ONCE, len(places)))
        apart = squares[rows, None] + squares - 2 * places[rows] @ places.T
        apart[rows - first, rows] = np.inf  # the image itself is infinitely far
        around = np.argpartition(apart, k - 1, axis=1)[:, :k]
        alike += int((labels[around] == labels[rows, None]).sum())
    return alike / (k * len(places))
