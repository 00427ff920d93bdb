"""How far a run is, in epochs and in seconds, when it is to finish, and how fast it goes."""

import math
import time

from cnn_core.config import TrainingConfig
from cnn_core.progress import Finish


class Clock:
    """How far a run is, by epochs and by seconds; the nearer limit counts, and a finish that was asked for."""

    def __init__(
        self, recipe: TrainingConfig, batches: int, seconds_before: float, finish: Finish | None = None
    ) -> None:
        self.finish = finish
        self._epochs = recipe.epochs or math.inf
        self._limit = recipe.seconds or math.inf
        self._batches = batches
        self._started = time.monotonic() - seconds_before

    def seconds(self) -> float:
        return time.monotonic() - self._started

    def is_out_of_time(self) -> bool:
        return self.seconds() >= min(self._limit, self.finish.end if self.finish else math.inf)

    def is_over(self, epoch: int) -> bool:
        return epoch >= self._epochs or self.is_out_of_time()

    def begin_finish(self, epoch: int, batch: int) -> None:
        """From now on the run is about to end: soon, and no later than it would have."""
        self.finish = Finish(self.seconds(), self._planned(epoch, batch))

    def fraction(self, epoch: int, batch: int) -> float:
        """Of the whole run, 0-1."""
        planned = self._planned(epoch, batch)
        return max(planned, min(1.0, self.seconds() / self.finish.end)) if self.finish else planned

    def finished(self, epoch: int, batch: int) -> float:
        """How much of the finish is over, 0-1."""
        finish, planned = self.finish, self._planned(epoch, batch)
        by_time = (self.seconds() - finish.seconds) / (finish.end - finish.seconds)
        by_plan = (planned - finish.fraction) / (1 - finish.fraction) if finish.fraction < 1 else 1.0
        return min(1.0, max(0.0, by_time, by_plan))

    def _planned(self, epoch: int, batch: int) -> float:
        by_epochs = (epoch + batch / self._batches) / self._epochs
        return min(1.0, max(by_epochs, self.seconds() / self._limit))


class Speedometer:
    """Images a second since this was made, when `seen` images of this epoch had been seen."""

    def __init__(self, seen: float) -> None:
        self._seen, self._started = seen, time.perf_counter()  # Windows' monotonic clock ticks slower than batches pass

    def images_per_second(self, seen: float) -> float:
        return float(seen - self._seen) / (time.perf_counter() - self._started)
