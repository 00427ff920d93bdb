"""A network that may be silent: what it gets right of the images that it is sure enough about."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Coverage:
    """Accuracy against coverage: one entry for each demand that makes a difference, from the hardest to none at all."""

    least: np.ndarray  # float64 (k,), falling: the largest probability that an answered image has at least
    answered: np.ndarray  # int64 (k,), rising to all images
    right: np.ndarray  # int64 (k,): how many of the answered ones are right

    @property
    def share(self) -> np.ndarray:
        """The share float64 (k,) of the images that is answered."""
        return self.answered / self.answered[-1]

    @property
    def accuracy(self) -> np.ndarray:
        """The share float64 (k,) of the answered images that is right."""
        return self.right / self.answered

    def at(self, threshold: float) -> tuple[int, int]:
        """How many images are answered, and how many of them rightly, if it must be at least so sure."""
        place = int(np.searchsorted(-self.least, -threshold, side="right")) - 1
        return (int(self.answered[place]), int(self.right[place])) if place >= 0 else (0, 0)


def coverage(labels: np.ndarray, probabilities: np.ndarray) -> Coverage:
    """What happens if it answers only the images whose largest probability reaches a threshold, for all thresholds."""
    sure = probabilities.max(axis=1).astype(np.float64)
    order = np.argsort(-sure, kind="stable")
    sure, is_right = sure[order], (probabilities.argmax(axis=1) == labels)[order]
    last = np.append(np.flatnonzero(np.diff(sure)), len(sure) - 1)  # of images that are equally sure
    return Coverage(sure[last], last + 1, np.cumsum(is_right)[last])
