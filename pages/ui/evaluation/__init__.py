"""The page about what a run got right and wrong: its parts, each a function of one run's test."""

from collections.abc import Callable
from dataclasses import dataclass

from cnn_core.runs import Run
from pages.ui.evaluation import compare, epochs, figures, mistakes, on_the_map, strange, sure
from pages.ui.evaluation.subject import Subject


@dataclass(frozen=True)
class Part:
    """One part of the page; its text is under its key in assets/pages/evaluation.md."""

    title: str
    show: Callable[[Subject], None]
    show_untested: Callable[[Run], None] | None = None  # for a part that needs no test result
    suits: Callable[[Run], bool] = Run.is_tested  # which runs it can be asked about


PARTS = {
    "matrix": Part("Matrix", figures.show),
    "sure": Part("How sure", sure.show),
    "strange": Part("None of its classes", strange.show),
    "mistakes": Part("Mistakes", mistakes.show),
    "map": Part("Map", on_the_map.show),
    "epochs": Part("Epoch by epoch", epochs.show, epochs.show_untested, epochs.has_epochs),
    "compare": Part("Compare", compare.show),
}
