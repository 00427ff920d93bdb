"""Claim: the web process stays under 350 MB after every page, step and part was visited as the app opens them.

    python -m benchmarks.rooms_memory

A real server and one visitor who speaks Streamlit's protocol, each page in a new tab: first every page, step of the lab
and part of the others as the app opens them, then all parts and Prediction with each recorded run. Prints the
resident memory of the server after both, the largest after any page, and the peak in between. What is mapped from
files (libraries, the data set) counts as resident, but the system can take it back; so it is given apart. Linux only.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.conditions import conditions, report
from benchmarks.processes import resident, server_folder
from benchmarks.protocol import visitors
from cnn_core import runs
from cnn_core.data import data_dir
from pages.ui import evaluation, inside
from pages.ui.frame import PAGES
from pages.ui.lab import STEPS
from tests.e2e.live_app import give_shapes, serve

WITH_PARTS = {"inside": inside.PARTS, "evaluation": evaluation.PARTS}
Place = tuple[str, dict[str, str]]  # a page and what stands in its address


def as_the_app_opens_them() -> Iterator[Place]:
    """Every page, step and part."""
    for entry in PAGES:
        name = entry.file.removesuffix(".py")
        if name == "convolution":
            yield from ((name, {"convolution.step": step.title}) for step in STEPS.values())
        elif name in WITH_PARTS:
            yield from ((name, {f"{name}.part": part.title}) for part in WITH_PARTS[name].values())
        else:
            yield "" if name == "home" else name, {}


def of_every_run() -> Iterator[Place]:
    for run in runs.list_runs():
        if run.is_recorded:
            for page, parts in WITH_PARTS.items():
                for part in parts.values():
                    yield page, {"run": run.id, f"{page}.part": part.title, "inside.source": "Test image"}
            yield "prediction", {"run": run.id, "prediction.source": "Test image"}


async def visit(url: str, place: Place) -> None:
    """Raises SystemExit if the page says an error, or shows another part."""
    page, query = place
    async with visitors(url, 1, page, urlencode(query)) as [visitor]:
        await visitor.ask()
    if visitor.errors or query.get(f"{page}.part") != visitor.chosen.get("Part"):
        raise SystemExit(f"{place}: {visitor.errors or visitor.chosen}")


def walk(url: str, places: Iterator[Place], process: Path) -> dict[str, object]:
    """The memory after these places, and where it was largest."""
    after = []
    for place in places:
        asyncio.run(visit(url, place))
        after.append((resident(process)["all"], *place))
    largest, page, query = max(after, key=lambda row: row[0])
    return {**resident(process), "pages": len(after), "largest": largest, "largest_at": [page, *query.values()]}


def main() -> None:
    before = conditions()
    with tempfile.TemporaryDirectory() as folder:
        images, runs_dir = data_dir(), Path(folder, "runs")
        if not images.is_dir():
            images = Path(folder, "data")
            give_shapes(images)
        with serve(images, runs_dir) as url:
            process = server_folder(url)
            figures = {"at_rest": resident(process)}
            figures["as_opened"] = walk(url, as_the_app_opens_them(), process)
            figures["with_every_run"] = walk(url, of_every_run(), process)
    report(megabytes=figures, **before)


if __name__ == "__main__":
    main()
