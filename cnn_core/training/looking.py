"""What a network says about a few fixed validation images, and its first kernels: which images, and how often.

A class watches this while a run trains. The answers come from what is measured anyway, the live sample and each
validation, so that watching costs nothing more. The log of a long run stays small: looks become rarer as it goes on.
"""

import math

import numpy as np

from cnn_core.progress import Look
from cnn_core.training.learner import Learner

WATCHED_IMAGES = 16  # at most
KERNELS = 32  # filters of the first layer, at most
INTERVAL = 1.0  # seconds between two looks within an epoch, at least
LOOK_SHARE = 1 / 200  # of the time trained so far: 900 looks in 9,000 s, 0.3 MB
KERNEL_SHARE = 1 / 25  # the kernels are larger: 170 times in 9,000 s, 0.2 MB for 32 filters of 3x3


class Looks:
    """The looks of one run at the images at `positions` of the split that it validates on."""

    def __init__(self, positions: np.ndarray, labels: np.ndarray, learner: Learner) -> None:
        self._positions, self._labels = tuple(map(int, positions)), tuple(map(int, labels))
        self._learner = learner
        self._last = self._last_kernels = -math.inf  # seconds of training
        self._kernels: np.ndarray | None = None  # as last shown

    def within_epoch(self, probabilities: np.ndarray, seconds: float) -> Look | None:
        """A look at the kept network between two epochs; None if the last one was a moment ago.

        `probabilities` are the answers float32 (n, classes) to the images of this class.
        """
        is_due = seconds - self._last >= max(INTERVAL, LOOK_SHARE * seconds)
        return self._look(probabilities, seconds, with_kernels=self._are_kernels_due(seconds)) if is_due else None

    def at_its_end(self, probabilities: np.ndarray, seconds: float, *, is_last: bool) -> Look | None:
        """The same after an epoch: never left out, and after the last one with the kernels."""
        return self._look(probabilities, seconds, with_kernels=is_last or self._are_kernels_due(seconds))

    def _are_kernels_due(self, seconds: float) -> bool:
        return seconds - self._last_kernels >= max(INTERVAL, KERNEL_SHARE * seconds)

    def _look(self, probabilities: np.ndarray, seconds: float, *, with_kernels: bool) -> Look | None:
        if not np.isfinite(probabilities).all():  # it has diverged, and answers nothing
            return None
        self._last = seconds
        answers, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
        kernels = self._changed_kernels(seconds) if with_kernels else None
        return Look(seconds, self._positions, self._labels, tuple(map(int, answers)), tuple(map(float, sure)), kernels)

    def _changed_kernels(self, seconds: float) -> np.ndarray | None:
        """The first kernels; None if they are as they were: those of a whitening are never trained."""
        kernels = self._learner.first_kernels()[..., :KERNELS]
        if not kernels.size or np.array_equal(kernels, self._kernels):
            return None
        self._kernels, self._last_kernels = kernels, seconds
        return kernels


def first_of_each_class(labels: np.ndarray, n: int = WATCHED_IMAGES) -> np.ndarray:
    """Places int64, rising, of `n` images: the first of each class, then the second of each, as far as they go."""
    ranks = np.zeros(len(labels), np.int64)  # how many of its class come before it
    for c in np.unique(labels):
        of_class = np.flatnonzero(labels == c)
        ranks[of_class] = np.arange(len(of_class))
    return np.sort(np.argsort(ranks, kind="stable")[:n])
