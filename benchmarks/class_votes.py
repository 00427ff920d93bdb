"""Claim: thirty phones that vote and watch a training cost the server 12% of two cores at most, the training 5%.

    python -m benchmarks.class_votes --seconds 120

A real server, a training of `lesson` on Shapes-10 by the app's worker, and thirty visitors who speak Streamlit's
protocol as browsers do. They have joined a class, watch the training at the page's own pace and the panel at its own,
and vote a moment after they see a question. The teacher, one visitor more, opens a question of the bank
every twenty seconds, explains, reveals, and puts it away. Before and after, the training runs alone; and for as long
as the class votes, thirty visitors who are in no class watch it: the difference is what the class costs.

The visitors live on this machine too, which in a class are thirty others, and what they take of its processors the
training cannot have. What other programs take is told as well: with more than a few percent, the figures say little.
Linux only.
"""

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

from benchmarks.class_members import ARRIVING, Course, Phone, Screen, Teacher
from benchmarks.conditions import conditions, report
from benchmarks.journey import Tally
from benchmarks.processes import server_folder
from benchmarks.protocol import visitors
from benchmarks.thirty_visitors import WARM_UP, Shares, Training, rate, trained_by_worker
from cnn_core import data
from tests.e2e.live_app import give_shapes, serve

TARGETS = {"server": 12.0, "training": 0.95}  # percent of two cores; of the lone speed


async def measure(url: str, training: Training, options: argparse.Namespace, *, votes: bool) -> dict[str, object]:
    """Thirty visitors who watch, as a class that votes or in none."""
    course, tally, until = Course(), Tally(), time.monotonic() + ARRIVING + options.seconds
    phones = [Phone(url, number, tally, until, course) for number in range(options.visitors)]
    teacher = Teacher(url, options.visitors, tally, until, course)
    async with visitors(url, 1, "classroom", kind=Screen) as [screen]:
        code = await teacher.open_class(screen) if votes else ""
        doing = [asyncio.create_task(phone.attend(code)) for phone in phones]
        doing += [asyncio.create_task(teacher.teach())] if votes else []
        await asyncio.sleep(ARRIVING)
        folders = {"server": server_folder(url), "training": training.process, "visitors": Path("/proc/self")}
        shares = Shares(folders)
        speed = await rate(training, options.seconds)
        percent = shares.percent()
        await asyncio.gather(*doing)
    return {
        "images_per_second": round(speed),
        "percent_of_all_processors": percent,
        "server_percent_of_two_cores": round(percent["server"] * os.cpu_count() / 2, 1),
        "milliseconds": tally.summary(),
        "errors": len(tally.errors),
        "said": sorted(set(tally.errors))[:10],
    } | (course.summary() if votes else {})


async def lesson(url: str, training: Training, options: argparse.Namespace) -> dict[str, object]:
    """The training alone, watched, with the class, and alone again."""
    alone = max(20.0, options.seconds / 2)
    await asyncio.sleep(WARM_UP)
    before = await rate(training, alone)
    watched = await measure(url, training, options, votes=False)
    await asyncio.sleep(WARM_UP)  # who has gone no longer counts as watching
    voted = await measure(url, training, options, votes=True)
    after = await rate(training, alone)
    speeds = {"alone": before, "watched": watched["images_per_second"], "with_class": voted["images_per_second"]}
    return {
        "images_per_second": {name: round(speed) for name, speed in (speeds | {"alone_again": after}).items()},
        "training_keeps": round(2 * voted["images_per_second"] / (before + after), 3),
        "training_keeps_of_watched": round(voted["images_per_second"] / watched["images_per_second"], 3),
        "watched": watched,
        "with_class": voted,
    }


def verdict(found: dict) -> dict[str, bool]:
    """Which targets are reached."""
    return {
        "no error": not found["with_class"]["errors"],
        "server at most 12% of two cores": found["with_class"]["server_percent_of_two_cores"] <= TARGETS["server"],
        "training at 95% of its lone speed": found["training_keeps"] >= TARGETS["training"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args()
    before = conditions()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("CNN_DATA_DIR", str(Path(folder, "data")))
        runs_dir = Path(folder, "runs")
        os.environ["CNN_RUNS_DIR"] = str(runs_dir)
        give_shapes(data.data_dir())
        with serve(data.data_dir(), runs_dir) as url, trained_by_worker(10 * options.seconds + 3600) as training:
            found = asyncio.run(lesson(url, training, options))
    report(
        **found, targets=verdict(found), visitors=options.visitors, seconds=options.seconds,
        load_at_end=os.getloadavg()[0], **before,
    )  # fmt: skip


if __name__ == "__main__":
    main()
