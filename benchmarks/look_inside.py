"""Claim: thirty visitors look inside networks at once without an error, and the web process stays small.

    python -m benchmarks.look_inside --visitors 30 --changes 10

A real server and this many visitors of the page Inside, who speak Streamlit's protocol as a browser does: each opens
the page, then changes the image so often, with `--pause` seconds of looking between two. For each part of the page and
each of the runs: p50 and p95 of the seconds to open it and to change the image, with the errors that the pages said,
and the memory of the server after all of it. Linux only.
"""

import argparse
import asyncio
import random
import re
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from benchmarks.conditions import conditions, report
from benchmarks.processes import server_folder
from benchmarks.protocol import Visitor, visitors
from cnn_core.data import data_dir
from pages.ui.inside import PARTS
from tests.e2e.live_app import give_shapes, serve


async def stay(visitor: Visitor, changes: int, pause: float, rng: random.Random) -> tuple[float, list[float]]:
    """Open the page and change the image: the seconds of the first, and of each of the others."""
    opening = await timed(visitor)
    changing = []
    for _ in range(changes):
        await asyncio.sleep(rng.uniform(0.5, 1.5) * pause)
        visitor.set_number("Number", rng.randrange(10_000))
        changing.append(await timed(visitor))
    return opening, changing


async def timed(visitor: Visitor) -> float:
    started = time.perf_counter()
    await visitor.ask()
    return time.perf_counter() - started


async def look(url: str, part: str, run: str, options: argparse.Namespace) -> dict[str, object]:
    """All visitors at this part of the page, with this run."""
    title = PARTS[part].title
    query = urlencode({"inside.part": title, "run": run, "inside.source": "Test image"})
    async with visitors(url, options.visitors, "inside", query) as there:
        seen = [stay(visitor, options.changes, options.pause, random.Random(n)) for n, visitor in enumerate(there)]
        stays = await asyncio.gather(*seen)
    if any(visitor.chosen["Part"] != title for visitor in there):
        raise SystemExit(f"A visitor was to look at {title!r}, and the page showed another part.")
    openings, changes = [opening for opening, _ in stays], [second for _, seconds in stays for second in seconds]
    errors = sorted({error for visitor in there for error in visitor.errors})
    return {"open": spread(openings), "change": spread(changes), "errors": errors}


def spread(seconds: list[float]) -> dict[str, float]:
    p50, p95 = np.percentile(seconds, [50, 95]) if seconds else (np.nan, np.nan)
    return {"n": len(seconds), "p50_ms": round(1000 * p50), "p95_ms": round(1000 * p95)}


def megabytes(process: Path) -> int:
    """The resident memory of the process whose folder in /proc this is."""
    return int(re.search(r"VmRSS:\s+(\d+) kB", (process / "status").read_text())[1]) // 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--changes", type=int, default=10)
    parser.add_argument("--pause", type=float, default=5.0, help="seconds between two changes, on average")
    parser.add_argument("--runs", nargs="+", default=["lesson", "best", "champion"])
    parser.add_argument("--parts", nargs="+", default=[*PARTS], choices=[*PARTS])
    options = parser.parse_args()
    before = conditions()
    with tempfile.TemporaryDirectory() as folder:
        images, runs_dir = data_dir(), Path(folder)
        if not images.is_dir():
            images = Path(folder, "data")
            give_shapes(images)
        with serve(images, runs_dir) as url:
            process = server_folder(url)
            at_rest = megabytes(process)
            found = {
                f"{run}.{part}": asyncio.run(look(url, part, run, options))
                for run in options.runs
                for part in options.parts
            }
            after = megabytes(process)
    report(
        looked=found,
        megabytes={"at_rest": at_rest, "after": after},
        visitors=options.visitors,
        pause=options.pause,
        **before,
    )


if __name__ == "__main__":
    main()
