"""Claim: the training page opens in a moment however many runs are on the disk.

    python -m benchmarks.many_runs --counts 0 64 126 500

Copies of the recorded lesson (30 KB of log each) serve as this machine's own runs. For each count, in one process: the
first listing, when every file is read; then what the page asks of the core each time its script runs, and the script
itself, as Streamlit's own test runner runs it. Medians; the script without runs shows the cost of the rest of the page.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from streamlit.testing.v1 import AppTest

from benchmarks.conditions import conditions, report
from cnn_core import runs
from cnn_core.runs import Run, files

ROUNDS = 7


def write_runs(count: int) -> None:
    """This many finished runs in CNN_RUNS_DIR, each in its own folder, with its own title and time."""
    recorded = runs.recorded_dir() / "lesson"
    about = json.loads((recorded / files.CONFIG).read_text())
    for number in range(count):
        folder = runs.runs_dir() / f"20260101-{number:06d}-lesson"
        folder.mkdir(parents=True)
        for name in (files.EVENTS, files.WORKER):
            shutil.copy(recorded / name, folder)
        (folder / files.PREDICTIONS).touch()
        (folder / files.TITLE).write_text(f"Lesson {number}")
        about["created"] = f"2026-01-01T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}+00:00"
        (folder / files.CONFIG).write_text(json.dumps(about))


def ask_as_the_page_does() -> None:
    """The list, who is at work, and a row of the table for each run."""
    runs.running()
    for run in runs.list_runs(with_unreadable=True):
        ask_for_a_row(run)


def ask_for_a_row(run: Run) -> tuple:
    result, last, config = run.result(), run.scores(), run.config
    row = (run.title, result, run.seconds(), run.state(), run.is_recorded, run.passes(), last, config.preset)
    return (*row, run.damage(), run.has_diverged(), run.is_tested())


def milliseconds(action: Callable[[], object], rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds by the clock, and of processor time, which a busy machine does not lengthen."""
    clock, processor = [], []
    for _ in range(rounds):
        began = time.perf_counter(), time.process_time()
        action()
        clock.append(1000 * (time.perf_counter() - began[0]))
        processor.append(1000 * (time.process_time() - began[1]))
    return {"clock": round(median(clock), 1), "processor": round(median(processor), 1)}


def measure(count: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNN_RUNS_DIR"] = folder
        write_runs(count)
        first = milliseconds(ask_as_the_page_does, rounds=1)
        again = milliseconds(ask_as_the_page_does)
        app = AppTest.from_file(str(Path(__file__).parents[1] / "streamlit_app.py"), default_timeout=120).run()
        app.switch_page("pages/training.py").run()
        if app.exception:
            raise SystemExit(str(app.exception[0].value))
        return {"first": first, "core": again, "script": milliseconds(app.run)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[0, 64, 126, 500])
    options = parser.parse_args()
    before = conditions()
    rows = {}
    for count in options.counts:
        rows[count] = measure(count)
        print(count, rows[count], file=sys.stderr, flush=True)
    report(milliseconds=rows, **before)


if __name__ == "__main__":
    main()
