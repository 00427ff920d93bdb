"""A stop that nobody answers: the system ends a worker that shows no sign of life."""

import threading
import time

from cnn_core import processes
from cnn_core.runs import presence
from cnn_core.runs.run import Run

_ANSWER = 3.0  # seconds that a worker has to answer, whatever it showed before
_POLL = 0.5
_WATCHED: set[Run] = set()
_LOCK = threading.Lock()


def watch(run: Run) -> None:
    """See to it that the stop that was asked of this run comes about, while this process lives."""
    with _LOCK:
        if run in _WATCHED:
            return
        _WATCHED.add(run)
    threading.Thread(target=_watch, args=(run,), daemon=True).start()


def end_if_silent(run: Run) -> bool:
    """End its worker if that shows no sign of life; whether that was done."""
    worker = run.worker()
    if worker is None or not run.is_silent():
        return False
    return processes.end(worker.pid, worker.birth, lambda: presence.has_worker(run.path))


def _watch(run: Run) -> None:
    try:
        time.sleep(_ANSWER)
        while run.is_stopping() and not end_if_silent(run):
            time.sleep(_POLL)
    finally:
        with _LOCK:
            _WATCHED.discard(run)
