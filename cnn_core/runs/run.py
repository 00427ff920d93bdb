"""Reading a run. A file that cannot be read gives a sentence about this run, never an exception that others see."""

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd

from cnn_core.config import ExperimentConfig
from cnn_core.inference import Anatomy
from cnn_core.progress import EpochScores, Look, Measuring, Progress, Result, Sample, TrainingState, Worker
from cnn_core.runs import files, presence
from cnn_core.runs.arrays import Predictions, Snapshot, checked_predictions, checked_snapshot, read_arrays, read_state
from cnn_core.runs.description import damage, read_about, read_title, read_worker, run_id
from cnn_core.runs.events import RunState
from cnn_core.runs.log import Summary, frame, passes_at, read_log, read_summary, with_passes
from cnn_core.runs.words import RunError, clean_title

Content = TypeVar("Content")
Told = TypeVar("Told", Progress, Sample, Look, EpochScores)


@dataclass(frozen=True)
class Run:
    """A run directory. Every answer is read from the files when it is asked for."""

    path: Path

    @property
    def id(self) -> str:
        """The folder's name, as text even if the name is not text."""
        return run_id(self.path)

    @property
    def is_recorded(self) -> bool:
        """Shipped with the project, and read-only."""
        return files.is_same(self.path.parent, files.recorded_dir())

    @property
    def title(self) -> str:
        """Plain text on one line; the run's id where there is none."""
        return read_title(self.path) or clean_title(self.id) or "run"

    def exists(self) -> bool:
        """Whether it is still there: any visitor may have deleted it."""
        return files.is_run(self.path)

    @property
    def config(self) -> ExperimentConfig:
        """The settings. Raises RunError if they cannot be read."""
        return read_about(self.path).config

    @property
    def created(self) -> str:
        """When it was created, as ISO 8601 in UTC; empty if that is not a time. Raises RunError like `config`."""
        return read_about(self.path).created

    def worker(self) -> Worker | None:
        """The last worker; None before the first, or if it cannot be read."""
        return read_worker(self.path)

    @property
    def keras_path(self) -> Path:
        return self.path / files.KERAS

    @property
    def classifier_path(self) -> Path:
        """The LiteRT file; it is of the present course if `has_network()`."""
        return self.path / files.LITERT

    def state(self) -> RunState:
        if presence.is_starting(self.path):
            return RunState.STARTING
        if ending := self._summary().ending:
            return ending.state
        has_worker = presence.has_worker(self.path)
        summary = self._summary()  # read again: a worker writes its final event before it lets go of the lock
        if summary.ending:
            return summary.ending.state
        if not has_worker:
            return RunState.INTERRUPTED
        if summary.is_testing:
            return RunState.TESTING
        return RunState.RUNNING if summary.starts else RunState.STARTING

    def is_loading(self) -> bool:
        """Whether its worker still loads TensorFlow: no batch yet, or none since it was resumed."""
        summary = self._summary()
        return (summary.is_loading or summary.progress is None) and self.state() == RunState.RUNNING

    def stop_is_requested(self) -> bool:
        return os.path.isfile(self._file(files.STOP))

    def is_stopping(self) -> bool:
        return self.stop_is_requested() and self.state().is_active

    def was_killed(self) -> bool:
        """Whether the system ended its last worker, most likely because memory ran out."""
        try:
            starts = int((self.path / files.KILLED).read_bytes())
        except (OSError, ValueError):
            return False
        return starts == self._summary().starts and self.state() == RunState.INTERRUPTED

    def history(self) -> pd.DataFrame:
        """One row an epoch, as it was last computed: the fields of `EpochScores` as columns."""
        at = self._summary().progress
        epochs = {scores.epoch: scores for scores in self._told(EpochScores)}
        return frame(EpochScores, [self._with_passes(epochs[number], at) for number in sorted(epochs)])

    def samples(self) -> pd.DataFrame:
        """The results on a sample of the validation images between two epochs: the fields of `Sample` as columns."""
        return frame(Sample, self._told(Sample))

    def looks(self) -> list[Look]:
        """What it said about a few fixed validation images as it learned; none in logs of the first weeks."""
        return self._told(Look)

    def batches(self) -> pd.DataFrame:
        """Every batch on record, about two a second: the fields of `Progress` as columns."""
        return frame(Progress, self._told(Progress))

    def progress(self) -> Progress | None:
        """The last batch on record; None before the first."""
        return self._summary().progress

    def scores(self) -> EpochScores | None:
        """The last row of the history, which a table of many runs shows."""
        summary = self._summary()
        return summary.scores and self._with_passes(summary.scores, summary.progress)

    def passes(self) -> float:
        """How often it has gone through the training images; 1.3 within the second epoch, or if it ended there."""
        last, at = self.scores(), self.progress()
        return max(last.passes if last else 0.0, passes_at(at) if at else 0.0)

    def seconds(self) -> float:
        """How long it has trained, as far as its events tell."""
        return self._summary().seconds

    def last_event_age(self) -> float | None:
        """How many seconds ago its worker wrote its last event; None before the first."""
        try:
            return max(0.0, time.time() - os.stat(self.path / files.EVENTS).st_mtime)
        except OSError:
            return None

    def measuring(self) -> Measuring | None:
        """The pass over a whole split that is under way; None while batches are trained on, and in an inactive run."""
        measuring = self._summary().measuring
        return measuring if measuring and self.state().is_active else None

    def result(self) -> Result | None:
        """The results on the test split; None before the test, after a resume, and if the run diverged."""
        ending = self._summary().ending
        return ending.result if ending and not self.has_diverged() else None

    def reason(self) -> str | None:
        """Why it stopped or failed, if it did."""
        ending = self._summary().ending
        return ending.reason if ending else None

    def has_diverged(self) -> bool:
        """Whether its loss is no longer a number: the learning rate was too high, and no figure means anything."""
        summary = self._summary()
        last = summary.scores
        if summary.ending and summary.ending.has_diverged:
            return True
        if last and not math.isfinite(last.loss + last.val_loss):
            return True
        at = summary.progress
        return at is not None and (last is None or at.seconds > last.seconds) and not math.isfinite(at.loss)

    def is_tested(self) -> bool:
        """Whether the predictions are there and belong to the present course.

        The log decides which course: a worker writes the files first, then the result; a resume voids the result.
        """
        return self.result() is not None and os.path.exists(self._file(files.PREDICTIONS))

    def has_network(self) -> bool:
        """The same for the network, in both its forms."""
        return self.result() is not None and all(map(os.path.exists, (self.keras_path, self.classifier_path)))

    def predictions(self) -> Predictions:
        if self.has_diverged():
            raise RunError(
                f"{self.title!r} diverged: its loss became infinite, so it has no figures. Lower the learning "
                "rate and train again."
            )
        result = self.result()
        if result is None:
            raise RunError(f"{self.title!r} has not been tested yet: let it finish, or resume it.")
        form = partial(checked_predictions, n=result.test_n)
        return self._arrays("The predictions", files.PREDICTIONS, form, "It has none.")

    def has_anatomy(self) -> bool:
        """Whether one can look inside its network; runs of the first weeks lack that until they are completed."""
        return self.has_network() and os.path.exists(self._file(files.ANATOMY))

    def anatomy(self) -> Anatomy:
        """What `Network.open` needs beside the file at `classifier_path`."""
        what, if_missing = "The backward pass of the network", "It has none; `python -m cnn_core complete` writes it."
        return self._arrays(what, files.ANATOMY, Anatomy.from_arrays, if_missing)

    def snapshot_epochs(self) -> list[int]:
        """The epochs of the present course that have a snapshot."""
        last = self._summary().scores
        there = files.snapshot_epochs(self.path)
        return [epoch for epoch in there if last and epoch <= last.epoch]

    def snapshot(self, epoch: int) -> Snapshot:
        name = f"{files.SNAPSHOTS}/{files.SNAPSHOT.format(epoch)}"
        return self._arrays(f"The snapshot of epoch {epoch}", name, checked_snapshot, "That epoch is not over yet.")

    def checkpoint(self) -> TrainingState | None:
        """The state to resume from; None if there is no checkpoint."""
        exists = os.path.exists(self._file(files.CHECKPOINT))
        return self._arrays("The checkpoint", files.CHECKPOINT, read_state, "It has none.") if exists else None

    def damage(self) -> str | None:
        """Which files of this run cannot be read, in a sentence; None if all is well. Arrays are checked when read."""
        return damage(self.path, self.title, self._summary())

    def _file(self, name: str) -> str:
        return os.path.join(self.path, name)  # a list of 500 runs asks for thousands; a Path takes ten times as long

    def _summary(self) -> Summary:
        return read_summary(self._file(files.EVENTS))

    def _told(self, kind: type[Told]) -> list[Told]:
        return [event for event in read_log(self._file(files.EVENTS)).timeline if isinstance(event, kind)]

    def _with_passes(self, scores: EpochScores, at: Progress | None) -> EpochScores:
        """Older logs do not say where an epoch ended; it follows from the limit in seconds."""
        if not math.isnan(scores.passes):
            return scores
        return with_passes(scores, at, self.config.training.seconds or math.inf)

    def _arrays(self, what: str, name: str, form: Callable[..., Content], if_missing: str) -> Content:
        try:
            return read_arrays(self.path / name, form)
        except FileNotFoundError:
            why, advice = if_missing, ""
        except Exception:  # damage has many names, for programmers: NumPy's, zipfile's, zlib's, a missing array
            why, advice = f"{name} is damaged.", " Delete the run or repeat it."
        raise RunError(f"{what} of {self.title!r} cannot be read: {why}{advice}")
