"""Locks between processes. The operating system frees a lock when its holder dies, so a lock never lies.

A process id would prove nothing: it may belong to a zombie, or to a new process by now.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

_LOOKING = (
    threading.Lock()
)  # on Windows a look takes the lock, so two visitors must not mistake each other for a worker
# A link is not followed to a lock elsewhere, and a pipe in the lock's place is not waited for.
_STRAIGHT = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_POLL = 0.005  # seconds
_LOOK_PATIENCE = 0.002  # seconds, for another process that looks at the same instant


class Taken(Exception):
    """Somebody else holds the lock."""


def is_held(lock_file: Path) -> bool:
    """Whether a living process holds the lock. Creates nothing; a file that cannot be opened counts as not held."""
    try:
        descriptor = os.open(lock_file, (os.O_RDONLY if fcntl else os.O_RDWR) | _STRAIGHT)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return False
    try:
        return not _can_be_shared(descriptor)
    finally:
        os.close(descriptor)  # which gives back what looking has taken


@contextmanager
def hold(lock_file: Path, patience: float) -> Iterator[None]:
    """Hold the lock for the block. Raises Taken if it is not free within `patience` seconds.

    Unlike filelock's, it never creates the folder: a worker must not restore a run that has been deleted.
    """
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | _STRAIGHT, 0o644)
    try:
        deadline = time.monotonic() + patience
        while not _take(descriptor):
            if time.monotonic() > deadline:
                raise Taken
            time.sleep(_POLL)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        if fcntl:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _can_be_shared(descriptor: int) -> bool:
    """Processes that only look do not disturb one another; a worker that comes at that instant waits for them."""
    if fcntl:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
    with _LOOKING:  # Windows has no shared lock
        deadline = time.monotonic() + _LOOK_PATIENCE
        while not (taken := _take(descriptor)) and time.monotonic() < deadline:
            time.sleep(_LOOK_PATIENCE / 2)
        if taken:
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        return taken
