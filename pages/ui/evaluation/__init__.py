"""The page about what a run got right and wrong: its parts, each a function of one run's test."""

from collections.abc import Callable
from dataclasses import dataclass

from pages.ui.evaluation import compare, figures
from pages.ui.evaluation.subject import Subject


@dataclass(frozen=True)
class Part:
    """One part of the page; its text is under its key in assets/lessons/evaluation.md."""

    title: str
    show: Callable[[Subject], None]


PARTS = {
    "matrix": Part("Matrix", figures.show),
    "compare": Part("Compare", compare.show),
}
