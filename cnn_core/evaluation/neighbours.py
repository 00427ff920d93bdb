"""Which training images a network finds most like a test image: nearest by the features that its last layer reads."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from cnn_core.progress import Stopped

NEAREST = 5
_ROWS = 1_000  # test images whose directions are held at a time: 10,000 of 4,096 numbers would be 160 MB more


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each test image its nearest training images, the most similar first."""

    numbers: np.ndarray  # int32 (N, 5): places in the split that the run was trained on; fewer columns if it is tiny
    similarity: np.ndarray  # float16 (N, 5): the cosine of the angle between the features, 1 for the same direction
    searched: int  # how many training images were compared: the first ones

    def to_arrays(self) -> dict[str, np.ndarray]:
        """For a file of arrays."""
        return {name: np.asarray(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_arrays(cls, n: int, numbers: np.ndarray, similarity: np.ndarray, searched: np.ndarray) -> "Neighbours":
        """Raises ValueError if these are not the neighbours of `n` test images."""
        if numbers.shape != similarity.shape or numbers.ndim != 2 or len(numbers) != n:
            raise ValueError("these are not the neighbours of this test")
        if not np.issubdtype(numbers.dtype, np.integer) or (numbers < 0).any() or searched < 1:
            raise ValueError("a neighbour is not an image")
        if not np.isfinite(similarity).all():
            raise ValueError("a similarity is not a number")
        return cls(numbers, similarity, int(searched))


def directions(features: np.ndarray) -> np.ndarray:
    """Features float (n, d) as float32 of length 1: what counts is the mixture, not the strength. Zeros stay zeros."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return (features / np.where(lengths > 0, lengths, 1)).astype(np.float32, copy=False)


def nearest(
    features: np.ndarray,
    training: Iterable[np.ndarray],
    k: int = NEAREST,
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> Neighbours:
    """The `k` nearest of the training images.

    Args:
        features: float (N, d).
        training: the features (m, d) of the training images in their order, some at a time.
        should_stop: asked after every thousand images; if it returns True, Stopped is raised.
    """

    def nearest_of(start: int, toward: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if should_stop():
            raise Stopped
        return _nearest_of(features[start : start + _ROWS], toward, k)

    best, numbers, searched = np.empty((len(features), 0), np.float32), np.empty((len(features), 0), np.int32), 0
    for some in training:
        toward = directions(some)
        found = [nearest_of(start, toward) for start in range(0, len(features), _ROWS)]
        cosines, places = map(np.concatenate, zip(*found, strict=True))
        best = np.hstack([best, cosines])
        numbers = np.hstack([numbers, places.astype(np.int32) + searched])
        kept = _largest(best, k)
        best, numbers = np.take_along_axis(best, kept, 1), np.take_along_axis(numbers, kept, 1)
        searched += len(some)
    return Neighbours(numbers, best.astype(np.float16), searched)


def _nearest_of(features: np.ndarray, toward: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The cosines with the k nearest of some directions, and where these are."""
    cosines = directions(features) @ toward.T
    places = _largest(cosines, k)
    return np.take_along_axis(cosines, places, 1), places


def _largest(values: np.ndarray, k: int) -> np.ndarray:
    """Where the k largest of each row are, the largest first."""
    k = min(k, values.shape[1])
    places = np.argpartition(-values, k - 1, axis=1)[:, :k]
    return np.take_along_axis(places, np.argsort(-np.take_along_axis(values, places, 1), axis=1), 1)
