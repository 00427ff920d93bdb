"""The process in which a stranger's images are decoded: `python -m cnn_core.images.opener BOUNDS`, started by `apart`.

It reads the files from standard input and answers on standard output (see `protocol`), and ends when its input does:
when the server has ended, however it ended. What a file does to a decoder ends with this process: the system ends it
when a file takes too much processor time, and refuses it too much memory, every other process, file and connection.
Not so on Windows; and memory is bounded on Linux only.
"""

import faulthandler
import importlib
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from cnn_core.images.kinds import ImageError
from cnn_core.images.opening import Heavy, checked, decoded
from cnn_core.images.protocol import (
    HEAVY,
    IMAGE,
    LENGTH,
    MEASURES_TIME,
    NO_MEMORY,
    READY,
    SENTENCE,
    SIZE,
    Bounds,
)

try:
    import resource
except ImportError:  # Windows
    resource = None

ENDED_FIRST = 800  # of 1,000: how strongly the system prefers to end this process when memory runs out


def main() -> None:
    bounds = Bounds(int(sys.argv[1]), *map(float, sys.argv[2:]))
    _import_decoders()
    _shut_in(bounds.memory)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _say(answers, READY)
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        _say(answers, *_answer(requests.read(LENGTH.unpack(head)[0]), bounds))


def _say(answers: BinaryIO, *parts: bytes) -> None:
    for part in parts:
        answers.write(part)
    answers.flush()


def _answer(data: bytes, bounds: Bounds) -> tuple[bytes, ...]:
    _end_after(bounds.seconds, bounds.patience)
    try:
        pixels = decoded(checked(data, bounds.share), data)
        return IMAGE, SIZE.pack(*pixels.size), pixels.tobytes()
    except ImageError as error:
        sentence = str(error).encode()
        return SENTENCE, LENGTH.pack(len(sentence)), sentence
    except Heavy:
        return (HEAVY,)
    except MemoryError:
        return (NO_MEMORY,)
    finally:
        _end_after(0, 0)


def _end_after(seconds: float, patience: float) -> None:
    """Have this process ended after so much processor time, or time by the clock, whatever it does; 0: no more."""
    if MEASURES_TIME:
        signal.setitimer(signal.ITIMER_PROF, seconds)  # then comes SIGPROF
        signal.setitimer(signal.ITIMER_REAL, patience)  # then comes SIGALRM
    elif patience:
        faulthandler.dump_traceback_later(patience, exit=True)  # a thread, which elsewhere could not be started
    else:
        faulthandler.cancel_dump_traceback_later()


def _import_decoders() -> None:
    """All that `opening` needs, which imports them only when it is asked: later this process can read no file."""
    Image.preinit()  # BMP, GIF, JPEG, PNG
    plugins = (f"{name}ImagePlugin" for name in ("Avif", "Mpo", "Tiff", "WebP"))
    for name in (*plugins, "ImageCms", "ImageColor", "ImagePalette"):
        importlib.import_module(f"PIL.{name}")
    sys.modules["PIL.AvifImagePlugin"].DEFAULT_MAX_THREADS = 1  # each takes memory


def _shut_in(memory: int) -> None:
    """Take from this process what decoding does not need."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, whose end ends this
    if MEASURES_TIME:
        for number in (signal.SIGPROF, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
    with suppress(OSError):  # Linux only
        Path("/proc/self/oom_score_adj").write_text(str(ENDED_FIRST), encoding="ascii")
    _limit("RLIMIT_CORE", 0)  # a core dump would hold the photo
    with suppress(OSError):  # Linux only
        numbers = Path("/proc/self/statm").read_text(encoding="ascii").split()
        whole, own = (int(numbers[place]) * os.sysconf("SC_PAGE_SIZE") for place in (0, 5))
        _limit("RLIMIT_DATA", own + memory)
        _limit("RLIMIT_AS", whole + memory)
    _limit("RLIMIT_NPROC", 0)
    _limit("RLIMIT_FSIZE", 0)
    _limit("RLIMIT_NOFILE", 0)  # those that are open stay


def _limit(name: str, most: int) -> None:
    if resource is None:
        return
    with suppress(AttributeError, ValueError, OSError):  # the system has no such limit
        resource.setrlimit(getattr(resource, name), (most, most))


if __name__ == "__main__":
    main()
