"""A part of the page as code."""

from cnn_core import sureness
from cnn_core.code import evaluation
from pages.ui import code_mirror
from pages.ui.evaluation.subject import Subject
from pages.ui.sureness import is_raw


def show(part: str, on: Subject) -> None:
    """What the part counts from labels and probabilities; the matrix where it counts nothing else."""

    def make() -> str:
        if part == "sure":
            return evaluation.reliability(sureness.of_run(on.run).calibration, is_raw=is_raw())
        return evaluation.matrix(on.class_names)

    code_mirror.show(make, key="evaluation.code")
