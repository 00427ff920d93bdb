"""Claim: a visit leaves nothing behind: after 200 sessions the web process is as large as after 20.

    python -m benchmarks.sessions_memory --sessions 200

A real server, and visitors one after the other, each in an own session: they open pages by link and in the session,
look at images of several kinds, give a photo, and leave. Streamlit keeps a session that was left for two minutes, in
case its connection comes back, and at most 128 of them; here for `--kept` seconds, so that the figures are of what
remains. Then 128 more come at once, which is what those two minutes may hold on a busy day. Memory in millions of
bytes; `growth` is the own memory after the last visit less that after the first 20, beside its bound. Linux only.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from pathlib import Path

from benchmarks.conditions import conditions, report
from benchmarks.journey import draw_photo, give_photo, use
from benchmarks.processes import look, server_folder
from benchmarks.protocol import Visitor, visitors
from cnn_core import data
from tests.e2e.live_app import give_shapes, serve

LOOKED_AT = (20, 100, 200)  # after how many sessions
BOUND = 15  # millions of bytes by which it may grow from the first look to the last: the C library's blocks settle
PAGES = ("dataset", "convolution", "evaluation", "inside")
STORED = 128  # sessions that Streamlit keeps at most after their visitors have left


async def visit(url: str, number: int) -> None:
    """A link, some pages with some of their widgets, a photo. Raises SystemExit if a page says an error."""
    rng = random.Random(number)
    async with visitors(url, 1, "training") as [visitor]:
        await visitor.ask()
        for page in rng.sample(PAGES, 3):
            await visitor.open(page)
            for name in rng.choices(_usable(visitor), k=2):
                if name in visitor.widgets:
                    await use(visitor, name, rng)
        await visitor.open("prediction")
        await give_photo(visitor, draw_photo(rng))
        if visitor.errors:
            raise SystemExit(f"Visitor {number}: {visitor.errors}")


def _usable(visitor: Visitor) -> list[str]:
    """Rows of buttons and lists of steps and parts, of splits and runs; whatever they offer is fine."""
    return [name for name in ("Step", "Part", "Run", "Split", "Class", "Show other images") if name in visitor.widgets]


def measure(url: str, options: argparse.Namespace) -> dict[str, dict[str, int]]:
    server = server_folder(url)
    found = {"at_rest": look(server)}
    for number in range(1, options.sessions + 1):
        asyncio.run(visit(url, number))
        if number in LOOKED_AT or number == options.sessions:
            time.sleep(options.kept + 2)
            asyncio.run(visit(url, 0))  # Streamlit forgets old sessions when another one ends
            found[f"after_{number}"] = look(server)
    return found


async def many(url: str) -> None:
    """As many visitors at once as Streamlit keeps sessions; they open a page and are gone."""
    async with visitors(url, STORED, "dataset") as there:
        for visitor in there:
            await visitor.ask()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--kept", type=int, default=2, help="seconds that Streamlit keeps a session that was left")
    options = parser.parse_args()
    before = conditions()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("CNN_DATA_DIR", str(Path(folder, "data")))
        give_shapes(data.data_dir())
        with serve(data.data_dir(), Path(folder, "runs"), disconnectedSessionTTL=options.kept) as url:
            found = measure(url, options)
            asyncio.run(many(url))
            found["with_128_kept"] = look(server_folder(url))
    looks = [seen["own"] for name, seen in found.items() if name.startswith("after")]
    growth = looks[-1] - looks[0]
    report(megabytes=found, growth=growth, bound=BOUND, is_bounded=growth <= BOUND, **before)


if __name__ == "__main__":
    main()
