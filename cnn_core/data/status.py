"""What the preparation of CIFAR-10 is doing, for all processes to read: one lock, and one small file beside the data.

The lock says whether a process prepares it (the operating system frees the lock when its holder dies), the file says
what was done last. Both are read each time, so a refreshed page, another visitor and another process agree.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from cnn_core import locks
from cnn_core.data.dataset import DataError, Progress, data_dir, explained_disk_errors, is_stored

WRITE_EVERY = 0.25  # seconds
AT_WORK = "cifar10.lock"  # held while somebody prepares
STARTING = "cifar10.start.lock"  # held while a child process is started


@dataclass(frozen=True, slots=True)
class PreparationStatus:
    """How far the preparation of CIFAR-10 is on this machine."""

    state: str  # "idle" | "running" | "failed" (it can be started again) | "ready"
    message: str
    done: int = 0
    total: int = 0  # 0: unknown


def preparation_status() -> PreparationStatus:
    """The status to show to visitors now."""
    running = is_held(AT_WORK) or is_held(STARTING)  # checked before the data, which appear while the lock is held
    if is_stored(cifar10_folder()):
        return PreparationStatus("ready", "CIFAR-10 is ready.")
    last = _read_status()
    if last.state == "running" and not running:
        return PreparationStatus("failed", "The preparation was interrupted; start it again.")
    return last


def cifar10_folder() -> Path:
    return data_dir() / "cifar10"


@contextmanager
def lock(name: str, waiting: Progress | None = None) -> Iterator[None]:
    """Hold the lock of this name. `waiting` is told if another process has it."""
    with explained_disk_errors():
        data_dir().mkdir(parents=True, exist_ok=True)
        file_lock = FileLock(data_dir() / name)
        try:
            file_lock.acquire(timeout=0.2)  # longer than `is_held` takes
        except Timeout:
            if waiting:
                waiting("Waiting for another process that prepares CIFAR-10", 0, 0)
            file_lock.acquire()
    try:
        yield
    finally:
        file_lock.release()


def is_held(name: str) -> bool:
    """Whether a living process holds the lock of this name."""
    return locks.is_held(data_dir() / name)


@contextmanager
def recorded(progress: Progress) -> Iterator[Progress]:
    """A progress function that also writes the file; an error that ends the work stays there for all to read."""
    last_message, last_time = "", 0.0

    def report(message: str, done: int, total: int) -> None:
        nonlocal last_message, last_time
        progress(message, done, total)
        if message != last_message or time.monotonic() - last_time > WRITE_EVERY:
            last_message, last_time = message, time.monotonic()
            write_status(PreparationStatus("running", message, done, total))

    try:
        yield report
    except DataError as error:
        write_status(PreparationStatus("failed", str(error)))
        raise
    else:
        _path().unlink(missing_ok=True)


def write_status(status: PreparationStatus) -> None:
    new = _path().with_suffix(".new")
    with suppress(OSError):  # the disk is full: the preparation will say so itself
        new.write_text(json.dumps(asdict(status)), encoding="utf-8")
        os.replace(new, _path())


def _read_status() -> PreparationStatus:
    """What the file says; a missing or damaged file gives the idle status."""
    try:
        status = PreparationStatus(**json.loads(_path().read_text(encoding="utf-8")))
        if status.state in ("running", "failed") and isinstance(status.message, str) and status.done >= 0:
            return replace(status, done=min(status.done, status.total))
    except (OSError, ValueError, TypeError, RecursionError):
        pass
    return PreparationStatus("idle", "CIFAR-10 is not on this machine yet.")


def _path() -> Path:
    return data_dir() / "cifar10.status.json"
