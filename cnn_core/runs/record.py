"""Writing a run while it is trained: only its worker does so."""

import io
import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core import locks
from cnn_core.evaluation import Careless, Study
from cnn_core.explanation.filters import FilterFacts
from cnn_core.inference import Anatomy
from cnn_core.progress import EpochScores, Look, Measuring, Progress, Result, Sample, TrainingState, Worker
from cnn_core.runs import files, presence
from cnn_core.runs.arrays import study_files, write_arrays
from cnn_core.runs.files import put
from cnn_core.runs.looks import look_fields
from cnn_core.runs.opening import open_at_end, open_file
from cnn_core.runs.receiving import sweep_arrivals
from cnn_core.runs.run import Run
from cnn_core.runs.words import deleted, without_paths

BUSY_EXIT_CODE = 75  # EX_TEMPFAIL: another run is being trained
_INTERVAL = 0.5  # seconds between two batch events, or two of measuring, at least
_BATCH_SHARE = 1 / 1000  # of the time trained so far: the log of a long run stays small


class Busy(Exception):
    """Another worker holds the lock."""


@contextmanager
def open_record(run: Run) -> Iterator["Record"]:
    """The record of `run` for its worker, while the lock of all training is held.

    Raises Busy if another worker has it, and RunError if the run has been deleted meanwhile.
    """
    with ExitStack() as held:
        try:
            held.enter_context(presence.training_lock(run.path))
            log = held.enter_context(open_at_end(run.path / files.EVENTS))
        except locks.Taken:
            raise Busy from None
        except FileNotFoundError:
            raise deleted(run.id) from None
        files.sweep(run.path)
        files.remove_deleted(run.path.parent)
        sweep_arrivals(run.path.parent)
        yield Record(run, log)


class Record:
    """Appends events and puts whole files in place."""

    def __init__(self, run: Run, log: io.BufferedWriter) -> None:
        self._run = run
        self._log = log
        self._last_batch = -math.inf  # seconds of training
        self._last_measuring = -math.inf  # on the monotonic clock
        if log.tell() and not _ends_a_line(run.path / files.EVENTS):
            log.write(b"\n")  # the last worker was killed in the middle of a line

    def event(self, event: str, **fields: Any) -> None:
        """Write one line; the methods below write the events that readers know."""
        line = json.dumps({"event": event, "time": round(time.time(), 3), **for_json(fields)})
        self._log.write(line.encode() + b"\n")
        self._log.flush()

    def started(self, *, seconds: float | None, is_resumed: bool) -> None:
        """This worker starts, or continues from the checkpoint of this second of training; None: unknown."""
        self.event("started", is_resumed=is_resumed, seconds=seconds)

    def batch(self, progress: Progress) -> None:
        """A batch event, unless the last one was written a moment ago."""
        if progress.seconds - self._last_batch >= max(_INTERVAL, _BATCH_SHARE * progress.seconds):
            self._last_batch = progress.seconds
            self.event("batch", **asdict(progress))

    def sample(self, sample: Sample) -> None:
        self.event("sample", **asdict(sample))

    def look(self, look: Look) -> None:
        """Training makes looks rarer as a run goes on: all of a run stay below a megabyte."""
        self.event("look", **look_fields(look))

    def measuring(self, measuring: Measuring) -> None:
        """How far a pass over a split is, unless the last such event was written a moment ago; always its end."""
        now = time.monotonic()
        if now - self._last_measuring >= _INTERVAL or measuring.done == measuring.total:
            self._last_measuring = now
            self.event("measuring", **asdict(measuring))

    def epoch(self, scores: EpochScores) -> None:
        self.event("epoch", **asdict(scores))

    def finishing(self, state: TrainingState) -> None:
        """The run finishes before its time, from this state on; one that is killed meanwhile continues from it."""
        self.event("finishing", **asdict(state.finish))
        self.checkpoint(state)

    def testing(self) -> None:
        """The training is over, and the network is measured and exported."""
        self.event("testing")
        for name in files.OF_THE_TEST:  # of an earlier course: a test that is skipped must not leave a mixture
            with suppress(OSError):
                (self._run.path / name).unlink()

    def finished(self, result: Result) -> None:
        """After this there is nothing to resume."""
        self.event("finished", **asdict(result))
        files.remove_request(self._run.path, files.FINISH)

    def stopped(self, reason: str, seconds: float, result: Result | None) -> None:
        """The run can be resumed; `result` if there was time for the test."""
        self.event(
            "stopped", reason=without_paths(reason), **{"seconds": seconds, **(asdict(result) if result else {})}
        )

    def failed(self, reason: str, *, has_diverged: bool = False) -> None:
        """`words.reason_of` puts an exception in words."""
        self.event("failed", reason=without_paths(reason), has_diverged=has_diverged)

    def worker(self, worker: Worker) -> None:
        self._put(files.WORKER, json.dumps(asdict(worker), indent=2).encode())

    def snapshot(self, epoch: int, kernels: np.ndarray, probabilities: np.ndarray) -> None:
        folder = self._run.path / files.SNAPSHOTS
        if folder.is_symlink():  # no run is written elsewhere
            folder.unlink()
        folder.mkdir(exist_ok=True)
        self._put_arrays(
            f"{files.SNAPSHOTS}/{files.SNAPSHOT.format(epoch)}",
            {"kernels": kernels.astype(np.float16), "probabilities": probabilities.astype(np.float16)},
        )

    def checkpoint(self, state: TrainingState) -> None:
        self._secure_log()
        self._put_arrays(files.CHECKPOINT, state.to_arrays(), compress=False)

    def drop_checkpoint(self) -> None:
        """A finished run is not resumed, and its checkpoint can be twice as large as everything else."""
        self._secure_log()
        with suppress(OSError):  # then it takes up room; the run has finished all the same
            (self._run.path / files.CHECKPOINT).unlink()

    def predictions(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        self._put_arrays(files.PREDICTIONS, {"labels": labels, "probabilities": probabilities})

    def model(self, keras_file: bytes, litert_file: bytes, anatomy: Anatomy) -> None:
        """The network; the facts of its filters follow."""
        self._put(files.KERAS, keras_file)
        self._put(files.LITERT, litert_file)
        self._put_arrays(files.ANATOMY, anatomy.to_arrays())

    def filters(self, facts: FilterFacts) -> None:
        self._put_arrays(files.FILTERS, facts.to_arrays())

    def study(self, study: Study) -> None:
        """What was found out about the network once."""
        for name, arrays in study_files(study).items():
            self._put_arrays(name, arrays)

    def careless(self, found: Careless) -> None:
        """What a careless split would have shown."""
        self._put_arrays(files.CARELESS, found.to_arrays())

    def forget_stop(self) -> None:
        """The request was for an earlier worker."""
        files.remove_request(self._run.path)

    def _secure_log(self) -> None:
        """Force the file onto the disk before files that depend on it: a power cut can lose files in any order."""
        os.fsync(self._log.fileno())

    def _put_arrays(self, name: str, arrays: dict[str, np.ndarray], *, compress: bool = True) -> None:
        self._put(name, write_arrays(arrays, compress=compress))

    def _put(self, name: str, content: bytes) -> None:
        put(self._run.path / name, content)


def _ends_a_line(log: Path) -> bool:
    """Whether the last byte of a log that is not empty ends a line."""
    with open_file(log) as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def for_json(fields: dict[str, Any]) -> dict[str, Any]:
    """The same fields; a number that JSON cannot write, such as the loss of a run that diverged, becomes null."""
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in fields.items()}
