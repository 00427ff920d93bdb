"""Starting, listing, stopping and removing runs."""

import datetime
import importlib.metadata
import itertools
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import IO

from cnn_core.config import ExperimentConfig
from cnn_core.data import data_dir
from cnn_core.locks import is_held
from cnn_core.runs.record import BUSY_EXIT_CODE, put
from cnn_core.runs.run import ROOT, Run, RunError, RunState, recorded_dir, runs_dir

_LIBRARIES = ("keras", "tensorflow", "tensorflow-cpu", "numpy")
_START_PATIENCE = 60.0  # seconds until a worker must have taken its lock; it does so before it imports TensorFlow
_STARTING = threading.Lock()  # of thirty clicks at once, one starts a process
_TITLE_LENGTH = 60
_NO_MARKDOWN = str.maketrans(dict.fromkeys("[]<>`$*|#", " "))


def list_runs() -> list[Run]:
    """This machine's runs, newest first, then the recorded ones, best first. What cannot be read is passed over."""
    recorded = [Run(file.parent) for file in sorted(recorded_dir().glob("*/config.json"))]
    readable = [run for run in (*_own_runs(), *recorded) if _is_readable(run)]
    return sorted(readable, key=lambda run: _recorded_rank(run) if run.is_recorded else (-1, 0.0))


def _recorded_rank(run: Run) -> tuple[int, float]:
    """Photographs before drawings, since a visitor's picture is one; then the most accurate."""
    return (run.config.data_set != "cifar10", -(run.result() or {}).get("test_accuracy", 0.0))


def running() -> Run | None:
    """The run that is being trained on this machine now."""
    if not is_held(runs_dir() / "training.lock"):
        return None
    return next((run for run in _own_runs() if run.state() == RunState.RUNNING), None)


def create(config: ExperimentConfig, title: str | None = None) -> Run:
    """A new run directory with its config.json; nothing is started."""
    now = datetime.datetime.now(datetime.UTC)
    title = _clean_title(title or f"{config.preset} {now.astimezone():%d %b %H:%M}")
    stem = f"{now:%Y%m%d-%H%M%S}-{config.preset}"
    for number in itertools.count(1):
        run = Run(runs_dir() / (stem if number == 1 else f"{stem}-{number}"))
        try:
            run.path.mkdir(parents=True)
            break
        except FileExistsError:
            continue
    about = {"created": now.isoformat(timespec="seconds"), "versions": _versions(), "experiment": config.to_dict()}
    put(run.path / "title", title.encode())
    put(run.path / "config.json", json.dumps(about, indent=2).encode())
    return run


def start(config: ExperimentConfig, title: str | None = None) -> Run:
    """Start a worker process on a new run. Raises RunError if one is being trained already."""
    with _STARTING:
        _refuse_a_second()
        run = create(config, title)
        try:
            _launch(run)
        except (RunError, OSError):
            shutil.rmtree(run.path, ignore_errors=True)
            raise
    return run


def resume(run: Run) -> None:
    """Let a stopped, interrupted or failed run go on from its checkpoint."""
    with _STARTING:
        check_resumable(run)
        _refuse_a_second()
        _launch(run)


def check_resumable(run: Run) -> None:
    """Raise RunError unless this run can go on."""
    _refuse_unchangeable(run, "resumed")
    if run.state() in (RunState.RUNNING, RunState.FINISHED):
        raise RunError(f"{run.title!r} is {run.state()}; only a stopped, interrupted or failed run can be resumed.")


def request_stop(run: Run) -> None:
    """Ask the worker to stop after the batch it is computing; anybody may."""
    if run.state() == RunState.RUNNING:
        put(run.path / "STOP", b"")


def rename(run: Run, title: str) -> None:
    _refuse_unchangeable(run, "renamed")
    put(run.path / "title", _clean_title(title).encode())


def delete(run: Run) -> None:
    """Remove the run and all its files; it is no error if somebody else did so first."""
    if not run.exists():
        return
    _refuse_unchangeable(run, "deleted")
    if run.state() == RunState.RUNNING:
        raise RunError(f"{run.title!r} is being trained; stop it before you delete it.")
    (run.path / "config.json").unlink(missing_ok=True)  # first: nobody finds half of a run
    shutil.rmtree(run.path)


def write_zip(run: Run, file: IO[bytes]) -> None:
    """The run as a zip archive: all that describes it, without checkpoint and locks. Unpack it into runs/ to use it."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in sorted(run.path.rglob("*")):
            if path.is_file() and path.name not in ("checkpoint.npz", "worker.lock", "STOP") and path.suffix != ".tmp":
                archive.write(path, Path(run.id) / path.relative_to(run.path))


def _launch(run: Run) -> None:
    """Start a worker and wait until it has taken the lock, or given up."""
    starts_before = _starts(run)
    with (run.path / "worker.log").open("ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "cnn_core.worker", str(run.path.resolve()), "--parent", str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=ROOT,
            env={**os.environ, "CNN_DATA_DIR": str(data_dir())},  # absolute: the two may stand in different folders
        )
    threading.Thread(target=worker.wait, daemon=True).start()  # so that it leaves no zombie
    deadline = time.monotonic() + _START_PATIENCE
    while _starts(run) == starts_before:
        if worker.poll() == BUSY_EXIT_CODE:
            raise _busy(running())
        if worker.poll() is not None or time.monotonic() > deadline:
            worker.kill()
            raise RunError(f"The training process did not start; its log says: {_last_line(run)}")
        time.sleep(0.02)


def _own_runs() -> list[Run]:
    return [Run(file.parent) for file in sorted(runs_dir().glob("*/config.json"), reverse=True)]


def _is_readable(run: Run) -> bool:
    """Not deleted meanwhile, nor damaged, nor written by a later version of this program."""
    try:
        return bool(run.config)
    except RunError:
        return False


def _refuse_a_second() -> None:
    """The usual case, without the second that a process takes to find the lock taken."""
    if other := running():
        raise _busy(other)


def _busy(other: Run | None) -> RunError:
    name = f"{other.title!r}" if other else "another run"
    return RunError(f"{name} is being trained; one run at a time. Wait for it, or stop it.")


def _starts(run: Run) -> int:
    return sum(event["event"] == "started" for event in run.events())


def _last_line(run: Run) -> str:
    lines = (run.path / "worker.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "(nothing)"


def _clean_title(title: str) -> str:
    """On one line, and without what Markdown would make a link, a picture or a formula of."""
    title = " ".join(title.translate(_NO_MARKDOWN).split())
    if not title:
        raise RunError("A run needs a name of at least one character.")
    return title[:_TITLE_LENGTH]


def _refuse_unchangeable(run: Run, action: str) -> None:
    if not run.exists():
        raise RunError(f"{run.id} cannot be {action}: somebody has deleted it.")
    if run.is_recorded:
        raise RunError(f"{run.title!r} came with the project and cannot be {action}.")


def _versions() -> dict[str, str]:
    """Of the libraries that decide a run's numbers, without importing them."""
    versions = {"python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            versions[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
