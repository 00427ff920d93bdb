"""Claim: whatever happens to the files of a run, no page breaks, and a page says what is wrong with that run.

    python -m benchmarks.damaged_runs [--quick] [--only NAME ...]

Each file of a whole run (a copy of the recorded lesson) is damaged in each way that a disk, a hand, another program or
a stranger may have left it. After each damage every page is opened with that run, and every part of a page that shows a
run, as Streamlit's own test runner opens it, in one process. Broken: an exception reached the page, the content of a
file outside the run's folder was shown, or the page took longer than a minute. Untold: no page said a sentence about it
that it does not say of the whole run. Then the run is packed and deleted, and what a link led to has to be there still.

`--quick` takes some of the damages at random. `python -m benchmarks.damaged_runs` takes an hour on two cores. Shapes-10
is used as it lies in CNN_DATA_DIR, or drawn first, which takes half a minute.
"""

import argparse
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks.array_damages import Unchanged
from benchmarks.conditions import conditions, report
from benchmarks.damages import DAMAGES, SECRET, Damage, whole_run
from cnn_core import data, runs
from cnn_core.runs import Run, RunError
from pages.ui import evaluation, inside, lab

SLOW = 60.0  # seconds for one page
QUICK = 40  # damages that --quick tries
SEED = 17
# Words of what a page says of a file that it cannot read, or has not got; a page of a whole run has none of them.
TOLD = (
    "cannot", "can be read", "damaged", "not read", "has no ", "has none", "missing", "cnn_core complete",
    "no test result", "were saved", "not saved", "does not know", "none to", "unexpectedly", "only the first",
)  # fmt: skip
KINDS = ("markdown", "caption", "info", "warning", "error", "header", "subheader", "text")


View = tuple[str, dict[str, str], dict[str, bool]]  # a page, what its link says, and how else it is opened


def views() -> list[View]:
    """Every page, with what its link says; and whether the run is replayed."""
    parts = [("evaluation", "evaluation.part", evaluation.PARTS), ("inside", "inside.part", inside.PARTS)]
    found = [(page, {key: part.title}, {}) for page, key, parts_ in parts for part in parts_.values()]
    found += [("convolution", {"convolution.step": step.title}, {}) for step in lab.STEPS.values() if step.suits]
    found += [("prediction", {"prediction.source": "Test image"}, {}), ("prediction", {}, {})]
    found += [(page, {}, {}) for page in ("home", "dataset", "network", "training")]
    return [*found, ("training", {}, {"is_replayed": True})]


def open_page(run: Run, page: str, query: dict[str, str], *, is_replayed: bool = False) -> AppTest:
    """The page as a link to this run opens it."""
    app = AppTest.from_file(str(Path(__file__).parents[1] / "streamlit_app.py"), default_timeout=3 * SLOW)
    app.switch_page(f"pages/{page}.py")
    for name, value in {**query, "run": run.id}.items():
        app.query_params[name] = value
    if page == "training":
        app.session_state["training.run"] = run.id
        if is_replayed:
            app.session_state["training.replay"] = run.id
    return app.run()


@contextmanager
def ending_after(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in the block, also where it waits for a file."""

    def end(*_: object) -> None:
        raise TimeoutError(f"it waited for {seconds:.0f} s")

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def visit(run: Run, view: View) -> tuple[str | None, set[str]]:
    """How the page broke, if it did; and all that it said."""
    page, query, how = view
    began = time.perf_counter()
    try:
        with ending_after(2 * SLOW):
            app = open_page(run, page, query, **how)
    except Exception as error:  # whatever it is, the page is broken
        return f"{type(error).__name__}: {error}"[:200], set()
    said = {str(element.value) for kind in KINDS for element in getattr(app, kind)}
    if app.exception:
        return str(app.exception[0].value)[:200], said
    if any(SECRET in sentence for sentence in said) or any(SECRET in str(table.value) for table in app.dataframe):
        return "it shows a file outside the run's folder", said
    seconds = time.perf_counter() - began
    return (f"it took {seconds:.0f} s" if seconds > SLOW else None), said


def try_damage(damage: Damage, folder: Path, usual: list[set[str]]) -> tuple[list[str], bool]:
    """How pages broke, and whether any told of the damage; `usual`: what each says of a whole run."""
    run = whole_run(folder)
    outside = damage.do(run)
    broken, told = [], False
    for view, before in zip(views(), usual, strict=True):
        trouble, said = visit(run, view)
        told = told or any(word in sentence for sentence in said - before for word in TOLD)
        if trouble:
            broken.append(f"{damage}: {view[0]} {' '.join(view[1].values())}: {trouble}")
    with suppress(RunError):
        packed = BytesIO()
        runs.write_zip(run, packed)
        if SECRET.encode() in packed.getvalue():
            broken.append(f"{damage}: a zip holds a file from outside")
    try:
        runs.delete(run)
    except RunError as error:
        broken.append(f"{damage}: it cannot be deleted: {error}")
    if outside and not outside.exists():
        broken.append(f"{damage}: what a link leads to was deleted")
    return broken, told


@contextmanager
def in_a_folder() -> Iterator[Path]:
    """An empty folder of runs."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNN_RUNS_DIR"] = str(Path(folder) / "runs")
        yield Path(folder) / "runs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} damages at random instead of all")
    parser.add_argument("--only", nargs="+", metavar="NAME", default=[], help="damages with these words in their names")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # Streamlit warns at each page that it is not served
    os.environ["CNN_DATA_DIR"] = str(data.data_dir().resolve())
    data.load("shapes10")
    before = conditions()
    chosen = [damage for damage in DAMAGES if damage.is_possible and all(word in str(damage) for word in options.only)]
    if options.quick:
        chosen = random.Random(SEED).sample(chosen, min(QUICK, len(chosen)))
    with in_a_folder() as folder:
        run = whole_run(folder)
        usual = [visit(run, view)[1] for view in views()]
    broken, untold, slowest = [], [], {}
    for number, damage in enumerate(chosen, 1):
        began = time.perf_counter()
        with in_a_folder() as folder:
            try:
                found, told = try_damage(damage, folder, usual)
            except Unchanged:
                continue
        broken += found
        slowest[str(damage)] = round((time.perf_counter() - began) / len(usual), 2)
        if not told and damage.is_felt:
            untold.append(str(damage))
        what = f"{number}/{len(chosen)} {damage}{'' if told else ' (untold)'}:"
        print(what, *(found or ["nothing broke"]), sep="\n  ", file=sys.stderr, flush=True)
    report(
        damages=len(slowest), pages_opened=len(slowest) * len(usual), broken=len(broken), how=broken[:50],
        untold=untold,
        slowest_seconds_a_page=dict(Counter(slowest).most_common(3)), **before,
    )  # fmt: skip


if __name__ == "__main__":
    main()
