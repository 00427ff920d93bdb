"""Claim: the web process stays under 350 MB after every page, step and part was visited as the app opens them.

    python -m benchmarks.rooms_memory

A real server and one visitor who speaks Streamlit's protocol, each page in a new tab: first every page, step of the lab
and part of the others as the app opens them, then those that show a small data set of one's own and the run that has
learned it, then all parts and Prediction with each recorded run. Prints the resident memory of the server after each,
the largest after any page, and the peak in between. What is mapped from files (libraries, the data set) counts as
resident, but the system can take it back; so it is given apart. Linux only.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.conditions import conditions, report
from benchmarks.processes import resident, server_folder
from benchmarks.protocol import visitors
from cnn_core import data, presets, runs
from cnn_core.runs import Run
from pages.ui import evaluation, inside
from pages.ui.frame import PAGES
from pages.ui.lab import STEPS
from tests import photographs
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


def of_own_data(run: Run) -> Iterator[Place]:
    """The pages where an own data set is filled, chosen and learned, and those of the run that has learned it."""
    name = run.config.data_set.partition("@")[0]
    yield from (("own_data", {"set": name}), ("dataset", {"data_set": name}), ("training", {"data_set": name}))
    yield from of_runs([run])


def of_every_run() -> Iterator[Place]:
    yield from of_runs([run for run in runs.list_runs() if run.is_recorded])


def of_runs(listed: list[Run]) -> Iterator[Place]:
    for run in listed:
        for page, parts in WITH_PARTS.items():
            for part in parts.values():
                yield page, {"run": run.id, f"{page}.part": part.title, "inside.source": "Test image"}
        yield "prediction", {"run": run.id, "prediction.source": "Test image"}


def learn_own_data(folder: Path) -> Run:
    """Photographs as a data set in `folder`, beside links to the others, and a run that reuses kernels on it."""
    stored = [*data.data_dir().glob("cifar10"), *data.data_dir().glob("shapes10-*")]
    os.environ |= {"CNN_DATA_DIR": str(folder / "data"), "CNN_RUNS_DIR": str(folder / "runs")}
    data.data_dir().mkdir()
    for images in stored:
        (data.data_dir() / images.name).symlink_to(images, target_is_directory=True)
    if not data.is_ready("shapes10"):
        give_shapes(data.data_dir())
    made = data.own.bring_zip(photographs.as_zip())
    run = runs.start(data.on(presets.reusing(), data.own.latest(made.name)))
    while run.state().is_active:
        time.sleep(0.5)
    return run


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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        learned = learn_own_data(folder)
        with serve(data.data_dir(), folder / "runs") as url:
            process = server_folder(url)
            figures = {"at_rest": resident(process)}
            figures["as_opened"] = walk(url, as_the_app_opens_them(), process)
            figures["with_own_data"] = walk(url, of_own_data(learned), process)
            figures["with_every_run"] = walk(
                url, of_runs([run for run in runs.list_runs() if run.is_recorded]), process
            )
    report(megabytes=figures, **before)


if __name__ == "__main__":
    main()
