"""What the command line does: one function a command, each given its options and returning the exit code.

The first sentence of a command's docstring is its line in the list of commands, the whole of it its help.
"""

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from cnn_core import cluster, completion, data, importing, runs
from cnn_core.config import DATA_SETS, ExperimentConfig, TrainingConfig
from cnn_core.console import ProgressLine
from cnn_core.presets import PRESETS, REUSING, for_few, reusing

_AFTER_DIVERGING = "Lower the learning rate and train it again."


class UsageError(Exception):
    """The command was typed in a way that makes no sense; the message says why."""


def train(options: argparse.Namespace) -> int:
    """Train a network. Ctrl-C stops it after the batch; `--resume RUN` continues exactly where it stopped.

    On several machines, run the same command on each, with its own TF_CONFIG; the first of them keeps the run.
    """
    from cnn_core.worker import work

    if not cluster.is_chief():
        return _follow(options)
    run = _resumed(options) if options.resume else _new_run(options)
    print(f"run {run.id}: {run.config.preset} on {run.config.data_set}, in {run.path}", flush=True)
    with ProgressLine() as line:
        code = work(run, on_batch=line.batch, on_measuring=line.measuring, on_epoch=line.epoch)
    if code == runs.BUSY_EXIT_CODE:
        if not options.resume:
            runs.delete(run)
        other = runs.running()
        name = repr(other.title) if other else "another run"
        print(f"train: {name} is being trained; only one run is trained at a time.", file=sys.stderr)
        return code
    if options.json:
        result = run.result()
        outcome = {"run": run.id, "path": str(run.path), "state": run.state(), "reason": run.reason()}
        print(json.dumps(outcome | (asdict(result) if result else {"seconds": run.seconds()})))
    else:
        _print_outcome(run, options.program)
    if run.has_diverged():
        raise runs.RunError(f"The training diverged: its loss is no longer a number. {_AFTER_DIVERGING}")
    return code


def stop(options: argparse.Namespace) -> int:
    """Stop the run that is being trained. If its process hangs, it is ended. The run can be resumed."""
    run = _running()
    runs.request_stop(run)
    while run.is_stopping():
        time.sleep(0.1)
    print(f"run {run.id}: {run.state()}")
    return 0


def finish(options: argparse.Namespace) -> int:
    """Finish the run that is being trained now. The learning rate falls to zero within seconds; then it is tested.

    That takes a fifth of the time trained so far, at least three seconds. For a class that ends before the run does.
    """
    run = _running()
    runs.request_finish(run)
    while run.state().is_active:
        time.sleep(0.1)
    print(f"run {run.id}: {run.finished_early() or run.state()}")
    return 0


def list_runs(options: argparse.Namespace) -> int:
    """List the runs of this machine and those that came with the project."""
    rows = [_row(run) for run in runs.list_runs(with_unreadable=True)]
    if options.json:
        print(json.dumps([asdict(row) for row in rows]))
        return 0
    for row in rows:
        accuracy = "" if row.test_accuracy is None else f"{row.test_accuracy:.4f}"
        known = f"{row.run:36} {row.state:12} {row.preset:8} {row.data_set:9} {row.epochs:4} {accuracy:>7}"
        print(known, row.note or "")
    return 0


def export(options: argparse.Namespace) -> int:
    """Write a run's network for use elsewhere: Keras, LiteRT and SavedModel."""
    run = runs.find_run(options.run)
    require_network(run)
    folder = options.to or Path(f"{run.id}-export")
    folder.mkdir(parents=True, exist_ok=True)
    if "keras" in options.format:
        shutil.copy(run.keras_path, folder)
    if "litert" in options.format:
        shutil.copy(run.classifier_path, folder)
    if "savedmodel" in options.format:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        from cnn_core import training

        training.load_model(run.keras_path).export(folder / "saved_model", verbose=False)
    print(f"{', '.join(options.format)}: {folder}")
    return 0


def complete(options: argparse.Namespace) -> int:
    """Write what a run of earlier weeks lacks: its backward pass, and what wakes its filters. Without RUN: of all."""
    with_network = (run for run in runs.list_runs() if run.has_network())
    found = list(with_network) if options.run is None else [runs.find_run(options.run)]
    is_whole = True
    for run in found:
        try:
            done = completion.complete(run, with_changes=options.changes)
        except runs.RunError as error:
            done = completion.Completed(still_lacks=str(error))
        if done.written:
            print(f"{run.id}: wrote", " and ".join(done.written))
        elif not done.still_lacks:
            print(f"{run.id}: lacks nothing")
        if done.still_lacks:
            is_whole = False
            print(f"{run.id}: {done.still_lacks}", file=sys.stderr)
    return 0 if is_whole else 1


def bring_in(options: argparse.Namespace) -> int:
    """Bring in a run from the zip that Download gave elsewhere. Its network is rebuilt from plain weights.

    Nothing in the zip is loaded or run, and nothing of it stays if something in it is not what it says.
    """
    importing.check_size(options.file.stat().st_size)
    brought_in = importing.bring_in(options.file.read_bytes())
    print(f"run {brought_in.run.id}: {brought_in.run.title}, in {brought_in.run.path}")
    for note in brought_in.notes:
        print(note)
    return 0


@dataclass(frozen=True, slots=True)
class _Row:
    """The row of a run in the list; fields that cannot be read are empty or 0."""

    run: str
    state: str
    preset: str
    data_set: str
    epochs: int
    test_accuracy: float | None
    note: str | None  # what is wrong with the run, or worth knowing


def _row(run: runs.Run) -> _Row:
    note = run.damage() or ("The training diverged." if run.has_diverged() else None)
    note = note or ("It was brought in from a zip." if run.is_imported else None)
    try:
        config, early = run.config, run.finished_early()
    except runs.RunError:
        return _Row(run.id, "damaged", "", "", 0, None, note)
    note = " ".join(filter(None, (note, early and f"It was {early}."))) or None
    scores, result = run.scores(), run.result()
    epochs, accuracy = scores.epoch if scores else 0, result.test_accuracy if result else None
    return _Row(run.id, run.state(), config.preset, config.data_set, epochs, accuracy, note)


def _running() -> runs.Run:
    if run := runs.running():
        return run
    raise runs.RunError("No run is being trained.")


def require_network(run: runs.Run) -> None:
    """Raises RunError if it cannot answer: it has no network, or one whose training diverged."""
    if run.has_diverged():
        raise runs.RunError(f"{run.title!r} diverged, so its network cannot answer. {_AFTER_DIVERGING}")
    if not run.has_network():
        raise runs.RunError(f"{run.title!r} has no network yet; let it finish, or name another run.")


def _follow(options: argparse.Namespace) -> int:
    """Train together with the chief. To resume, the run's folder has to be here too, shared or copied."""
    from cnn_core.worker import follow

    run = runs.find_run(options.resume) if options.resume else None
    state = run.checkpoint() if run else None
    if run and state is None and len(run.history()):
        raise runs.RunError(f"The run {run.id!r} has no checkpoint here; copy its whole folder from the first machine.")
    print("Training together with the first machine, which keeps the run.", flush=True)
    follow(run.config if run else _experiment(options), state)
    return 0


def _new_run(options: argparse.Namespace) -> runs.Run:
    if options.title is not None and not runs.clean_title(options.title):
        raise UsageError("--title needs at least one letter or digit.")
    return runs.create(_experiment(options), options.title)


def _resumed(options: argparse.Namespace) -> runs.Run:
    if _changes(options) or options.data_set or options.title:
        raise UsageError("--resume continues with the run's own settings; leave out the others.")
    run = runs.find_run(options.resume)
    runs.check_resumable(run)
    return run


def _print_outcome(run: runs.Run, program: str) -> None:
    result, state = run.result(), run.state()
    if result:
        print(f"test accuracy {result.test_accuracy:.4f} on {result.test_n:,} images, {result.seconds:.0f} s")
    if early := run.finished_early():
        print(early)
    if state == runs.RunState.STOPPED:
        print(f"stopped; continue with: {program} train --resume {run.id}")
    if state == runs.RunState.FAILED:
        print(f"train: {run.reason()}", file=sys.stderr)


def _experiment(options: argparse.Namespace) -> ExperimentConfig:
    """The preset or file that was named, changed as the other options say."""
    base = ExperimentConfig.from_json(options.config.read_bytes()) if options.config else _preset(options.preset)
    if options.data_set:
        base = data.on(base, _data_set(options.data_set))
    if base.own and not options.config:
        base = for_few(base, data.learned(base).sizes["train"])
    changes = _changes(options)
    if ("epochs" in changes) != ("seconds" in changes):  # a named limit replaces the preset's
        changes = {"epochs": None, "seconds": None, **changes}
    return replace(base, training=replace(base.training, **changes))


def _preset(name: str) -> ExperimentConfig:
    return reusing() if name == REUSING else PRESETS[name]


def _data_set(name: str) -> str:
    """The name of the data set that is meant; of an own one that of its present state."""
    return name if name in DATA_SETS or "@" in name else data.own.latest(name)


def _changes(options: argparse.Namespace) -> dict[str, object]:
    """The fields of a TrainingConfig that were named on the command line."""
    named = {field.name: getattr(options, field.name, None) for field in fields(TrainingConfig)}
    return {name: value for name, value in named.items() if value is not None}
