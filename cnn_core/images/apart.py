"""A stranger's image, decoded in a process of its own, so that no file can hurt the server or let others wait.

`open_safely` gives what `open_image` gives, or one sentence, whatever the file is: a file that takes too much time or
memory, or breaks its decoder, ends a process that does nothing else. There are two. What a browser sends, a photo that
it has made small, is opened in the quick one; what takes more is handed to the thorough one, where only others of its
kind wait for it. Each is started when it is needed, and ends when it has had nothing to do for a minute.

Of time the processor's is bounded, where the system can tell: by the clock a small or busy server needs many times as
much. Windows cannot, and neither it nor macOS bounds memory: there the limits of `opening` have to do.
"""

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PIL import Image

from cnn_core.images import protocol
from cnn_core.images.kinds import AS_JPEG, SMALLER, ImageError
from cnn_core.images.opening import MAX_BYTES, MAX_SIDE, NO_MEMORY, TOO_LONG, check_size
from cnn_core.images.protocol import Bounds

PATIENCE = 20.0  # seconds by the clock, for one's turn and for the image: enough for a tenth of a core
_IS_TIMED = protocol.MEASURES_TIME
QUICK = Bounds(memory=80_000_000, seconds=0.2, patience=PATIENCE if _IS_TIMED else 1.0, share=0.33)
THOROUGH = Bounds(memory=160_000_000, seconds=1.2, patience=PATIENCE if _IS_TIMED else 4.0, share=1.0)
IDLE = 60.0  # seconds
_START = 60.0  # seconds by the clock; it takes 0.15 of a processor
_GRACE = 2.0  # seconds after which a process is ended that should have ended itself
_LONGEST_SENTENCE = 2_000  # bytes

_ROOT = Path(__file__).parents[2]
# What Python needs to start. The environment may hold secrets, which are not for where strangers' bytes are decoded.
_INHERITED = (
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "HOME",
    "SYSTEMROOT",
    "APPDATA",
)
_SMALL = {"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "300000"}

_BUSY = "Many photos are being opened just now; try again in a minute."
_NOT_HERE = "The server cannot open photos just now; try again in a minute."
_TOO_MUCH = f"The image takes too much memory to open; {SMALLER}."
_BREAKS = f"The image is damaged in a way that breaks its decoder; {AS_JPEG}."


class _Gone(Exception):
    """The process had ended before it was asked."""


class _Nonsense(Exception):
    """The process says what it cannot say: somebody has taken it over."""


class _TooMuch(Exception):
    """The image takes more than the bounds allow; the sentence for where no others are larger."""


def open_safely(data: bytes, most: float = MAX_BYTES) -> Image.Image:
    """The image in `data`, as `open_image` gives it; whatever else it is, ImageError with one sentence.

    `most`: bytes that a file may have on this server.
    """
    check_size(data, min(most, MAX_BYTES))
    try:
        with suppress(_TooMuch):
            return _quick.open(data)
        return _thorough.open(data)
    except _TooMuch as heavy:
        raise ImageError(str(heavy)) from None


class Opener:
    """A process that opens one image after the other, within bounds."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._turn = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._is_ready = False
        self._idle: threading.Timer | None = None

    def open(self, data: bytes) -> Image.Image:
        """The image. Raises ImageError, or _TooMuch where larger bounds may be enough."""
        with self._my_turn():
            try:
                return self._ask(data)
            except _Gone:  # it was ended while it had nothing to do
                self.end()
            try:
                return self._ask(data)
            except _Gone:
                self.end()
                raise ImageError(_NOT_HERE) from None

    def end(self) -> None:
        """End the process, if there is one, and leave no zombie."""
        process, self._process, self._is_ready = self._process, None, False
        if process:
            process.kill()
            with suppress(OSError), process:  # closes the pipes and waits
                pass

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=PATIENCE):
            raise ImageError(_BUSY)
        try:
            if self._idle:
                self._idle.cancel()
            yield
        finally:
            self._idle = threading.Timer(IDLE, self._end_if_idle)
            self._idle.daemon = True
            self._idle.start()
            self._turn.release()

    def _end_if_idle(self) -> None:
        if self._turn.acquire(blocking=False):
            self.end()
            self._turn.release()

    def _ask(self, data: bytes) -> Image.Image:
        process = self._ready()
        until = time.monotonic() + self._bounds.patience
        with _ended_after(process, self._bounds.patience + _GRACE):
            try:
                process.stdin.write(protocol.LENGTH.pack(len(data)))
                process.stdin.write(data)
                process.stdin.flush()
            except OSError:
                raise _Gone from None
            try:
                return _answer(process)
            except EOFError:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_GRACE)
            except _Nonsense:
                pass
        code = process.poll()
        self.end()
        with suppress(OSError):  # the next one shall not wait for it
            self._begin()
        if time.monotonic() > until or (_IS_TIMED and code in (-signal.SIGPROF, -signal.SIGALRM)):
            raise _TooMuch(TOO_LONG)
        if _IS_TIMED and code == -signal.SIGKILL:
            raise ImageError(NO_MEMORY)  # the system's
        raise ImageError(_BREAKS)

    def _ready(self) -> subprocess.Popen:
        """The process, which waits for a file."""
        try:
            process = self._process or self._begin()
        except OSError:
            raise ImageError(_NOT_HERE) from None
        if not self._is_ready:
            with _ended_after(process, _START):
                self._is_ready = process.stdout.read(1) == protocol.READY
            if not self._is_ready:
                raise _Gone
        return process

    def _begin(self) -> subprocess.Popen:
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ} | _SMALL
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.opener", *map(str, self._bounds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what decoders say of a file is in no log
            cwd=_ROOT,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._is_ready = False
        atexit.unregister(self.end)
        atexit.register(self.end)
        return self._process


@contextmanager
def _ended_after(process: subprocess.Popen, seconds: float) -> Iterator[None]:
    """Within the block, so many seconds long the process may live; then its pipes end, and nobody waits for them."""
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _answer(process: subprocess.Popen) -> Image.Image:
    """The image that the process sends, or the error that it asks for. EOFError if it ends instead."""
    kind = _read(process, 1)
    if kind == protocol.IMAGE:
        size = protocol.SIZE.unpack(_read(process, protocol.SIZE.size))
        if not 1 <= min(size) <= max(size) <= MAX_SIDE:
            raise _Nonsense
        return Image.frombytes("RGB", size, _read(process, 3 * size[0] * size[1]))
    if kind == protocol.SENTENCE:
        length = protocol.LENGTH.unpack(_read(process, protocol.LENGTH.size))[0]
        if length > _LONGEST_SENTENCE:
            raise _Nonsense
        raise ImageError(_read(process, length).decode(errors="replace"))
    if kind == protocol.HEAVY:
        raise _TooMuch(TOO_LONG)
    if kind == protocol.NO_MEMORY:
        raise _TooMuch(_TOO_MUCH)
    raise _Nonsense


def _read(process: subprocess.Popen, length: int) -> bytes:
    data = process.stdout.read(length)
    if len(data) < length:
        raise EOFError
    return data


_quick, _thorough = Opener(QUICK), Opener(THOROUGH)
