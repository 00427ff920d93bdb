"""The buttons that give a lab report. It is made when one is pressed, outside of any session."""

from collections.abc import Callable
from datetime import date
from functools import partial

from cnn_core import lab_report
from cnn_core.lab_report import Report
from cnn_core.runs import Run
from pages.ui import downloads


def offer(make: Callable[[str], Report], name: str, *, key: str, has: str) -> None:
    """make: gets the day, as it is written. name: of the file, without what all share. has: what the page has."""
    downloads.offer(
        "Lab report",
        partial(_page, make),
        f"lab-report-{name}.html",
        key=key,
        mime="text/html",
        icon=":material/description:",
        help=f"One page with {has}; it opens without the app, and prints.",
    )


def offer_of_run(run: Run, key: str) -> None:
    offer(partial(lab_report.of_run, run), run.id, key=key, has="settings, curves, matrix and examples")


def _page(make: Callable[[str], Report]) -> bytes:
    today = date.today()
    return lab_report.write(make(f"{today.day} {today:%B %Y}")).encode()
