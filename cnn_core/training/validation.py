"""The images that training is validated on: all of them after each epoch, and a small sample of them in between."""

import time
from collections.abc import Callable

import numpy as np

from cnn_core.data import Split
from cnn_core.evaluation import scores
from cnn_core.progress import Look, Sample, Stopped
from cnn_core.training.learner import Learner
from cnn_core.training.looking import Looks, first_of_each_class

SAMPLE_IMAGES = 500  # at most; equally many of each class
SAMPLE_CHUNKS = 10  # of so many images as are classified at a time: few of a large network, whose sample would last
SAMPLE_INTERVAL = 2.0  # seconds between two samples, at least
SAMPLE_SHARE = 0.02  # of the time of training, at most; with all the rest, watching stays below 3%


class LiveSample:
    """A fixed sample of the validation images, measured so seldom that it takes a small share of the time.

    Raises Stopped, whatever it measures, if it should stop.
    """

    def __init__(self, split: Split, learner: Learner, should_stop: Callable[[], bool]) -> None:
        classes = len(np.unique(split.labels))
        size = min(SAMPLE_IMAGES, max(classes, SAMPLE_CHUNKS * learner.images_at_a_time))
        rows = balanced_rows(split.labels, size)
        self._images, self._labels = split.images(rows), split.labels[rows]
        self._learner, self._should_stop = learner, should_stop
        self._watched = first_of_each_class(self._labels)  # places in the sample
        self._positions = rows[self._watched]
        self._looks = Looks(self._positions, self._labels[self._watched], learner)
        self._classify()  # compiles
        self._started = time.perf_counter()
        self._answers = self._classify()
        self._wait()

    def is_due(self) -> bool:
        return time.perf_counter() >= self._next

    def measure(self, passes: float, seconds: Callable[[], float]) -> Sample:
        """The results of the network, as it would be kept now, `passes` and `seconds` into the run."""
        self._started = time.perf_counter()
        self._answers = self._classify()
        measured = scores(self._labels, self._answers)
        self._wait()
        return Sample(passes, seconds(), measured.n, measured.loss, measured.accuracy, measured.mse)

    def look(self, seconds: float) -> Look | None:
        """What it said about the watched images when it was last measured; None if that was told a moment ago."""
        return self._looks.within_epoch(self._answers[self._watched], seconds)

    def look_after_epoch(self, probabilities: np.ndarray, seconds: float, *, is_last: bool) -> Look | None:
        """What it says about them according to the `probabilities` of the whole split."""
        return self._looks.at_its_end(probabilities[self._positions], seconds, is_last=is_last)

    def _classify(self) -> np.ndarray:
        self._learner.refresh(self._should_stop)
        return self._learner.classify(self._images, self._after_chunk)

    def _after_chunk(self, _: int) -> None:
        if self._should_stop():
            raise Stopped

    def _wait(self) -> None:
        """Set the time of the next sample: by then the last one, from `_started` until now, is a small share of it."""
        now = time.perf_counter()
        self._next = now + max(SAMPLE_INTERVAL, (now - self._started) / SAMPLE_SHARE)


def balanced_rows(labels: np.ndarray, n: int) -> np.ndarray:
    """Positions int64, in order, of at most `n` images: as many of each class, the first; all of one that has fewer."""
    classes = np.unique(labels)  # a small split may lack one
    return np.sort(np.concatenate([np.flatnonzero(labels == c)[: n // len(classes)] for c in classes]))
