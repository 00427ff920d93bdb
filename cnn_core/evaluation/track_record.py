"""How often a network was right when it was about as sure as now: the sentence beside a percentage."""

from dataclasses import dataclass

import numpy as np

from cnn_core.evaluation.shares import of_hundred, percent

MOST, LEAST = 500, 50  # test images that one statement rests on; fewer only where a test has fewer
_NEAR = 0.05  # of a probability: an image further away counts only if there would be fewer than LEAST
_EXACT = 200  # images from which on one number is said instead of an interval
_Z = 1.959964  # of the normal distribution: 95% lie within so many deviations


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What became of the answers that were about as sure as this one."""

    n: int
    right: int
    lowest: float  # the sureness of the least sure of them; from 0 to 1
    highest: float

    @property
    def interval(self) -> tuple[float, float]:
        """The share that is right, with 95% confidence: Wilson's interval, which holds for few images too."""
        share, spread = self.right / self.n, _Z**2 / self.n
        middle = (share + spread / 2) / (1 + spread)
        half = np.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
        return max(0.0, float(middle - half)), min(1.0, float(middle + half))

    @property
    def of_100(self) -> str:
        """In how many of 100 such cases it is right: one number, or two where there are few images."""
        if self.n < _EXACT:
            low, high = self.interval
            return f"{100 * low:.0f} to {100 * high:.0f} of 100"
        return f"{of_hundred(self.right / self.n)} of 100"

    @property
    def rests_on(self) -> str:
        """The images behind it, in words."""
        low, high = percent(self.lowest), percent(self.highest)
        return f"{self.right:,} of the {self.n:,} test images with {low if low == high else f'{low} to {high}'}"


def track_record(labels: np.ndarray, probabilities: np.ndarray, sureness: float) -> TrackRecord:
    """Of the images nearest in sureness: at most 500, none further than 5 points away, but at least 50.

    Args:
        labels: integers (N,), of images not learned from. probabilities: (N, classes), those whose sureness is asked.
        sureness: the largest probability of one more image.
    """
    if not len(labels):
        raise ValueError("A track record needs at least one image.")
    sure = probabilities.max(axis=1)
    distance = np.abs(sure - sureness)
    nearest = np.argsort(distance, kind="stable")[:MOST]
    near = nearest[: max(LEAST, int((distance[nearest] <= _NEAR).sum()))]
    right = probabilities[near].argmax(axis=1) == labels[near]
    return TrackRecord(len(near), int(right.sum()), float(sure[near].min()), float(sure[near].max()))
