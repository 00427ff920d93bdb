"""What a run's log, its locks and its requests tell: its state, its progress, its figures."""

import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

import pandas as pd

from cnn_core.config import ExperimentConfig
from cnn_core.progress import EpochScores, Finish, Look, Measuring, Progress, Result, Sample
from cnn_core.runs import files, heartbeat, presence
from cnn_core.runs.description import read_about
from cnn_core.runs.events import RunState
from cnn_core.runs.log import Summary, passes_at, read_log, read_summary, with_passes
from cnn_core.runs.opening import read_file
from cnn_core.runs.words import RunError

Told = TypeVar("Told", Progress, Sample, Look, EpochScores)


@dataclass(frozen=True)
class Course:
    """The course of a training, read from the run directory when it is asked for."""

    path: Path

    @property
    def config(self) -> ExperimentConfig:
        """The settings. Raises RunError if they cannot be read."""
        return read_about(self.path).config

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
        has_told = summary.progress or summary.measuring or summary.scores  # a fit has no batches
        return (summary.is_loading or not has_told) and self.state() == RunState.RUNNING

    def stop_is_requested(self) -> bool:
        return os.path.isfile(self._file(files.STOP))

    def is_stopping(self) -> bool:
        return self.stop_is_requested() and self.state().is_active

    def finish_is_requested(self) -> bool:
        return os.path.isfile(self._file(files.FINISH))

    def finish(self) -> Finish | None:
        """When it began to finish before its time; None if it did not."""
        return self._summary().finish

    def is_finishing(self) -> bool:
        """Whether its learning rate falls to zero, or will in a moment: after that it is tested."""
        is_asked = self.finish() is not None or self.finish_is_requested()
        return is_asked and self.state() == RunState.RUNNING

    def finished_early(self) -> str | None:
        """That it was finished before its time, and when, in words; None if it was not, or came as far as planned."""
        if self.finish() is None or self.state() != RunState.FINISHED:
            return None
        try:
            training = self.config.training
        except RunError:  # its settings cannot be read: the page says so elsewhere
            return None
        passes, seconds = self.passes(), self.seconds()
        of_epochs, of_time = passes / (training.epochs or math.inf), seconds / (training.seconds or math.inf)
        if max(of_epochs, of_time) >= 1:
            return None
        if of_epochs > of_time:
            return f"finished early, after {passes:.1f} of {training.epochs:,} epochs"
        return f"finished early, after {seconds:,.0f} s of {training.seconds:,.0f} s"

    def was_killed(self) -> bool:
        """Whether the system ended its last worker, most likely because memory ran out."""
        try:
            starts = int(read_file(self._file(files.KILLED), 100))
        except (OSError, ValueError):
            return False
        return starts == self._summary().starts and self.state() == RunState.INTERRUPTED

    def history(self) -> pd.DataFrame:
        """One row an epoch, as it was last computed: the fields of `EpochScores` as columns."""
        at = self._summary().progress
        epochs = {scores.epoch: scores for scores in self._told(EpochScores)}
        return _frame(EpochScores, [self._with_passes(epochs[number], at) for number in sorted(epochs)])

    def samples(self) -> pd.DataFrame:
        """The results on a sample of the validation images between two epochs: the fields of `Sample` as columns."""
        return _frame(Sample, self._told(Sample))

    def looks(self) -> list[Look]:
        """What it said about a few fixed validation images as it learned; none in logs of the first weeks."""
        return self._told(Look)

    def batches(self) -> pd.DataFrame:
        """Every batch on record, about two a second: the fields of `Progress` as columns."""
        return _frame(Progress, self._told(Progress))

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

    def last_event_time(self) -> float | None:
        """When its worker wrote its last event, in seconds since 1970; None before the first."""
        try:
            return os.stat(self.path / files.EVENTS).st_mtime
        except OSError:
            return None

    def last_event_age(self) -> float | None:
        """How many seconds ago that was."""
        at = self.last_event_time()
        return None if at is None else max(0.0, time.time() - at)

    def silence(self) -> float | None:
        """Seconds since its worker's last sign of life; None without a worker that has begun."""
        if self.state() not in (RunState.RUNNING, RunState.TESTING):
            return None
        age = heartbeat.age(self.path)
        return self.last_event_age() if age is None else age  # the disk was full when it began

    def is_silent(self) -> bool:
        """Whether its worker shows no sign of life: it hangs, or the system has halted it."""
        return (self.silence() or 0.0) > heartbeat.SILENT

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


def _frame(form: type, rows: Sequence[object]) -> pd.DataFrame:
    """One row a record, the fields of its class as columns; the columns are there without a row too."""
    names = [field.name for field in fields(form)]
    return pd.DataFrame(list(map(attrgetter(*names), rows)), columns=names)
