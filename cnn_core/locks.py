"""Whether somebody holds a lock. The operating system frees a lock when its holder dies, so it never lies."""

import threading
import time
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout


class _Look(NamedTuple):
    began: float  # on the monotonic clock
    found_held: bool


_LOOKING = threading.Lock()  # two visitors of one app must not take each other for a worker
_last_look: dict[Path, _Look] = {}
_PATIENCE = 0.002  # seconds, for another process that looks at the same instant


def is_held(lock_file: Path) -> bool:
    """Whether a living process holds it. Takes it for an instant, so whoever takes it in earnest waits a moment.

    A process identifier would prove nothing: it may be a zombie's, or somebody else's by now. Threads that ask at the
    same time share one look, which takes milliseconds: thirty visitors would queue for it otherwise.
    """
    if not lock_file.exists():
        return False
    asked = time.monotonic()
    with _LOOKING:
        look = _last_look.get(lock_file)
        if look is None or look.began <= asked:  # one that began earlier may have seen what has changed since
            look = _last_look[lock_file] = _Look(time.monotonic(), _is_taken(FileLock(lock_file)))
        return look.found_held


def _is_taken(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=_PATIENCE, poll_interval=_PATIENCE / 2)
    except Timeout:
        return True
    except OSError:  # in a folder that cannot be written to nobody is at work
        return False
    lock.release()
    return False
