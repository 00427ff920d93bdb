"""A part of the page as code."""

from cnn_core import sureness
from cnn_core.code import evaluation
from cnn_core.evaluation import Calibration
from cnn_core.evaluation.mistakes import Ranking
from pages.ui import code_mirror
from pages.ui.evaluation.subject import Subject
from pages.ui.sureness import is_raw

_OWN = ("mistakes", "strange")  # show theirs themselves: a choice runs them alone


def show(part: str, on: Subject) -> None:
    """What the part counts from labels and probabilities; the matrix where it counts nothing else."""
    if part in _OWN:
        return

    def make() -> str:
        if part == "sure":
            return evaluation.reliability(sureness.of_run(on.run).calibration, is_raw=is_raw())
        return evaluation.matrix(on.class_names)

    code_mirror.show(make, key="code.evaluation")


def show_ranked(on: Subject, order: Ranking) -> None:
    calibration = sureness.of_run(on.run).calibration

    def make() -> str:
        return evaluation.ranked(order, calibration, on.class_names, is_raw=is_raw())

    code_mirror.show(make, key="code.evaluation.mistakes")


def show_passing(accepted: int, calibration: Calibration | None) -> None:
    code_mirror.show(lambda: evaluation.passing(accepted, calibration), key="code.evaluation.strange")
