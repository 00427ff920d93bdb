"""The worker's pen: the only one that writes into a run while it runs."""

import io
import json
import math
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import filelock
import numpy as np

from cnn_core.progress import EpochScores, Measuring, Progress, Sample, Worker
from cnn_core.runs.run import Run

BUSY_EXIT_CODE = 75  # EX_TEMPFAIL: another run is being trained
_PATIENCE = 2.0  # seconds; a reader that asks whether a lock is held takes it for an instant, or opens a file
_BATCH_INTERVAL = 0.5  # seconds between two batch events, at least
_BATCH_SHARE = 1 / 1000  # of the time trained so far: the log of a long run stays small


class Busy(Exception):
    """Another worker holds the lock."""


@contextmanager
def open_record(run: Run) -> Iterator["Record"]:
    """The pen for `run`, while the lock of all training is held. Raises Busy if another worker has it."""
    with ExitStack() as locks:
        try:
            for lock_file in (run.path.parent / "training.lock", run.path / "worker.lock"):
                locks.enter_context(filelock.FileLock(lock_file).acquire(timeout=_PATIENCE))
        except filelock.Timeout:
            raise Busy from None
        with (run.path / "events.jsonl").open("ab") as log:
            yield Record(run, log)


class Record:
    """Appends events and puts whole files in place."""

    def __init__(self, run: Run, log: io.BufferedWriter) -> None:
        self._run = run
        self._log = log
        self._last_batch = -math.inf  # seconds of training
        self._last_measuring = -math.inf
        if log.tell() and not (run.path / "events.jsonl").read_bytes().endswith(b"\n"):
            log.write(b"\n")  # the last worker was killed in the middle of a line

    def event(self, event: str, **fields: Any) -> None:
        """One line."""
        line = json.dumps({"event": event, "time": round(time.time(), 3), **for_json(fields)})
        self._log.write(line.encode() + b"\n")
        self._log.flush()

    def batch(self, progress: Progress) -> None:
        """A batch event, unless one was written a moment ago."""
        if progress.seconds - self._last_batch >= max(_BATCH_INTERVAL, _BATCH_SHARE * progress.seconds):
            self._last_batch = progress.seconds
            self.event("batch", **asdict(progress))

    def sample(self, sample: Sample) -> None:
        self.event("sample", **asdict(sample))

    def measuring(self, measuring: Measuring) -> None:
        """How far a pass over a split is, unless that was written a moment ago."""
        if time.monotonic() - self._last_measuring >= _BATCH_INTERVAL:
            self._last_measuring = time.monotonic()
            self.event("measuring", **asdict(measuring))

    def epoch(self, scores: EpochScores) -> None:
        self.event("epoch", **asdict(scores))

    def worker(self, worker: Worker) -> None:
        self._put("worker.json", json.dumps(asdict(worker), indent=2).encode())

    def snapshot(self, epoch: int, kernels: np.ndarray, probabilities: np.ndarray) -> None:
        self._put_arrays(
            f"snapshots/epoch-{epoch:03d}.npz",
            {"kernels": kernels.astype(np.float16), "probabilities": probabilities.astype(np.float16)},
        )

    def checkpoint(self, arrays: dict[str, np.ndarray]) -> None:
        self._secure_log()
        self._put_arrays("checkpoint.npz", arrays, compress=False)

    def drop_checkpoint(self) -> None:
        """A finished run does not go on; what it would need for that can be as large as the rest of it twice."""
        self._secure_log()
        (self._run.path / "checkpoint.npz").unlink(missing_ok=True)

    def predictions(self, labels: np.ndarray, probabilities: np.ndarray) -> None:
        self._put_arrays("predictions.npz", {"labels": labels, "probabilities": probabilities})

    def model(self, keras_file: bytes, litert_file: bytes) -> None:
        self._put("model.keras", keras_file)
        self._put("model.tflite", litert_file)

    def forget_stop(self) -> None:
        (self._run.path / "STOP").unlink(missing_ok=True)

    def _secure_log(self) -> None:
        """On the disk, before what means nothing without it: a power cut keeps no order of its own."""
        os.fsync(self._log.fileno())

    def _put_arrays(self, name: str, arrays: dict[str, np.ndarray], *, compress: bool = True) -> None:
        buffer = io.BytesIO()
        (np.savez_compressed if compress else np.savez)(buffer, **arrays)
        self._put(name, buffer.getvalue())

    def _put(self, name: str, content: bytes) -> None:
        put(self._run.path / name, content)


def for_json(fields: dict[str, Any]) -> dict[str, Any]:
    """The same fields; a number that JSON cannot write, such as the loss of a run that diverged, becomes null."""
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in fields.items()}


def put(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all; several processes and threads may write the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            temporary.replace(path)
            return
        except PermissionError:  # Windows replaces no file while somebody reads it
            if sys.platform != "win32" or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
