"""A worker's sign of life: every two seconds it writes down the time, by a clock that nobody sets.

A thread of the worker does so, as long as the process computes: one that was halted, or waits for something that never
comes, uses no processor time. Importing and compiling TensorFlow let the thread through, also on a busy machine;
writing a network of 20 million parameters holds it up for up to three seconds of a whole core.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cnn_core.runs import files
from cnn_core.runs.opening import STRAIGHT, open_file

INTERVAL = 2.0  # seconds
SILENT = 20.0  # seconds after which a worker shows no sign of life; so it is seen within 30 by who is asked less often
_LEAST = 0.005  # of a core: asking for a stop again and again takes a fifth of that


@contextmanager
def beating(folder: Path, on_beat: Callable[[], None]) -> Iterator[None]:
    """Show signs of life in the block. `on_beat` is called with each, and without one too."""
    path, is_over = folder / files.HEARTBEAT, threading.Event()
    with suppress(OSError):  # on a full disk this worker shows none
        _write(path)

    def beat() -> None:
        at, used = time.monotonic(), time.process_time()
        while not is_over.wait(INTERVAL):
            now, now_used = time.monotonic(), time.process_time()
            if now_used - used >= _LEAST * (now - at):
                with suppress(OSError):
                    _write(path)
                at, used = now, now_used
            on_beat()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        with suppress(OSError):
            path.unlink()


def age(folder: Path) -> float | None:
    """Seconds since the last sign of life; None if there is none that can be read."""
    try:
        with open_file(os.path.join(folder, files.HEARTBEAT)) as file:
            return max(0.0, time.monotonic() - float(file.read(40)))
    except (OSError, ValueError):
        return None


def _write(path: Path) -> None:
    """In place, in one piece of always the same length: a full disk has room for it, and a reader sees all of it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | STRAIGHT, 0o644)
    try:
        os.write(descriptor, b"%020.3f\n" % time.monotonic())
    finally:
        os.close(descriptor)
