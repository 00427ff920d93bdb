"""Claim: thirty visitors use the app at once without an error and without waiting, and the training hardly notices.

    python -m benchmarks.thirty_visitors --seconds 600

A real server, and thirty visitors who speak Streamlit's protocol as browsers do, each in an own session: twenty follow
`benchmarks/journey.py`, thinking 3 to 9 seconds between two clicks, ten watch one training of `lesson` on Shapes-10 at
the page's own pace. Before and after the class the training runs alone, so that its speed has something to be compared
with. Then the same class visits the usual way, `benchmarks/usual_way.py`: TensorFlow in the web process.

The visitors live on this machine too, which in a class are thirty others; what they, the server and the training take
of its processors is part of the figures, and so is what other programs take: with more than a few percent of these, the
figures say little. Linux only.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.conditions import conditions, report
from benchmarks.journey import Pupil, Tally
from benchmarks.processes import look, process_folder, processor_seconds, resident, server_folder
from benchmarks.protocol import visitors
from cnn_core import data, runs
from cnn_core.presets import PRESETS
from tests.e2e.live_app import give_shapes, serve

TARGETS = {"page p95": 700, "widget p95": 300, "training": 0.85, "memory": 450}
USUAL_WAY = "benchmarks/usual_way.py"
WARM_UP = 10.0  # seconds of training before its speed is measured
STARTING = 180.0  # seconds that a training may need to begin
A_MOMENT = 1.0  # seconds between two looks at the server's memory


@dataclass(frozen=True)
class Training:
    """A training that goes on beside the class."""

    images: Callable[[], int]  # how many it has trained on so far
    process: Path  # its folder in /proc


async def rate(training: Training, seconds: float) -> float:
    """The images a second that it trains on in these seconds, with the passes over the validation images."""
    before, started = training.images(), time.perf_counter()
    await asyncio.sleep(seconds)
    return (training.images() - before) / (time.perf_counter() - started)


async def observe(server: Path, until: float) -> dict[str, int]:
    """The most memory, threads and open files that the server has, as often as it is looked at."""
    most = {"all": 0, "own": 0, "threads": 0, "open_files": 0}
    while time.monotonic() < until:
        now = look(server)
        most = {key: max(value, now[key]) for key, value in most.items()}
        await asyncio.sleep(A_MOMENT)
    return most


async def teach(url: str, training: Training, options: argparse.Namespace) -> dict[str, object]:
    """The training alone, with the class, and alone again: what was measured."""
    server, tally = server_folder(url), Tally()
    alone = max(20.0, options.seconds / 10)
    at_rest = resident(server)
    await asyncio.sleep(WARM_UP)
    before = await rate(training, alone)
    processes = {"server": server, "visitors": Path("/proc/self")}
    busy = Shares(processes if training.process == server else processes | {"training": training.process})
    until = time.monotonic() + options.seconds
    pupils = [Pupil(url, number, tally, until) for number in range(options.visitors)]
    watching = options.visitors // 3
    during, most, *_ = await asyncio.gather(
        rate(training, options.seconds),
        observe(server, until),
        *(pupil.watch() for pupil in pupils[:watching]),
        *(pupil.work() for pupil in pupils[watching:]),
    )
    shares = busy.percent()
    after = await rate(training, alone)
    lone = (before + after) / 2
    return {
        "milliseconds": tally.summary(),
        "slowest": tally.slowest,
        "errors": len(tally.errors),
        "said": sorted(set(tally.errors))[:10],
        "megabytes": {"at_rest": at_rest["all"], "most": most["all"], "after": resident(server)["all"]},
        "most": most,
        "images_per_second": {"alone": round(before), "with_class": round(during), "alone_again": round(after)},
        "training_keeps": round(during / lone, 3) if lone else None,
        "percent_of_all_processors": shares,
        "sent_megabytes": round(tally.received / 1e6, 1),
    }


class Shares:
    """What processes take of all processors from now on, in percent; and what other programs take beside them."""

    def __init__(self, processes: dict[str, Path]) -> None:
        self._processes = processes
        self._before = self._now()

    def percent(self) -> dict[str, float]:
        spent = {name: value - self._before[name] for name, value in self._now().items()}
        whole = spent.pop("clock") * os.cpu_count() / 100
        others = spent.pop("all") - sum(spent.values())
        return {name: round(value / whole, 1) for name, value in (spent | {"others": others}).items()}

    def _now(self) -> dict[str, float]:
        user, nice, system, _idle, _waiting, *interrupts = map(int, Path("/proc/stat").read_text().split()[1:8])
        busy = (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
        of_each = {name: processor_seconds(process) for name, process in self._processes.items()}
        return {"clock": time.perf_counter(), "all": busy, **of_each}


@contextmanager
def trained_by_worker(seconds: float) -> Iterator[Training]:
    """A training of `lesson` by the app's worker; it is stopped when the block ends."""
    preset = PRESETS["lesson"]
    config = replace(preset, data_set="shapes10", training=replace(preset.training, seconds=seconds))
    size, in_epoch = config.training.batch_size, len(data.load(config.data_set).split("train"))
    run = runs.start(config)

    def images() -> int:
        at = run.progress()
        return (at.epoch - 1) * in_epoch + min(at.batch * size, in_epoch)

    while run.progress() is None:
        time.sleep(0.2)
    try:
        yield Training(images, process_folder(str(run.path)))
    finally:
        runs.request_stop(run)
        while run.state().is_active:
            time.sleep(0.2)


async def press_start(url: str) -> None:
    async with visitors(url, 1, "training") as [teacher]:
        await teacher.ask()
        await teacher.press("Start training")


def ours(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    runs_dir = folder / "runs"
    os.environ["CNN_RUNS_DIR"] = str(runs_dir)
    with serve(data.data_dir(), runs_dir) as url, trained_by_worker(10 * options.seconds + 3600) as training:
        return asyncio.run(teach(url, training, options))


def usual_way(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    counted = folder / "images"
    os.environ["USUAL_WAY_COUNTS"] = str(counted)
    with serve(data.data_dir(), folder / "runs", USUAL_WAY, enableXsrfProtection="false") as url:
        asyncio.run(press_start(url))
        started = time.monotonic()
        while not counted.exists():
            if time.monotonic() - started > STARTING:
                raise SystemExit("The training of the usual way does not begin.")
            time.sleep(0.2)
        training = Training(lambda: int(counted.read_text() or 0), server_folder(url))
        return asyncio.run(teach(url, training, options))


def verdict(found: dict) -> dict[str, bool]:
    """Which targets are reached."""
    of = found["milliseconds"]
    return {
        "no error": not found["errors"],
        "page change p95 under 700 ms": of["page"]["p95_ms"] < TARGETS["page p95"],
        "widgets p95 under 300 ms": all(
            of[kind]["p95_ms"] < TARGETS["widget p95"] for kind in ("widget", "step") if kind in of
        ),
        "training at 85% of its lone speed": found["training_keeps"] >= TARGETS["training"],
        "memory under 450 MB": found["megabytes"]["most"] < TARGETS["memory"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--without-usual-way", action="store_true", help="only the app")
    options = parser.parse_args()
    before, found = conditions(), {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("CNN_DATA_DIR", str(Path(folder, "data")))
        give_shapes(data.data_dir())
        found["app"] = ours(options, Path(folder))
        found["app"]["targets"] = verdict(found["app"])
        print(json.dumps(found["app"]), file=sys.stderr, flush=True)
        if not options.without_usual_way:
            found["usual_way"] = usual_way(options, Path(folder))
    report(**found, visitors=options.visitors, seconds=options.seconds, load_at_end=os.getloadavg()[0], **before)


if __name__ == "__main__":
    main()
