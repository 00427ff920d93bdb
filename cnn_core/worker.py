"""The process that trains one run: it takes the lock, trains, tests, exports, and says so in the run's events.

    python -m cnn_core.worker RUN_DIRECTORY [--parent PID] [--seconds SECONDS]

Exit codes: 0 finished or stopped, 1 failed (the reason is the last event), 75 another run is being trained.
With --parent it ends, resumably, within seconds after that process has ended; with --seconds after so many, whatever it
is doing then: a pupil's run.

The test split is used when a run finishes, and when a visitor stops it: then the present network is tested and
exported, so that the evaluation page has something to show, and tested again when the run is resumed and ends. A second
Stop skips what is left of that, and so does a signal: what was measured by then stays, and a finished training of which
something was skipped is tested again when it is resumed.
"""

import argparse
import math
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cnn_core import cluster, data, processes, processor, runs
from cnn_core.config import ConfigError, ExperimentConfig
from cnn_core.explanation.filters import IMAGES
from cnn_core.progress import Diverged, Epoch, Measuring, Progress, Result, Stopped, TrainingState, Worker
from cnn_core.stoppable import leave, unless_stopped
from cnn_core.stopping import ON_REQUEST, StopReasons


def _nothing(_: object) -> None:
    """Ignore the record: for a caller that does not need it."""


def work(
    run: runs.Run,
    *,
    parent: int | None = None,
    seconds: float = math.inf,
    on_batch: Callable[[Progress], None] = _nothing,
    on_measuring: Callable[[Measuring], None] = _nothing,
    on_epoch: Callable[[Epoch], None] = _nothing,
) -> int:
    """Train `run` in this process, from its checkpoint if it has one. Returns the exit code.

    The functions `on_...` get each record after the run's log has it. Raises RunError if the disk is so full that the
    log cannot even say so.
    """
    reasons = StopReasons(run, parent, seconds)
    try:
        with (
            reasons.listening(to_keyboard=parent is None),
            runs.open_record(run) as record,
            runs.beating(run.path, reasons.end_if_overdue),
        ):
            record.forget_stop()
            record.worker(process := _this_process(run.config))
            try:
                state = _begin(run, record)
                _train(run, state, _Told(process, record, on_batch, on_measuring, on_epoch), reasons)
            except Exception as error:
                traceback.print_exc()
                record.failed(explain(error), has_diverged=isinstance(error, Diverged))
                return 1
    except runs.Busy:
        return runs.BUSY_EXIT_CODE
    except OSError as error:
        raise runs.RunError(runs.disk_sentence(error)) from error
    return 0


def _begin(run: runs.Run, record: runs.Record) -> TrainingState | None:
    """Record that the run begins, or continues from the returned state; also if the state cannot be read."""
    try:
        state = run.checkpoint()
    except Exception:
        record.started(seconds=None, is_resumed=True)
        raise
    record.started(seconds=state.seconds if state else 0.0, is_resumed=state is not None)
    return state


@dataclass(frozen=True, slots=True)
class _Told:
    """The receivers of the records: first the run's log, then the caller of `work`."""

    process: Worker
    record: runs.Record
    on_batch: Callable[[Progress], None]
    on_measuring: Callable[[Measuring], None]
    on_epoch: Callable[[Epoch], None]

    def tuned(self, gradients: Mapping[str, str]) -> None:
        self.record.worker(replace(self.process, gradients=", ".join(map(" ".join, gradients.items()))))

    def batch(self, progress: Progress) -> None:
        self.record.batch(progress)
        self.on_batch(progress)

    def measuring(self, measuring: Measuring) -> None:
        self.record.measuring(measuring)
        self.on_measuring(measuring)

    def epoch(self, epoch: Epoch) -> None:
        # In this order a kill between two lines loses nothing: the epoch is at worst computed again.
        self.record.snapshot(epoch.scores.epoch, epoch.kernels, epoch.probabilities)
        self.record.epoch(epoch.scores)
        self.record.checkpoint(epoch.state)
        self.on_epoch(epoch)


def _train(run: runs.Run, state: TrainingState | None, told: _Told, reasons: StopReasons) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(processor.cores()))  # it would take the host's in a container
    from cnn_core import training  # three seconds of TensorFlow, after the lock is taken

    record, data_set = told.record, data.load(run.config.data_set)
    should_stop = reasons.is_there_one
    listeners = {"on_measuring": told.measuring, "should_stop": should_stop}
    learns = {"on_look": record.look, "on_epoch": told.epoch, **listeners}
    if run.config.reuse:
        recorded = runs.recorded(run.config.reuse)
        kept = training.load_weights(recorded.config.network, recorded.keras_path)
        outcome = training.reuse(run.config, data_set, kept, **learns)
    else:
        outcome = training.train(
            run.config,
            data_set,
            strategy=training.choose_strategy(run.config.training),
            state=state,
            on_tuned=told.tuned,
            on_batch=told.batch,
            on_sample=record.sample,
            on_finish=record.finishing,
            should_finish=reasons.is_finish_asked,
            **learns,
        )

    def test(keep: Callable[[Result], None]) -> None:
        """Raises Stopped if it should stop; what was measured and written by then stays."""
        test_split = data_set.split("test")
        images, labels = test_split.images(), test_split.labels  # read once, for all that is found out from them
        model, recipe = outcome.network(should_stop), run.config.training
        views, seconds = recipe.test_time_views, outcome.state.seconds
        probabilities, result = training.measure(model, images, labels, views, seconds, **listeners)
        record.predictions(labels, probabilities)
        keep(result)
        record.model(*unless_stopped(lambda: training.export_model(model), should_stop))
        watched = images[:IMAGES]
        record.filters(training.watch_filters(model, run.config.network, watched, should_stop=should_stop))
        asked = {"searched": training.SEARCHED, **listeners}
        record.study(training.study(model, run.config, data_set, images, labels, **asked))
        if found := training.careless(outcome, run.config, data_set, should_stop=should_stop):
            record.careless(found)

    if not outcome.is_finished:  # what is reused is learned again in seconds, from the beginning
        record.checkpoint(TrainingState() if run.config.reuse else outcome.state)
    _end(record, reasons, outcome.is_finished, outcome.state.seconds, test)


def _end(
    record: runs.Record,
    reasons: StopReasons,
    is_finished: bool,
    seconds: float,
    test: Callable[[Callable[[Result], None]], None],
) -> None:
    """Test the network, unless there is no time for it, and record how the run ended."""
    reason = reasons.current()
    kept: list[Result] = []
    is_whole = False
    if reason in (None, ON_REQUEST):
        record.forget_stop()  # from here on a new request skips what is left
        record.testing()
        with suppress(Stopped):
            test(kept.append)
            is_whole = True
    if is_whole and is_finished:
        record.finished(kept[0])
        record.drop_checkpoint()
    else:
        record.stopped(reason or reasons.current() or ON_REQUEST, seconds, kept[0] if kept else None)


def follow(config: ExperimentConfig, state: TrainingState | None) -> None:
    """Train together with the cluster's chief, who keeps the run; nothing is written here.

    `state` is the one that the chief continues from, if any. Ends with an error if the chief leaves early. There
    is nothing to do where kernels are reused: the chief fits the last layer alone.
    """
    if config.reuse:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from cnn_core import training

    training.train(
        config,
        data.load(config.data_set),
        strategy=training.choose_strategy(config.training),
        state=state,
        on_batch=_nothing,
        on_epoch=_nothing,
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
        birth=processes.birth(os.getpid()),
        machines=cluster.size(),
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cnn_core.worker", description="Train one run.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--parent", type=int)
    parser.add_argument("--seconds", type=float, default=math.inf)
    arguments = parser.parse_args()
    if arguments.parent is not None:
        processes.step_back()
    try:
        code = work(runs.Run(arguments.run), parent=arguments.parent, seconds=arguments.seconds)
        return leave(code, always=True)
    except runs.RunError as error:
        print(error, file=sys.stderr)  # the last line of worker.log, which the page shows
        return 1


if __name__ == "__main__":
    sys.exit(main())
