"""Claim: a server on which runs come and go for 45 minutes is no larger at the end than it was in the middle.

    python -m benchmarks.soak --minutes 45

A real server and five visitors who speak Streamlit's protocol. They start trainings of `lesson` on Shapes-10 of a few
seconds each, watch, stop, resume, replay, rename, delete and download runs, and ask their networks; now and then a
worker is killed. Each minute the server's memory, threads, open files, children and zombies are read, the number of
runs on its disk and of its sessions. Prints one JSON line: the medians of each quarter, the slopes in an hour of all
but the first quarter, how often what was done, what was refused, and the errors.

Flat: the last quarter's median memory is at most 5% and 10 MB above the second quarter's, threads and open files at
most two above, sockets at most thirty (ten visitors who have gone: Streamlit keeps three of each for two minutes), and
after the end no child and no zombie is left. The first quarter fills caches. Linux only.
"""

import argparse
import asyncio
import os
import random
import re
import signal
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.conditions import conditions, report
from benchmarks.processes import children, process_folder, server_folder
from benchmarks.run_visitors import Tally, Trainee, own_runs
from cnn_core import runs
from cnn_core.runs import RunState
from tests.e2e.live_app import give_shapes, serve

VISITORS = 5
SAMPLES = 24  # at least, also of a short try
LOOKS = 5  # of one sample, a moment apart: the smallest counts, without the threads of a page that is being drawn
KILLING = (60.0, 150.0)  # seconds between two killed workers
OF_VISITORS = ("socket", "anon_inode")  # kinds of what is open
MORE_MEMORY, MORE_MEGABYTES, MORE_THREADS, MORE_FILES, MORE_SOCKETS = 1.05, 10, 2, 2, 30  # what flat still allows


@dataclass
class Sample:
    """The server at a moment; memory in MB."""

    minute: float
    resident: float
    own: float  # without what is mapped from files, which the system can take back
    threads: int
    files: int
    sockets: int  # and what waits for them; three for each visitor, until two minutes after the last word
    children: int
    zombies: int
    runs: int
    sessions: int


def look(server: Path, tally: Tally, began: float) -> Sample:
    status = (server / "status").read_text()
    states = list(children(int(server.name)))
    kinds = kinds_of_files(server)
    sockets = sum(kinds.get(kind, 0) for kind in OF_VISITORS)
    return Sample(
        minute=round((time.monotonic() - began) / 60, 2),
        resident=_megabytes(status, "VmRSS"),
        own=_megabytes(status, "RssAnon"),
        threads=int(re.search(r"Threads:\s+(\d+)", status)[1]),
        files=sum(kinds.values()) - sockets,
        sockets=sockets,
        children=len(states),
        zombies=states.count("Z"),
        runs=len(own_runs()),
        sessions=tally.here,
    )


def kinds_of_files(server: Path) -> dict[str, int]:
    """What the server holds open: the endings of files, else what the kernel calls it."""
    kinds: Counter[str] = Counter()
    for descriptor in (server / "fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            target = os.readlink(descriptor)
            kinds[(Path(target).suffix or "file") if target.startswith("/") else target.partition(":")[0]] += 1
    return dict(kinds)


def _megabytes(status: str, name: str) -> float:
    return round(int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024 / 1e6, 1)


async def take_samples(server: Path, tally: Tally, until: float, every: float) -> list[Sample]:
    began, samples = time.monotonic(), []
    while time.monotonic() < until:
        await asyncio.sleep(every)
        looks = []
        for _ in range(LOOKS):
            looks.append(await asyncio.to_thread(look, server, tally, began))
            await asyncio.sleep(0.3)
        least = {name: min(getattr(each, name) for each in looks) for name in asdict(looks[0])}
        samples.append(Sample(**least))
    return samples


async def kill_workers(tally: Tally, until: float) -> None:
    """As a system that runs out of memory does, at any moment of a training."""
    rng = random.Random(0)
    while time.monotonic() < until:
        await asyncio.sleep(rng.uniform(*KILLING))
        if (run := runs.running()) and run.state() != RunState.STARTING:
            with suppress(SystemExit, ProcessLookupError):  # it has ended meanwhile
                os.kill(int(process_folder(str(run.path)).name), signal.SIGKILL)
                tally.done["kill -9"] += 1


async def soak(url: str, seconds: float) -> tuple[list[Sample], Tally]:
    tally, until = Tally(), time.monotonic() + seconds
    trainees = [Trainee(url, number, tally, until).work() for number in range(VISITORS)]
    every = min(60.0, seconds / SAMPLES)
    samples, *_ = await asyncio.gather(
        take_samples(server_folder(url), tally, until, every), kill_workers(tally, until), *trainees
    )
    return samples, tally


def come_to_rest() -> None:
    """Stop what is being trained, and wait until it has ended."""
    while run := runs.running():
        with suppress(runs.RunError):
            runs.request_stop(run)
        time.sleep(0.5)


def quarters(samples: list[Sample]) -> dict[str, list[float]]:
    """The median of each quarter, of each figure."""
    parts = [list(part) for part in np.array_split(np.arange(len(samples)), 4)]
    names = [name for name in asdict(samples[0]) if name != "minute"]
    return {name: [median(getattr(samples[at], name) for at in part) for part in parts] for name in names}


def slopes(samples: list[Sample]) -> dict[str, float]:
    """How much more in an hour, after the first quarter."""
    later = samples[len(samples) // 4 :]
    hours = [sample.minute / 60 for sample in later]
    names = ("resident", "own", "threads", "files", "sockets")
    return {name: round(np.polyfit(hours, [getattr(each, name) for each in later], 1)[0], 1) for name in names}


def is_flat(medians: dict[str, list[float]], at_the_end: Sample) -> dict[str, bool]:
    """Each by its name; the module says what flat is."""
    second, last = ({name: row[at] for name, row in medians.items()} for at in (1, 3))
    memory = {name: last[name] <= MORE_MEMORY * second[name] + MORE_MEGABYTES for name in ("resident", "own")}
    return {
        **memory,
        "threads": last["threads"] <= second["threads"] + MORE_THREADS,
        "files": last["files"] <= second["files"] + MORE_FILES,
        "sockets": last["sockets"] <= second["sockets"] + MORE_SOCKETS,
        "children": at_the_end.children == 0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=45)
    seconds = 60 * parser.parse_args().minutes
    before = conditions()
    with tempfile.TemporaryDirectory() as folder:
        data_dir, runs_dir = Path(folder, "data"), Path(folder, "runs")
        os.environ |= {"CNN_DATA_DIR": str(data_dir), "CNN_RUNS_DIR": str(runs_dir)}
        give_shapes(data_dir)
        with serve(data_dir, runs_dir) as url:
            samples, tally = asyncio.run(soak(url, seconds))
            come_to_rest()
            time.sleep(2)  # until the server has seen its last child end
            at_the_end = look(server_folder(url), tally, time.monotonic())
            files = kinds_of_files(server_folder(url))
        states = [str(run.state()) for run in own_runs()]
    medians = quarters(samples)
    report(
        flat=is_flat(medians, at_the_end),
        quarters=medians,
        slopes_in_an_hour=slopes(samples),
        at_the_end=asdict(at_the_end),
        open_files=files,
        states={state: states.count(state) for state in sorted({*states})},
        done=dict(sorted(tally.done.items())),
        refused=dict(tally.refused),
        errors=dict(tally.errors),
        samples=len(samples),
        seconds=seconds,
        **before,
    )
    if tally.errors or not all(is_flat(medians, at_the_end).values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
