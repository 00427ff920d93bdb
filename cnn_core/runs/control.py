"""Making, starting, resuming, renaming and removing runs."""

import datetime
import errno
import itertools
import json
import math
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from cnn_core import limits, locks, memory, places
from cnn_core.config import ConfigError, ExperimentConfig
from cnn_core.runs import files, presence, quota
from cnn_core.runs.catalogue import newest_created, running
from cnn_core.runs.description import versions
from cnn_core.runs.events import RunState
from cnn_core.runs.files import put
from cnn_core.runs.launch import busy, launch
from cnn_core.runs.log import forget, read_summary
from cnn_core.runs.receiving import sweep_arrivals
from cnn_core.runs.run import Run
from cnn_core.runs.words import RunError, checked_title, in_words

_NO_LOCK = (errno.EISDIR, errno.ELOOP, errno.EACCES)  # damage: what no worker can hold lies in the lock's place
_CLICKS = threading.Lock()  # of thirty clicks at once, only one starts a process


def create(config: ExperimentConfig, title: str | None = None) -> Run:
    """A new run directory with its config.json; nothing is started. ConfigError if this server does not train it."""
    title, config = checked_title(title or _default_title(config)), quota.allowed(config)
    _refuse_without_a_folder()
    with in_words("The new run"):
        run = _make_folder(config)
        try:
            _describe(run, config, title)
        except OSError:
            with suppress(RunError, OSError):
                _remove(run)
            raise
    return run


def start(
    config: ExperimentConfig,
    title: str | None = None,
    *,
    seconds: float = math.inf,
    on_removed: Callable[[list[str]], None] = lambda titles: None,
) -> Run:
    """Start a worker process on a new run.

    Raises RunError if another run is being trained, and ConfigError if this server does not train it. Where few runs
    are stored, the oldest that nobody kept go first; `on_removed` is told their titles. seconds: that the worker may
    take for everything, with the test.
    """
    title, config = checked_title(title or _default_title(config)), quota.allowed(config)
    with _only_one_starts("The new run"):
        _refuse_a_second()
        if removed := quota.make_room(quota.expected_size(config), delete):
            on_removed(removed)
        run = _make_folder(config)
        try:
            with presence.announced(run.path):  # before others can find it: it reads as starting at once
                _describe(run, config, title)
                launch(run, seconds)
        except (RunError, OSError):
            with suppress(RunError, OSError):
                _remove(run)
            raise
    return run


def resume(run: Run) -> None:
    """Continue a stopped, interrupted or failed run from its checkpoint."""
    with _only_one_starts(run.id):
        check_resumable(run)
        _refuse_beyond_limits(run)
        _refuse_a_second()
        files.remove_request(run.path)  # the request was for an earlier worker: a run that starts is not stopping
        with presence.announced(run.path):
            launch(run)


def check_resumable(run: Run) -> None:
    """Raise RunError unless this run can be resumed."""
    _refuse_unchangeable(run, "resumed")
    _ = run.config  # raises RunError as well
    state = run.state()
    if state.is_active or state == RunState.FINISHED:
        raise RunError(f"{run.title!r} is {state}; only a stopped, interrupted or failed run can be resumed.")
    if run.has_diverged():
        raise RunError(f"{run.title!r} diverged and would again. Start a new run with a lower learning rate.")
    log = read_summary(os.path.join(run.path, files.EVENTS))
    if not log.is_readable or log.unread:
        raise RunError(f"{run.title!r} cannot be resumed: its log cannot be read. Delete the run or repeat it.")
    if run.is_imported:
        raise RunError(f"{run.title!r} was brought in without its checkpoint and cannot be resumed; train it again.")


def is_resumable(run: Run) -> bool:
    """Whether `resume` would start it, if nothing else is being trained."""
    try:
        check_resumable(run)
    except RunError:
        return False
    return True


def keep(run: Run, is_kept: bool) -> None:
    """Whether the run stays where few are stored and a new one needs its place."""
    _refuse_unchangeable(run, "kept")
    with in_words(run.id):
        if is_kept:
            put(run.path / files.KEPT, b"")
        else:
            (run.path / files.KEPT).unlink(missing_ok=True)


def rename(run: Run, title: str) -> None:
    """Give the run another title. Raises RunError if the title has no visible character, or the run is gone."""
    _refuse_unchangeable(run, "renamed")
    title = checked_title(title)
    with in_words(run.id):
        put(run.path / files.TITLE, title.encode())


def delete(run: Run) -> None:
    """Remove the run and all its files; it is no error if another visitor did so first."""
    if not run.exists():
        return
    _refuse_recorded(run, "deleted")  # not whether it is there: another visitor may delete it at this moment
    if run.state().is_active:
        raise RunError(f"{run.title!r} is being trained; stop it before you delete it.")
    with in_words(run.id), suppress(FileNotFoundError):  # another visitor was faster
        _remove(run)


def _make_folder(config: ExperimentConfig) -> Run:
    """An empty folder, which is no run before it has a config.json."""
    stem = f"{_now():%Y%m%d-%H%M%S}-{config.preset}"
    files.runs_dir().mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        path = files.runs_dir() / (stem if number == 1 else f"{stem}-{number}")
        with suppress(FileExistsError):
            path.mkdir()
            return Run(path)
    raise AssertionError("numbers do not end")


def _describe(run: Run, config: ExperimentConfig, title: str) -> None:
    created = _later(_now(), newest_created())
    about = {"created": created, "versions": versions(), "experiment": config.to_dict()}
    put(run.path / files.TITLE, title.encode())
    put(run.path / files.CONFIG, json.dumps(about, indent=2).encode())


def _remove(run: Run) -> None:
    """Rename the folder first: nobody finds half of a run, and readers fail as if it had never been there."""
    with ExitStack() as held:
        try:
            held.enter_context(locks.hold(run.path / files.WORKER_LOCK, presence.PATIENCE))
        except locks.Taken:  # a worker that has just begun, or `complete`
            raise RunError(f"{run.title!r} is being trained or completed; delete it when that is over.") from None
        except OSError as error:
            if error.errno not in _NO_LOCK:
                raise
        if sys.platform == "win32":
            held.close()  # Windows moves no folder with an open file; a worker's open log keeps its run there
        files.move_away(run.path)
    forget(os.path.join(run.path, files.EVENTS))
    files.remove_deleted(run.path.parent)
    sweep_arrivals(run.path.parent)


@contextmanager
def _only_one_starts(run_id: str) -> Iterator[None]:
    """In this app and in all others that use the same folder."""
    _refuse_without_a_folder()
    with _CLICKS, in_words(run_id):
        files.runs_dir().mkdir(parents=True, exist_ok=True)
        try:
            with presence.starting_lock(files.runs_dir()):
                yield
        except locks.Taken:
            raise busy(running()) from None


def _refuse_beyond_limits(run: Run) -> None:
    """A run that was begun elsewhere, or when this server allowed more."""
    try:
        limits.check(run.config.training)
        memory.check(run.config)
    except ConfigError as error:
        raise RunError(str(error)) from None


def _refuse_without_a_folder() -> None:
    if sentence := places.trouble("runs"):
        raise RunError(sentence)


def _refuse_a_second() -> None:
    """The usual case, without the second that a process needs to find that the lock is taken."""
    if other := running():
        raise busy(other)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _later(now: datetime.datetime, newest: str) -> str:
    """Now; or just after the newest run if the clock was set back, because runs are listed in this order."""
    with suppress(ValueError, OverflowError):
        now = max(now, datetime.datetime.fromisoformat(newest) + datetime.timedelta(milliseconds=1))
    return now.isoformat(timespec="milliseconds")


def _default_title(config: ExperimentConfig) -> str:
    return f"{config.preset} {_now().astimezone():%d %b %H:%M}"


def _refuse_unchangeable(run: Run, action: str) -> None:
    if not run.exists():
        raise RunError(f"{run.id} cannot be {action}: somebody has deleted it.")
    _refuse_recorded(run, action)


def _refuse_recorded(run: Run, action: str) -> None:
    if run.is_recorded:
        raise RunError(f"{run.title!r} came with the project and cannot be {action}.")
