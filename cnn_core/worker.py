"""The process that trains one run: it takes the lock, trains, tests, exports, and says so in the run's events.

    python -m cnn_core.worker RUN_DIRECTORY [--parent PID]

Exit codes: 0 finished or stopped, 1 failed (the reason is the last event), 75 another run is being trained.
With --parent it ends itself, resumably, at the first batch after that process is gone.
"""

import argparse
import ctypes
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnn_core import cluster, data, processor, runs
from cnn_core.config import ExperimentConfig

if TYPE_CHECKING:
    from cnn_core.training import Epoch, Outcome, Progress


def work(
    run: runs.Run,
    *,
    parent: int | None = None,
    on_batch: Callable[["Progress"], None] | None = None,
    on_epoch: Callable[["Epoch"], None] | None = None,
) -> int:
    """Train `run` in this process, from its checkpoint if it has one. Returns the exit code."""
    reasons = _StopReasons(run, parent)
    try:
        with reasons.listening(to_keyboard=parent is None), runs.open_record(run) as record:
            record.forget_stop()
            record.worker(pid=os.getpid(), started=round(time.time()), **_machine(run.config))
            checkpoint = run.checkpoint()
            seconds = float(checkpoint["seconds"]) if checkpoint else 0.0
            record.event("started", is_resumed=checkpoint is not None, seconds=seconds)
            try:
                _train(run, checkpoint, record, reasons, on_batch, on_epoch)
            except Exception as error:
                traceback.print_exc()
                record.event("failed", reason=_reason(error))
                return 1
    except runs.Busy:
        return runs.BUSY_EXIT_CODE
    return 0


def _train(
    run: runs.Run,
    checkpoint: dict[str, np.ndarray] | None,
    record: runs.Record,
    reasons: "_StopReasons",
    on_batch: Callable[["Progress"], None] | None,
    on_epoch: Callable[["Epoch"], None] | None,
) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from cnn_core import training  # three seconds of TensorFlow, after the lock is taken

    def batch_done(progress: "Progress") -> None:
        record.batch(**asdict(progress))
        if on_batch:
            on_batch(progress)

    def epoch_done(epoch: "Epoch") -> None:
        # In this order a kill between two lines loses nothing: the epoch is at worst computed again.
        record.snapshot(epoch.row["epoch"], epoch.kernels, epoch.probabilities)
        record.event("epoch", **epoch.row)
        record.checkpoint(epoch.state.to_arrays())
        if on_epoch:
            on_epoch(epoch)

    data_set = data.load(run.config.data_set)
    outcome = training.train(
        run.config,
        data_set,
        strategy=training.choose_strategy(run.config.training),
        state=training.TrainingState.from_arrays(checkpoint) if checkpoint else None,
        on_batch=batch_done,
        on_epoch=epoch_done,
        should_stop=lambda: reasons.current() is not None,
    )
    if not outcome.is_finished:
        record.checkpoint(outcome.state.to_arrays())
    if outcome.is_finished or reasons.leaves_time_for_testing():
        record.event("testing")
        result = _test_and_export(record, run.config, data_set, outcome)
    else:
        result = {"seconds": outcome.state.seconds}
    if outcome.is_finished:
        record.event("finished", **result)
        record.drop_checkpoint()
    else:
        record.event("stopped", reason=reasons.current(), **result)


def follow(config: ExperimentConfig, checkpoint: dict[str, np.ndarray] | None) -> None:
    """Train along with the cluster's chief, who keeps the run; nothing is written here.

    `checkpoint` is the one that the chief goes on from, if it does. Ends with an error if the chief leaves early.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from cnn_core import training

    training.train(
        config,
        data.load(config.data_set),
        strategy=training.choose_strategy(config.training),
        state=training.TrainingState.from_arrays(checkpoint) if checkpoint else None,
        on_batch=lambda progress: None,
        on_epoch=lambda epoch: None,
    )


def _test_and_export(
    record: runs.Record, config: ExperimentConfig, data_set: data.DataSet, outcome: "Outcome"
) -> dict[str, float]:
    """Look at the test split, at the end or when a visitor stops the run; store the predictions and the network."""
    from cnn_core import evaluation, models, training, views

    training.use_bfloat16(is_wanted=False)  # the recorded probabilities are those of the exported networks
    test = data_set.split("test")
    classify = models.predictor(outcome.model)
    probabilities = classify(test.images())
    scores = evaluation.scores(test.labels, probabilities)
    with tempfile.TemporaryDirectory() as folder:
        keras_file = Path(folder) / "model.keras"
        outcome.model.save(keras_file)
        record.model(keras_file.read_bytes(), models.to_litert(outcome.model))
    record.predictions(test.labels, probabilities)
    over_views = {}
    if (count := config.training.test_views) > 1:
        averaged = evaluation.scores(test.labels, views.averaged(classify, test.images(), count))
        over_views = {"test_views": count, "test_accuracy_over_views": averaged.accuracy}
    return {
        "test_loss": scores.loss,
        "test_accuracy": scores.accuracy,
        "test_mse": scores.mse,
        "test_n": scores.n,
        "seconds": outcome.state.seconds,
        **over_views,
    }


def _reason(error: Exception) -> str:
    if cluster.size() > 1 and type(error).__name__ in ("UnavailableError", "AbortedError", "InternalError"):
        return (
            "Another machine left the training in the middle of a batch. Start all of them again with --resume; "
            "the run goes on after its last whole epoch."
        )
    return f"{type(error).__name__}: {error}"


def _machine(config: ExperimentConfig) -> dict[str, object]:
    return {
        "cpu": processor.name(),
        "cores": os.cpu_count(),
        "bfloat16": config.training.precision == "auto" and processor.has_bfloat16(),
    }


class _StopReasons:
    """Why this worker should stop, if it should."""

    def __init__(self, run: runs.Run, parent: int | None) -> None:
        self._run = run
        self._app_is_there = (lambda: True) if parent is None else watch(parent)
        self._signal: str | None = None

    @contextmanager
    def listening(self, *, to_keyboard: bool) -> Iterator[None]:
        """Treat SIGTERM as a stop; Ctrl-C too in a terminal, where a worker of the app ignores it."""
        handlers = {
            signal.SIGTERM: lambda *_: self._hear("the process was told to end"),
            signal.SIGINT: (lambda *_: self._hear("stopped with Ctrl-C")) if to_keyboard else signal.SIG_IGN,
        }
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def current(self) -> str | None:
        if self._signal:
            return self._signal
        if not self._app_is_there():
            return "the app that started it ended"
        return "stopped on request" if self._run.stop_is_requested() else None

    def leaves_time_for_testing(self) -> bool:
        return self.current() == "stopped on request"

    def _hear(self, reason: str) -> None:
        self._signal = reason


def watch(parent: int) -> Callable[[], bool]:
    """A function that says whether the process that started this one is still there."""
    if sys.platform != "win32":
        return lambda: os.getppid() == parent
    # Windows keeps a dead parent's number, and puts the python.exe of a virtual environment between the two.
    kernel = ctypes.WinDLL("kernel32")
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.OpenProcess(0x00100000, False, parent))  # SYNCHRONIZE: the right to wait for it
    return lambda: kernel.WaitForSingleObject(handle, 0) == 0x102  # WAIT_TIMEOUT: it has not ended


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cnn_core.worker", description="Train one run.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--parent", type=int)
    arguments = parser.parse_args()
    if arguments.parent is not None and hasattr(os, "nice"):
        os.nice(5)  # the app answers its visitors first
    return work(runs.Run(arguments.run), parent=arguments.parent)


if __name__ == "__main__":
    sys.exit(main())
