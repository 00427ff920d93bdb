"""The process that trains one run: it takes the lock, trains, tests, exports, and says so in the run's events.

    python -m cnn_core.worker RUN_DIRECTORY [--parent PID]

Exit codes: 0 finished or stopped, 1 failed (the reason is the last event), 75 another run is being trained.
With --parent it ends, resumably, at the first batch after that process has ended.

The test split is used when a run finishes, and when a visitor stops it: then the present network is tested and
exported, so that the evaluation page has something to show, and tested again when the run is resumed and ends. A second
Stop skips the test, and so does a signal; a finished run whose test was skipped is tested when it is resumed.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from cnn_core import cluster, data, processor, runs
from cnn_core.config import ConfigError, ExperimentConfig
from cnn_core.progress import Diverged, Epoch, Progress, Result, Stopped, TrainingState, Worker
from cnn_core.stopping import ON_REQUEST, StopReasons

ENDED_FIRST = 500  # of 1,000: how strongly the system prefers to end this process, not the app, when memory runs out


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
            record.worker(_this_process(run.config))
            checkpoint = run.checkpoint()
            seconds = float(checkpoint["seconds"]) if checkpoint else 0.0
            record.started(seconds=seconds, is_resumed=checkpoint is not None)
            try:
                _train(run, checkpoint, record, reasons, on_batch, on_epoch)
            except Exception as error:
                traceback.print_exc()
                record.failed(explain(error), has_diverged=isinstance(error, Diverged))
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
        # In this order a kill between two lines loses nothing; at worst the epoch is computed again.
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
        on_sample=record.sample,
        on_measuring=record.measuring,
        on_epoch=epoch_done,
        should_stop=reasons.is_there_one,
    )

    def test() -> Result:
        test_split, seconds = data_set.split("test"), outcome.state.seconds
        listeners = {"on_measuring": record.measuring, "should_stop": reasons.is_there_one}
        views = run.config.training.test_time_views
        probabilities, result = training.measure(outcome.model, test_split, views, seconds, **listeners)
        record.model(*training.export_model(outcome.model))
        record.predictions(test_split.labels, probabilities)
        return result

    if not outcome.is_finished:
        record.checkpoint(outcome.state.to_arrays())
    _end(record, reasons, outcome.is_finished, outcome.state.seconds, test)


def _end(
    record: runs.Record, reasons: StopReasons, is_finished: bool, seconds: float, test: Callable[[], Result]
) -> None:
    """Test the network, unless there is no time for it, and record how the run ended."""
    reason = reasons.current()
    result = None
    if reason in (None, ON_REQUEST):
        record.forget_stop()  # from here on a new request skips the test
        record.testing()
        with suppress(Stopped):
            result = test()
    if result and is_finished:
        record.finished(result)
        record.drop_checkpoint()
    else:
        record.stopped(reason or reasons.current() or ON_REQUEST, seconds, result)


def follow(config: ExperimentConfig, checkpoint: dict[str, np.ndarray] | None) -> None:
    """Train together with the cluster's chief, who keeps the run; nothing is written here.

    `checkpoint` is the one that the chief continues from, if any. Ends with an error if the chief leaves early.
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


def explain(error: Exception) -> str:
    """Why training failed, as the training page says it."""
    if cluster.size() > 1 and type(error).__name__ in ("UnavailableError", "AbortedError", "InternalError"):
        return (
            "Another machine left the training in the middle of a batch. Start all of them again with --resume; "
            "the run continues after its last whole epoch."
        )
    if isinstance(error, (ConfigError, data.DataError, runs.RunError, Diverged)):  # already sentences
        return str(error)
    return runs.reason_of(error)


def _this_process(config: ExperimentConfig) -> Worker:
    return Worker(
        pid=os.getpid(),
        started=round(time.time()),
        cpu=processor.name(),
        cores=processor.cores(),
        bfloat16=processor.trains_in_bfloat16(config.training.precision),
    )


def _put_the_app_first() -> None:
    """The app has priority: it answers first, and when memory runs out the system ends this process, not the app."""
    if hasattr(os, "nice"):
        os.nice(5)
    with suppress(OSError):  # Linux only
        Path("/proc/self/oom_score_adj").write_text(str(ENDED_FIRST), encoding="ascii")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cnn_core.worker", description="Train one run.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--parent", type=int)
    arguments = parser.parse_args()
    if arguments.parent is not None:
        _put_the_app_first()
    return work(runs.Run(arguments.run), parent=arguments.parent)


if __name__ == "__main__":
    sys.exit(main())
