"""A confusion matrix as it is drawn: each cell's text, hue and strength. The page, the SVG and the PNG draw the same.

Right answers are blue and mistakes orange, each on a scale of its own, so that 8% stands out beside 90%. Between two
runs blue is better and orange is worse; the diagonal still has its own scale.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core import evaluation


@dataclass(frozen=True)
class Margins:
    """Shares in percent, as written: of each class, at the right and below, and accuracy where the two meet."""

    recall: list[str]
    precision: list[str]
    accuracy: str
    names: tuple[str, str] = ("recall %", "precision %")


@dataclass(frozen=True)
class Cells:
    """A matrix row by row, its classes in the order of `order`."""

    order: list[int]  # the class number of each row, and of each column
    written: list[list[str]]
    shades: list[list[float]]  # how strong the hue is, 0 to 1
    is_good: list[list[bool]]  # blue, or else orange
    margins: Margins


def matrix_cells(
    counts: np.ndarray,
    by: evaluation.Normalization = "count",
    *,
    order: Sequence[int] | None = None,
    hides_diagonal: bool = False,
    is_logarithmic: bool = False,
) -> Cells:
    """Of counts (classes, classes) integer, written as counts or as percent.

    order: class numbers, first to last; None for class order. A diagonal that is hidden has neither number nor colour.
    is_logarithmic: the strength grows with the logarithm, counted in images, so that 1 and 10 can be told apart beside
    1,000.
    """
    order = list(range(len(counts))) if order is None else [int(place) for place in order]
    counts = counts[np.ix_(order, order)]
    shown, right = evaluation.normalize(counts, by), np.eye(len(counts), dtype=bool)
    image = 1 if by == "count" else len(counts) / max(counts.sum(), 1)  # a share's unit: one image of a usual class
    strength = np.log1p(shown / image) if is_logarithmic else shown.astype(float)
    shades = _shade(strength)
    written = [[_write(value, by) for value in row] for row in shown]
    if hides_diagonal:
        shades[right] = 0
        for place, row in enumerate(written):
            row[place] = ""
    margins = Margins(*(list(map(_percent, shares)) for shares in _shares(counts)), _percent(_accuracy(counts)))
    return Cells(order, written, shades.round(3).tolist(), right.tolist(), margins)


def change_cells(before: np.ndarray, after: np.ndarray, *, order: Sequence[int] | None = None) -> Cells:
    """What changed between two matrices of the same images: numbers with a sign, after - before.

    More right answers and fewer mistakes are blue. The margins change in points.
    """
    order = list(range(len(after))) if order is None else [int(place) for place in order]
    before, after = before[np.ix_(order, order)], after[np.ix_(order, order)]
    changes = after - before
    right = np.eye(len(changes), dtype=bool)
    moves = [new - old for old, new in zip(_shares(before), _shares(after), strict=True)]
    accuracy = _points(_accuracy(after) - _accuracy(before))
    margins = Margins(*(list(map(_points, move)) for move in moves), accuracy, ("± recall", "± precision"))
    return Cells(
        order,
        [[signed(value) for value in row] for row in changes],
        _shade(np.abs(changes)).round(3).tolist(),
        (right == (changes > 0)).tolist(),
        margins,
    )


def signed(value: int) -> str:
    """A change with its sign; 0 has none."""
    return f"{value:+,}".replace("-", "−") if value else "0"


def _shade(strength: np.ndarray) -> np.ndarray:
    """Strengths from 0 as shares of the largest, on the diagonal and beside it."""
    right = np.eye(len(strength), dtype=bool)
    largest = [max(float(strength[part].max(initial=0)), 1e-9) for part in (right, ~right)]
    return strength / np.where(right, *largest)


def _shares(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision, float64 (classes,)."""
    return tuple(evaluation.normalize(counts, by).diagonal() for by in ("actual", "predicted"))


def _accuracy(counts: np.ndarray) -> float:
    return float(counts.trace() / max(counts.sum(), 1))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _points(change: float) -> str:
    """A change of a share, with its sign."""
    points = round(100 * float(change), 1)
    return f"{points:+.1f}".replace("-", "−") if points else "0.0"


def _write(value: float, by: evaluation.Normalization) -> str:
    """A count, or a share in percent; a share that is not 0 is never written as 0."""
    if by == "count":
        return f"{value:,}"
    return f"{100 * value:.0f}" if value == 0 or value >= 0.0995 else f"{100 * value:.1f}"


def describe_matrix(counts: np.ndarray, class_names: Sequence[str]) -> str:
    """How many test images are right, the class with the lowest recall, the most frequent mistake, and what is odd."""
    images, right = int(counts.sum()), int(counts.trace())
    said = [f"{right:,} of {images:,} test images are right ({_accuracy(counts):.1%})."]
    recall = np.where(counts.sum(axis=1), _shares(counts)[0], np.inf)
    worst = evaluation.most_confused(counts, class_names, 1)
    if len(worst):
        lowest = int(recall.argmin())
        said.append(f"Lowest recall: {class_names[lowest]}, {recall[lowest]:.1%}.")
        actual, predicted, count = worst.loc[0, ["actual", "predicted", "count"]]
        said.append(
            f"Most frequent mistake: {actual} taken for {predicted}, {count:,} image{'' if count == 1 else 's'}."
        )
    if never := [name for name, given in zip(class_names, counts.sum(axis=0), strict=True) if not given]:
        said.append(f"The network never says {' or '.join(never)}.")
    return " ".join(said)


def describe_groups(counts: np.ndarray, members: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """How many mistakes cross from one of two groups of classes to the other; and what share would at random."""
    joined, mistakes = evaluation.join_classes(counts, members), int(counts.sum() - counts.trace())
    (_, one_way), (other_way, _) = joined
    if not mistakes:
        return f"No mistake, so none crosses from {names[0]} to {names[1]}."
    crossing = int(one_way + other_way)
    sizes, others = joined.sum(axis=1), [len(group) for group in reversed(members)]
    at_random = float(sizes @ others) / (sizes.sum() * (len(counts) - 1))
    return (
        f"{one_way:,} of {sizes[0]:,} test images of {names[0]} are taken for {names[1]}, {other_way:,} of "
        f"{sizes[1]:,} the other way round. Of the {mistakes:,} mistakes, {crossing / mistakes:.0%} cross from one "
        f"group to the other. If every wrong class were equally likely, {at_random:.0%} would."
    )
