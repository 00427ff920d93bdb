"""Which run has a worker, told by two locks and, beside each, the name of the run that it is held for.

A name alone proves nothing: it stays when its writer is killed. The operating system frees the lock.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cnn_core import locks
from cnn_core.runs import files

PATIENCE = 2.0  # seconds; for callers that only look whether a lock is held, or close a file


@contextmanager
def starting_lock(parent: Path) -> Iterator[None]:
    """Of all apps on this folder, only one starts a worker at a time. Raises `locks.Taken`."""
    with locks.hold(parent / files.STARTING_LOCK, PATIENCE):
        yield


@contextmanager
def announced(folder: Path) -> Iterator[None]:
    """This run reads as starting within the block. Hold the starting lock: it shows when the process has died."""
    announcement = folder.parent / files.STARTING
    files.put_alone(announcement, os.fsencode(folder.name))
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no file that somebody reads; the lock tells that it is old
            announcement.unlink()


@contextmanager
def training_lock(folder: Path) -> Iterator[None]:
    """Of all runs in this folder, only this one is trained, and by one worker. Raises `locks.Taken`."""
    training = folder.parent / files.TRAINING
    with (
        locks.hold(folder.parent / files.TRAINING_LOCK, PATIENCE),
        locks.hold(folder / files.WORKER_LOCK, PATIENCE),
    ):
        with suppress(OSError):  # on a full disk the run at work is looked for among all
            files.put_alone(training, os.fsencode(folder.name))
        yield


def is_starting(folder: Path) -> bool:
    """Whether the process that launched this run's worker still waits for it to begin."""
    beside = os.path.dirname(folder)
    is_named = _name(os.path.join(beside, files.STARTING)) == folder.name
    return is_named and locks.is_held(folder.parent / files.STARTING_LOCK)


def has_worker(folder: Path) -> bool:
    return locks.is_held(folder / files.WORKER_LOCK)


def is_training(parent: Path) -> bool:
    """Whether some run in this folder has a worker."""
    return locks.is_held(parent / files.TRAINING_LOCK)


def named_at_work(parent: Path) -> list[Path]:
    """The runs that the locks are held for, as far as this was written down; a name may be stale."""
    locked = [(files.STARTING, files.STARTING_LOCK), (files.TRAINING, files.TRAINING_LOCK)]
    names = [_name(os.path.join(parent, name)) for name, lock in locked if locks.is_held(parent / lock)]
    return [parent / name for name in names if name and files.is_run(parent / name)]


def _name(file: str) -> str | None:
    """The name of a folder; None where there is none or it could lead elsewhere."""
    try:
        with open(file, "rb") as opened:
            name = os.fsdecode(opened.read(4096))
    except OSError:
        return None
    return name if name and os.path.basename(name) == name and "\0" not in name else None
