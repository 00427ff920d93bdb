"""Claim: no file that a visitor may bring costs the server 2 s, 200 MB or an exception, and nobody waits for another's.

    python -m benchmarks.hostile_images --seconds 180

Opens every odd image of the tests as the app does, then changed ones, drawn anew for so many seconds: bytes flipped,
numbers made extreme, pieces taken out, doubled, or put in from another file. Each has to be a small image or one
sentence. Then the costliest come again and again for a quarter of that time, while a second visitor opens a normal
photo five times a second, as before that alone. Prints how many files there were, what became of them, the most seconds
(by the clock, and of the processor) and memory that one took, and how long the second visitor waited. Memory is that of
this process and of those that it starts together, above what it was before the first file. On a busy machine seconds by
the clock say little: see the load. Linux only.
"""

import argparse
import io
import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from benchmarks.conditions import conditions, report
from cnn_core import images, memory
from tests.odd_images import odd_images

_LARGEST = 300_000  # bytes of a file that is changed: thousands of them are tried
_EXTREMES = [n.to_bytes(4, order) for n in (0, 1, 2**16 - 1, 2**31 - 1, 2**32 - 1) for order in ("big", "little")]
_OWN = Path("/proc/self")
_LOOK, _LOOK_AROUND = 0.01, 0.05  # seconds between two looks at the memory, and for new processes
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


def fuzz(files: list[tuple[str, bytes]], seconds: float, seed: int) -> Iterator[tuple[str, bytes]]:
    """Changed files, each with a name from which it can be made again."""
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        rng = random.Random(f"{seed} {number}")
        (name, data), (_, other) = rng.choice(files), rng.choice(files)
        yield f"{name}, changed by {seed} {number}", changed(data, other, rng)
        number += 1


class Family:
    """This process and those that it starts, as /proc tells of them."""

    def __init__(self) -> None:
        self._children: list[Path] = []
        self._looked = 0.0

    def memory(self) -> int:
        """Bytes: this process's own, and those of the others, of which what they share is counted once."""
        self._look_around()
        own = _found(_OWN, "status", r"RssAnon:\s+(\d+)")
        return sum(int(text[1]) * 1024 for text in own + self._of_children("smaps_rollup", r"Pss:\s+(\d+)"))

    def processor_seconds(self) -> float:
        """Of the children, living and ended."""
        times = self._of_children("stat", r"\) \S+(?: -?\d+){10} (\d+) (\d+)")
        ticks = sum(int(text[1]) + int(text[2]) for text in times)
        ended = os.times()
        return ticks / os.sysconf("SC_CLK_TCK") + ended.children_user + ended.children_system

    def _of_children(self, file: str, pattern: str) -> list[re.Match]:
        return [text for folder in self._children for text in _found(folder, file, pattern)]

    def _look_around(self) -> None:
        if time.monotonic() - self._looked > _LOOK_AROUND:
            self._looked, parent = time.monotonic(), rf"\) \S+ {os.getpid()} "
            self._children = [folder for folder in Path("/proc").glob("[0-9]*") if _found(folder, "stat", parent)]


def _found(folder: Path, file: str, pattern: str) -> list[re.Match]:
    """What the file in a process's folder says, if it says that, and if there is still such a process."""
    try:
        return list(filter(None, [re.search(pattern, (folder / file).read_text())]))
    except OSError:
        return []


@dataclass
class Tally:
    """What became of the files, and what they took."""

    watch: "Watch"
    opened: int = 0
    sentences: Counter = field(default_factory=Counter)
    exceptions: list[str] = field(default_factory=list)
    costs: list[tuple[float, float, int, str]] = field(default_factory=list)  # clock, processor, megabytes, name

    def open(self, name: str, data: bytes) -> None:
        used, started = self.watch.family.processor_seconds(), time.perf_counter()
        try:
            image = images.open_safely(data)
            self.opened += 1
            assert image.mode == "RGB", image.mode
            assert max(image.size) <= images.MAX_SIDE, image.size
        except images.ImageError as error:
            self.sentences[re.sub(r"\d[\d,]*", "#", str(error).partition(";")[0])] += 1
        except Exception as error:
            self.exceptions.append(f"{name}: {error!r}")
        seconds = time.perf_counter() - started
        processor = self.watch.family.processor_seconds() - used
        self.costs.append((round(seconds, 2), round(processor, 2), self.watch.above_rest(), name))

    def figures(self) -> dict[str, object]:
        most = {key: max(self.costs, key=lambda cost: cost[place]) for place, key in enumerate(("s", "cpu_s", "mb"))}
        return {
            "n": len(self.costs),
            "opened": self.opened,
            "sentences": dict(self.sentences.most_common()),
            "exceptions": self.exceptions,
            "most": {key: (cost[place], cost[3]) for place, (key, cost) in enumerate(most.items())},
            "over_2_s": sum(cost[0] > 2 for cost in self.costs),
            "over_200_mb": sum(cost[2] > 200 for cost in self.costs),
        }


class Watch:
    """Looks at the memory all the time."""

    def __init__(self) -> None:
        self.family = Family()
        self._of_thread = Family()
        self._most = self.rest = self.family.memory()
        threading.Thread(target=self._look, daemon=True).start()

    def above_rest(self) -> int:
        """The most since this was asked last, in millions of bytes."""
        most, self._most = max(self._most, self.family.memory()), 0
        return max(0, most - self.rest) // 1_000_000

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK)
            self._most = max(self._most, self._of_thread.memory())


def visit_alone(photo: bytes, waited: list[float]) -> None:
    started = time.perf_counter()
    images.open_safely(photo)
    waited.append(time.perf_counter() - started)


def visit_beside(photo: bytes, files: list[bytes], seconds: float) -> list[float]:
    """How long each photo of the second visitor took while another brings these files, one after the other."""
    until, waited = time.monotonic() + seconds, []

    def vandal() -> None:
        while time.monotonic() < until:
            for data in files:
                with suppress(images.ImageError):
                    images.open_safely(data)

    thread = threading.Thread(target=vandal)
    thread.start()
    while time.monotonic() < until:
        time.sleep(_PAUSE)
        visit_alone(photo, waited)
    thread.join()
    return waited


def waits(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    picked = {"p50": median(ordered), "p99": ordered[int(len(ordered) * 0.99)], "max": ordered[-1]}
    return {"n": len(ordered), **{name: round(value, 3) for name, value in picked.items()}}


def a_photo() -> bytes:
    """As a browser sends it."""
    file, rng = io.BytesIO(), np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (1200, 1600, 3), np.uint8)).save(file, "JPEG", quality=92)
    return file.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=None, help="of the changed files; by default another each time")
    options = parser.parse_args()
    before, seed = conditions(), random.randrange(10**6) if options.seed is None else options.seed
    print("seed", seed, flush=True)
    photo, made = a_photo(), dict(odd_images())
    small = [(name, data) for name, data in made.items() if 0 < len(data) <= _LARGEST]
    memory.give_back_small_blocks()
    watch, alone = Watch(), []
    odd, changed_ones = Tally(watch), Tally(watch)
    for name, data in made.items():
        odd.open(name, data)
    for name, data in fuzz(small, options.seconds, seed):
        changed_ones.open(name, data)
    for _ in range(50):
        time.sleep(_PAUSE)
        visit_alone(photo, alone)
    costliest = sorted(odd.costs, key=lambda cost: cost[1])[-30:]
    beside = visit_beside(photo, [made[name] for *_, name in costliest], options.seconds / 4)
    report(
        seed=seed,
        rest_megabytes=watch.rest // 1_000_000,
        odd_images=odd.figures(),
        changed=changed_ones.figures(),
        costliest=[(name, processor) for _, processor, _, name in costliest],
        second_visitor={"alone": waits(alone), "beside": waits(beside)},
        load_at_end=os.getloadavg()[0],
        **before,
    )


if __name__ == "__main__":
    main()
