"""Long computations that nobody has to wait for: each runs in a thread, which is left alone when a stop is asked.

Python cannot end a thread, and TensorFlow no step. What was left computes on, unheeded, until it is done or its process
ends; `leave` ends a process without waiting for it.
"""

import os
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from cnn_core.progress import Stopped

_POLL = 0.05  # seconds
_left: list[threading.Thread] = []
Found = TypeVar("Found")


def unless_stopped(compute: Callable[[], Found], should_stop: Callable[[], bool]) -> Found:
    """What `compute` returns or raises. Raises Stopped at once if a stop is asked meanwhile.

    `compute` must not tell anybody anything, nor change what is read after the stop without `settle`.
    """
    found: list[Found] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            found.append(compute())
        except BaseException as error:
            errors.append(error)

    if should_stop():
        raise Stopped
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_POLL)
        if thread.is_alive() and should_stop():
            _left.append(thread)
            raise Stopped
    if errors:
        raise errors[0]
    return found[0]


def settle(should_stop: Callable[[], bool]) -> None:
    """Wait for what was left, because the next computation would disturb it. Raises Stopped if a stop is asked."""
    while _is_busy():
        _left[0].join(_POLL)
        if should_stop():
            raise Stopped


def leave(code: int, *, always: bool = False) -> int:
    """The exit code of a process, or its end at once: Python would wait for what was left, or trip over it.

    `always`: also if nothing was left, because Python takes most of a second to put TensorFlow away.
    """
    if always or _is_busy():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _is_busy() -> bool:
    _left[:] = [thread for thread in _left if thread.is_alive()]
    return bool(_left)
