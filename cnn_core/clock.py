"""How far a run is, in epochs and in seconds, and how fast it goes."""

import math
import time

from cnn_core.config import TrainingConfig


class Clock:
    """How far a run is, by epochs and by seconds; the nearer limit counts."""

    def __init__(self, recipe: TrainingConfig, batches: int, seconds_before: float) -> None:
        self._epochs = recipe.epochs or math.inf
        self._limit = recipe.seconds or math.inf
        self._batches = batches
        self._started = time.monotonic() - seconds_before

    def seconds(self) -> float:
        return time.monotonic() - self._started

    def is_out_of_time(self) -> bool:
        return self.seconds() >= self._limit

    def is_over(self, epoch: int) -> bool:
        return epoch >= self._epochs or self.is_out_of_time()

    def fraction(self, epoch: int, batch: int) -> float:
        by_epochs = (epoch + batch / self._batches) / self._epochs
        return min(1.0, max(by_epochs, self.seconds() / self._limit))


class Speedometer:
    """Images a second since this was made, when `seen` images of this epoch had been seen."""

    def __init__(self, seen: float) -> None:
        self._seen, self._started = seen, time.perf_counter()  # Windows' monotonic clock ticks slower than batches pass

    def images_per_second(self, seen: float) -> float:
        return float(seen - self._seen) / (time.perf_counter() - self._started)
