"""Why training should stop: a signal, a request, or the end of the app that started it; and whether to finish now."""

import ctypes
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cnn_core import cluster, runs

ON_REQUEST = "stopped on request"
OUT_OF_TIME = "it took longer than a run of a pupil may"
GRACE = 10.0  # seconds that a worker has to end in order, once it should end without a test


class StopReasons:
    """Why this worker should stop, if it should."""

    def __init__(self, run: runs.Run, parent: int | None, seconds: float = math.inf) -> None:
        """`seconds`: that it may take for everything, also before and after the training itself."""
        self._run = run
        self._deadline = time.monotonic() + seconds
        self._app_is_there = (lambda: True) if parent is None else watch(parent)
        self._signal: str | None = None
        self._urgent_since: float | None = None

    @contextmanager
    def listening(self, *, to_keyboard: bool) -> Iterator[None]:
        """Treat SIGTERM as a stop; Ctrl-C too in a terminal, where a worker of the app ignores it."""
        handlers = {
            signal.SIGTERM: lambda *_: self._hear("the system told its process to end"),
            signal.SIGINT: (lambda *_: self._hear("stopped with Ctrl-C")) if to_keyboard else signal.SIG_IGN,
        }
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def current(self) -> str | None:
        if reason := self._urgent():
            return reason
        if time.monotonic() > self._deadline:
            return OUT_OF_TIME
        return ON_REQUEST if self._run.stop_is_requested() else None

    def is_there_one(self) -> bool:
        return self.current() is not None

    def is_finish_asked(self) -> bool:
        """Whether the run is to finish now; never on several machines, which have a clock each."""
        return self._run.finish_is_requested() and cluster.size() == 1

    def end_if_overdue(self) -> None:
        """Called every few seconds: end this process where it stands if it does not end in order.

        Something may hold it up for minutes, such as a disk. Its run is then interrupted, and can be resumed.
        """
        if not self._urgent():
            return
        self._urgent_since = self._urgent_since or time.monotonic()
        if time.monotonic() - self._urgent_since > GRACE:
            os._exit(1)

    def _urgent(self) -> str | None:
        if self._signal:
            return self._signal
        return None if self._app_is_there() else "the app that started it ended"

    def _hear(self, reason: str) -> None:
        self._signal = reason


def watch(parent: int) -> Callable[[], bool]:
    """A function that says whether the process that started this one is still there."""
    if sys.platform != "win32":
        return lambda: os.getppid() == parent
    # Windows keeps a dead parent's number, and puts the python.exe of a virtual environment between the two.
    kernel = ctypes.WinDLL("kernel32")
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.OpenProcess(0x00100000, False, parent))  # SYNCHRONIZE: the right to wait for it
    return lambda: kernel.WaitForSingleObject(handle, 0) == 0x102  # WAIT_TIMEOUT: it has not ended
