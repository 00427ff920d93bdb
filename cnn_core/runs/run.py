"""Reading a run."""

import json
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from cnn_core.config import ConfigError, ExperimentConfig
from cnn_core.locks import is_held
from cnn_core.runs.log import Log, read_log

ROOT = Path(__file__).parents[2]
Arrays = TypeVar("Arrays")
FINAL_EVENTS = ("finished", "stopped", "failed")


class RunError(Exception):
    """Something that cannot be done with a run; the message says why and what to do."""


class RunState(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # no final event, and no worker: the machine or the process went away


class Predictions(NamedTuple):
    labels: np.ndarray  # int64 (N,), the test split in official order
    probabilities: np.ndarray  # float32 (N, 10)


class Snapshot(NamedTuple):
    kernels: np.ndarray  # float16 (height, width, in, out); empty if the network has no convolution
    probabilities: np.ndarray  # float16 (n, 10), of the first validation images


def runs_dir() -> Path:
    """Where new runs go: CNN_RUNS_DIR, or runs/ beside the app."""
    return Path(os.environ.get("CNN_RUNS_DIR") or ROOT / "runs")


def recorded_dir() -> Path:
    """Where the runs are that came with the project."""
    return ROOT / "assets" / "runs"


@dataclass(frozen=True)
class Run:
    """A run directory. Every answer is read from the files when it is asked for."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def is_recorded(self) -> bool:
        """Shipped with the project, and read-only."""
        return self.path.resolve().parent == recorded_dir().resolve()

    @property
    def title(self) -> str:
        try:
            return (self.path / "title").read_text(encoding="utf-8")
        except FileNotFoundError:
            return self.id

    def exists(self) -> bool:
        """Whether it is still there: any visitor may have deleted it."""
        return (self.path / "config.json").exists()

    @property
    def about(self) -> dict[str, Any]:
        """What config.json says: `created`, `versions`, `experiment`."""
        try:
            return json.loads((self.path / "config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{self.path.name} is not a run: its config.json cannot be read ({error}).") from None

    @property
    def config(self) -> ExperimentConfig:
        about = self.about
        try:
            return ExperimentConfig.from_dict(about["experiment"])
        except (KeyError, TypeError, ConfigError) as error:
            raise RunError(f"{self.id} is not a run that this program can read: {error}") from None

    @property
    def worker(self) -> dict[str, Any]:
        """The last worker's process and machine: `pid`, `started`, `cpu`, `cores`; empty before the first."""
        try:
            return json.loads((self.path / "worker.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    @property
    def keras_path(self) -> Path:
        return self.path / "model.keras"

    @property
    def classifier_path(self) -> Path:
        """The LiteRT file; it exists once the run has been tested."""
        return self.path / "model.tflite"

    def events(self) -> tuple[dict[str, Any], ...]:
        """Every whole line of the log; a torn or damaged line is passed over."""
        return self._log().events

    def state(self) -> RunState:
        has_worker = self._has_worker()  # asked first: a worker writes its final event before it lets go
        events = self.events()
        if events and events[-1]["event"] in FINAL_EVENTS:
            return RunState(events[-1]["event"])
        return RunState.RUNNING if has_worker else RunState.INTERRUPTED

    def is_stopping(self) -> bool:
        return self.stop_is_requested() and self.state() == RunState.RUNNING

    def is_testing(self) -> bool:
        """Trained, and now measured on the test split and exported."""
        events = self.events()
        return bool(events) and events[-1]["event"] == "testing" and self.state() == RunState.RUNNING

    def history(self, until: float = math.inf) -> pd.DataFrame:
        """One row an epoch: epoch, loss, accuracy, mse, val_loss, val_accuracy, val_mse, learning_rate, seconds.

        Args:
            until: seconds of training; what came later is left out, so that a run can be replayed.
        """
        rows = {event["epoch"]: event for event in self._told("epoch", until)}
        return _frame([rows[epoch] for epoch in sorted(rows)])

    def epoch_under_way(self, until: float = math.inf) -> pd.DataFrame:
        """The batch events since the last whole epoch, each a row with the fields of `training.Progress`."""
        done = max((event["epoch"] for event in self._told("epoch", until)), default=0)
        return _frame([event for event in self._told("batch", until) if event["epoch"] > done])

    def progress(self, until: float = math.inf) -> dict[str, Any] | None:
        """The fields of `training.Progress` as last written; None before the first batch."""
        return next(reversed(self._told("batch", until)), None)

    def epochs(self, until: float = math.inf) -> float:
        """Passes over the training images, to a tenth. A limit in seconds may cut the last one short."""
        limit = self.config.training.seconds or math.inf
        whole = sum(epoch["seconds"] < limit for epoch in self._told("epoch", until))
        at = self.progress(until)
        begun = at["epoch"] - 1 + at["batch"] / at["batches"] if at else 0.0
        return round(max(whole, begun), 1)

    def result(self) -> dict[str, Any] | None:
        """The last final event: for a tested run with `test_loss`, `test_accuracy`, `test_mse`, `test_n`, `seconds`."""
        return next((event for event in reversed(self.events()) if event["event"] in FINAL_EVENTS), None)

    def seconds(self) -> float:
        """How long it has trained, as far as its events tell."""
        course = self._log().course
        return max(event.get("seconds", 0.0) for event in ({}, *course[-1:], self.result() or {}))

    def is_tested(self) -> bool:
        return (self.path / "predictions.npz").exists()

    def predictions(self) -> Predictions:
        return self._arrays(Predictions, "predictions.npz", "It has not been tested yet: let it finish, or resume it.")

    def snapshot_epochs(self) -> list[int]:
        return sorted(int(file.stem.removeprefix("epoch-")) for file in self.path.glob("snapshots/epoch-*.npz"))

    def snapshot(self, epoch: int) -> Snapshot:
        return self._arrays(Snapshot, f"snapshots/epoch-{epoch:03d}.npz", "That epoch has not ended yet.")

    def checkpoint(self) -> dict[str, np.ndarray] | None:
        """The arrays of a `training.TrainingState`; None if there is nothing to resume from but the beginning."""
        exists = (self.path / "checkpoint.npz").exists()
        return self._arrays(dict, "checkpoint.npz", "") if exists else None

    def stop_is_requested(self) -> bool:
        return (self.path / "STOP").exists()

    def _arrays(self, form: Callable[..., Arrays], name: str, advice: str) -> Arrays:
        try:
            with (self.path / name).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return form(**arrays)
        except FileNotFoundError:
            raise RunError(f"The run {self.title!r} has no {name}. {advice}") from None
        except Exception as error:  # damage has many names: NumPy's, zipfile's, zlib's, a missing array
            raise RunError(f"{name} of the run {self.title!r} cannot be read ({error}); delete or repeat it.") from None

    def _log(self) -> Log:
        return read_log(self.path / "events.jsonl")

    def _told(self, kind: str, until: float) -> list[dict[str, Any]]:
        return [event for event in self._log().course if event["event"] == kind and event["seconds"] <= until]

    def _has_worker(self) -> bool:
        return is_held(self.path / "worker.lock")


def _frame(events: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(events).drop(columns=["event", "time"], errors="ignore")


def find_run(name: str) -> Run:
    """The run with this id or path: one of this machine's, or a recorded one."""
    for path in (runs_dir() / name, recorded_dir() / name, Path(name)):
        if (path / "config.json").exists():
            return Run(path.resolve())
    raise RunError(f"There is no run called {name!r}; `python -m cnn_core runs` lists them.")
