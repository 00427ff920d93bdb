"""The process that trains one run: it takes the lock, trains, tests, exports, and says so in the run's events.

    python -m cnn_core.worker RUN_DIRECTORY [--parent PID]

Exit codes: 0 finished or stopped, 1 failed (the reason is the last event), 75 another run is being trained.
With --parent it ends itself, resumably, at the first batch after that process is gone.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core import cluster, data, processor, runs
from cnn_core.config import ExperimentConfig
from cnn_core.progress import Epoch, Progress, Result, TrainingState, Worker
from cnn_core.stopping import StopReasons


def work(
    run: runs.Run,
    *,
    parent: int | None = None,
    on_batch: Callable[[Progress], None] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> int:
    """Train `run` in this process, from its checkpoint if it has one. Returns the exit code."""
    reasons = StopReasons(run, parent)
    try:
        with reasons.listening(to_keyboard=parent is None), runs.open_record(run) as record:
            record.forget_stop()
            record.worker(_this_worker(run.config))
            checkpoint = run.checkpoint()
            seconds = float(checkpoint["seconds"]) if checkpoint else 0.0
            record.started(seconds=seconds, is_resumed=checkpoint is not None)
            try:
                _train(run, checkpoint, record, reasons, on_batch, on_epoch)
            except Exception as error:
                traceback.print_exc()
                record.failed(_reason(error))
                return 1
    except runs.Busy:
        return runs.BUSY_EXIT_CODE
    return 0


def _train(
    run: runs.Run,
    checkpoint: dict[str, np.ndarray] | None,
    record: runs.Record,
    reasons: StopReasons,
    on_batch: Callable[[Progress], None] | None,
    on_epoch: Callable[[Epoch], None] | None,
) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from cnn_core import training  # three seconds of TensorFlow, after the lock is taken

    def batch_done(progress: Progress) -> None:
        record.batch(progress)
        if on_batch:
            on_batch(progress)

    def epoch_done(epoch: Epoch) -> None:
        # In this order a kill between two lines loses nothing: the epoch is at worst computed again.
        record.snapshot(epoch.scores.epoch, epoch.kernels, epoch.probabilities)
        record.epoch(epoch.scores)
        record.checkpoint(epoch.state.to_arrays())
        if on_epoch:
            on_epoch(epoch)

    data_set = data.load(run.config.data_set)
    outcome = training.train(
        run.config,
        data_set,
        strategy=training.choose_strategy(run.config.training),
        state=TrainingState.from_arrays(checkpoint) if checkpoint else None,
        on_batch=batch_done,
        on_epoch=epoch_done,
        should_stop=lambda: reasons.current() is not None,
    )
    if not outcome.is_finished:
        record.checkpoint(outcome.state.to_arrays())
    result = None
    if outcome.is_finished or reasons.leaves_time_for_testing():
        record.testing()
        result = _test_and_export(record, run.config, data_set, outcome.model, outcome.state.seconds)
    if outcome.is_finished:
        record.finished(result)
        record.drop_checkpoint()
    else:
        record.stopped(reasons.current(), outcome.state.seconds, result)


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
        state=TrainingState.from_arrays(checkpoint) if checkpoint else None,
        on_batch=lambda progress: None,
        on_epoch=lambda epoch: None,
    )


def _test_and_export(
    record: runs.Record, config: ExperimentConfig, data_set: data.DataSet, model: Any, seconds: float
) -> Result:
    """Look at the test split, at the end or when a visitor stops the run; store the predictions and the network."""
    from cnn_core import training

    test = data_set.split("test")
    probabilities, result = training.measure(model, test, config.training.test_views, seconds)
    record.model(*training.export_model(model))
    record.predictions(test.labels, probabilities)
    return result


def _reason(error: Exception) -> str:
    if cluster.size() > 1 and type(error).__name__ in ("UnavailableError", "AbortedError", "InternalError"):
        return (
            "Another machine left the training in the middle of a batch. Start all of them again with --resume; "
            "the run goes on after its last whole epoch."
        )
    return runs.reason_of(error)


def _this_worker(config: ExperimentConfig) -> Worker:
    has_bfloat16 = config.training.precision == "auto" and processor.has_bfloat16()
    return Worker(os.getpid(), round(time.time()), processor.name(), os.cpu_count(), has_bfloat16)


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
