"""Claim: no file that a visitor may bring costs the server 2 s, 200 MB or an exception, and nobody waits for another's.

    python -m benchmarks.hostile_images --seconds 180

Opens every odd image of the tests as the app does, then changed ones, drawn anew for so many seconds: bytes flipped,
numbers made extreme, pieces taken out, doubled, or put in from another file. Each has to be a small image or a
sentence. Meanwhile a second visitor opens a normal photo five times a second, before that alone. Prints how many files
there were, what became of them, the most seconds (by the clock, and of the processor) and memory that one took, and how
long the second visitor waited. Memory is that of this process and of those that it starts, above what it was before.
By the clock a busy machine takes longer: see the load. Linux only.
"""

import argparse
import io
import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from benchmarks.conditions import conditions, report
from cnn_core import images
from tests.odd_images import odd_images

_LARGEST = 300_000  # bytes of a file that is changed: thousands of them are tried
_EXTREMES = [n.to_bytes(4, order) for n in (0, 1, 2**16 - 1, 2**31 - 1, 2**32 - 1) for order in ("big", "little")]
_LOOK = 0.005  # seconds between two looks at the memory
_PAUSE = 0.2  # seconds between two photos of the second visitor


def changed(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """The file as a vandal sends it, with one to six changes."""
    broken = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        if not broken:
            break
        at = rng.randrange(min(len(broken), rng.choice((64, 512, len(broken)))))
        length = rng.choice((1, 4, rng.randint(1, 300)))
        kind = rng.randrange(7)
        if kind == 0:
            broken[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            broken[at] = rng.randrange(256)
        elif kind == 2:
            broken[at : at + 4] = rng.choice(_EXTREMES)
        elif kind == 3:
            del broken[at : at + length]
        elif kind == 4:
            broken[at:at] = broken[at : at + length] * rng.choice((1, 2, 100))
        elif kind == 5 and other:
            start = rng.randrange(len(other))
            broken[at : at + length] = other[start : start + length]
        else:
            del broken[rng.randrange(len(broken)) :]
    return bytes(broken)


def fuzz(seconds: float, seed: int) -> Iterator[tuple[str, bytes]]:
    """Changed files, each with a name from which it can be made again."""
    files = [(name, data) for name, data in odd_images() if 0 < len(data) <= _LARGEST]
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        rng = random.Random(f"{seed} {number}")
        (name, data), (_, other) = rng.choice(files), rng.choice(files)
        yield f"{name}, changed by {seed} {number}", changed(data, other, rng)
        number += 1


def family() -> dict[int, str]:
    """This process and those that it has started, by their ids: what /proc says in `stat` after the name."""
    own = os.getpid()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2]
        except OSError:
            continue
        if int(folder.name) == own or int(fields.split()[1]) == own:
            found[int(folder.name)] = fields
    return found


def memory() -> int:
    """Bytes of this process and its children, those that they share counted once."""
    total = 0
    for pid in family():
        try:
            total += int(re.search(r"Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())[1]) * 1024
        except (OSError, TypeError):
            continue
    return total


def processor_seconds() -> float:
    """Of the children, living and ended."""
    ticks = sum(sum(map(int, fields.split()[11:13])) for pid, fields in family().items() if pid != os.getpid())
    ended = os.times()
    return ticks / os.sysconf("SC_CLK_TCK") + ended.children_user + ended.children_system


@dataclass
class Tally:
    """What became of the files."""

    n: int = 0
    opened: int = 0
    sentences: Counter = field(default_factory=Counter)
    exceptions: list[str] = field(default_factory=list)
    seconds: tuple[float, str] = (0.0, "")
    processor: tuple[float, str] = (0.0, "")
    memory: tuple[int, str] = (0, "")

    def open(self, name: str, data: bytes, peak: Callable[[], int]) -> None:
        used, started = processor_seconds(), time.perf_counter()
        try:
            image = images.open_safely(data)
            self.opened += 1
            assert image.mode == "RGB", image.mode
            assert max(image.size) <= images.MAX_SIDE, image.size
        except images.ImageError as error:
            self.sentences[re.sub(r"[\d,]+", "#", str(error).partition(";")[0])] += 1
        except Exception as error:
            self.exceptions.append(f"{name}: {error!r}")
        self.n += 1
        self.seconds = max(self.seconds, (round(time.perf_counter() - started, 2), name))
        self.processor = max(self.processor, (round(processor_seconds() - used, 2), name))
        self.memory = max(self.memory, (peak(), name))


class Watch:
    """Looks at the memory all the time."""

    def __init__(self) -> None:
        self._most = self.rest = memory()
        self._is_over = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def above_rest(self) -> int:
        """The most since this was asked last, in millions of bytes."""
        most, self._most = self._most, 0
        return max(0, most - self.rest) // 1_000_000

    def _look(self) -> None:
        while not self._is_over.wait(_LOOK):
            self._most = max(self._most, memory())


def second_visitor(photo: bytes, is_over: threading.Event, waited: list[float]) -> None:
    while not is_over.wait(_PAUSE):
        started = time.perf_counter()
        images.open_safely(photo)
        waited.append(time.perf_counter() - started)


def waits(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    picked = {"p50": median(ordered), "p99": ordered[int(len(ordered) * 0.99)], "max": ordered[-1]}
    return {"n": len(ordered), **{name: round(value, 3) for name, value in picked.items()}}


def attend(files: Iterator[tuple[str, bytes]], watch: Watch, photo: bytes) -> dict[str, object]:
    """Open these files one after the other, and a second visitor's photo all the time."""
    tally, is_over, waited = Tally(), threading.Event(), []
    visitor = threading.Thread(target=second_visitor, args=(photo, is_over, waited))
    visitor.start()
    for name, data in files:
        tally.open(name, data, watch.above_rest)
    is_over.set()
    visitor.join()
    return {
        "n": tally.n,
        "opened": tally.opened,
        "sentences": dict(tally.sentences.most_common()),
        "exceptions": tally.exceptions,
        "worst_seconds": tally.seconds,
        "worst_processor_seconds": tally.processor,
        "worst_megabytes_above_rest": tally.memory,
        "second_visitor_waits": waits(waited),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=None, help="of the changed files; by default another each time")
    options = parser.parse_args()
    before, seed = conditions(), random.randrange(10**6) if options.seed is None else options.seed
    print("seed", seed, flush=True)
    file = io.BytesIO()  # as a browser sends it
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (1200, 1600, 3), np.uint8)).save(file, "JPEG", quality=92)
    photo, made = file.getvalue(), list(odd_images())
    watch = Watch()
    alone: list[float] = []
    for _ in range(50):
        started = time.perf_counter()
        images.open_safely(photo)
        alone.append(time.perf_counter() - started)
    figures = {
        "rest_megabytes": watch.rest // 1_000_000,
        "second_visitor_alone": waits(alone),
        "odd_images": attend(iter(made), watch, photo),
        "changed": attend(fuzz(options.seconds, seed), watch, photo),
    }
    report(seed=seed, **figures, load_at_end=os.getloadavg()[0], **before)


if __name__ == "__main__":
    main()
