"""Whether somebody holds a lock. The operating system frees a lock when its holder dies, so it never lies."""

import threading
from pathlib import Path

from filelock import FileLock, Timeout

_LOOKING = threading.Lock()  # two visitors of one app must not take each other for a worker
_PATIENCE = 0.002  # seconds, for another process that looks at the same instant


def is_held(lock_file: Path) -> bool:
    """Whether a living process holds it. Takes it for an instant, so whoever takes it in earnest waits a moment.

    A process identifier would prove nothing: it may be a zombie's, or somebody else's by now.
    """
    if not lock_file.exists():
        return False
    with _LOOKING:
        lock = FileLock(lock_file)
        try:
            lock.acquire(timeout=_PATIENCE, poll_interval=_PATIENCE / 2)
        except Timeout:
            return True
        except OSError:  # in a folder that cannot be written to nobody is at work
            return False
        lock.release()
        return False
