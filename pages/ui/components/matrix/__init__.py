"""A confusion matrix as a grid: one stop for the Tab key, arrow keys move, Enter or a click picks a cell.

The same grid shows the difference of two matrices. The colours are the theme's, light or dark; every number keeps a
contrast of 4.5 to its cell, which a browser test measures. Recall stands at the right of each row, precision below each
column; a screen reader hears them with the name of the class.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from cnn_core import evaluation
from cnn_core.plotting.matrix import Cells, change_cells, matrix_cells
from pages.ui.components import component

_mount = component("matrix")


def matrix(
    counts: np.ndarray,
    class_names: Sequence[str],
    by: evaluation.Normalization = "count",
    *,
    key: str,
    picked: tuple[int, int] | None,
    on_pick: Callable[[int, int], None] | None,
    alt: str = "",
    order: Sequence[int] | None = None,
    hides_diagonal: bool = False,
    is_logarithmic: bool = False,
    said: str = "the network said",
    what: str = "test image",
) -> None:
    """Show counts (classes, classes) integer, actual classes on rows, written as counts or as percent.

    picked: row and column, in class numbers, of the cell that is open; on_pick is called with those of another before
    the page is drawn again; without it nothing can be picked. alt: what the matrix says, in a sentence. said: whose
    answers the columns are; what: one of the things that are counted. The rest as for `plotting.matrix_cells`.
    """
    shown = matrix_cells(counts, by, order=order, hides_diagonal=hides_diagonal, is_logarithmic=is_logarithmic)
    _draw(matrix_data(counts, class_names, shown, what) | {"said": said}, key, picked, on_pick, alt)


def difference(
    before: np.ndarray,
    after: np.ndarray,
    class_names: Sequence[str],
    *,
    key: str,
    picked: tuple[int, int] | None,
    on_pick: Callable[[int, int], None] | None,
    alt: str = "",
    order: Sequence[int] | None = None,
) -> None:
    """Show what changed from one matrix to another, both counts (classes, classes) of the same images, with signs.

    Blue is better (more right, fewer mistakes), orange worse. The rest as for `matrix`.
    """
    shown = change_cells(before, after, order=order)
    _draw(difference_data(before, after, class_names, shown), key, picked, on_pick, alt)


def matrix_data(
    counts: np.ndarray, class_names: Sequence[str], shown: Cells, what: str = "test image"
) -> dict[str, Any]:
    """What the browser draws, row by row: how each number is written, how strong its hue is, and what it says."""
    of_actual, of_predicted = (evaluation.normalize(counts, share) for share in ("actual", "predicted"))

    def label(i: int, j: int) -> str:
        return f"{_name(class_names, i, j)}: {counts[i, j]:,} {what}{'' if counts[i, j] == 1 else 's'}"

    def hint(i: int, j: int) -> str:
        of_row, of_column = f"{of_actual[i, j]:.1%}", f"{of_predicted[i, j]:.1%}"
        return f"{of_row} of the images of {class_names[i]}, {of_column} of those called {class_names[j]}"

    return _data(class_names, shown, label, hint)


def difference_data(before: np.ndarray, after: np.ndarray, class_names: Sequence[str], shown: Cells) -> dict[str, Any]:
    """As `matrix_data`, of two matrices."""

    def label(i: int, j: int) -> str:
        change = int(after[i, j]) - int(before[i, j])
        images = f"{abs(change):,} test image{'' if abs(change) == 1 else 's'} {'more' if change > 0 else 'fewer'}"
        return f"{_name(class_names, i, j)}: {images if change else 'as many test images as before'}"

    return _data(class_names, shown, label, lambda i, j: f"{before[i, j]:,} before, {after[i, j]:,} after")


def _name(class_names: Sequence[str], actual: int, predicted: int) -> str:
    """A cell's name for a screen reader."""
    return f"actual {class_names[actual]}, predicted {class_names[predicted]}"


def _data(
    class_names: Sequence[str], shown: Cells, label: Callable[[int, int], str], hint: Callable[[int, int], str]
) -> dict[str, Any]:
    places = [[(i, j) for j in shown.order] for i in shown.order]
    return {
        "names": [class_names[place] for place in shown.order],
        "order": shown.order,
        "written": shown.written,
        "shades": shown.shades,
        "good": shown.is_good,
        "labels": [[label(i, j) for i, j in row] for row in places],
        "hints": [[hint(i, j) for i, j in row] for row in places],
        "recall": shown.margins.recall,
        "precision": shown.margins.precision,
        "accuracy": shown.margins.accuracy,
        "margins": list(shown.margins.names),
    }


def _draw(
    data: dict[str, Any],
    key: str,
    picked: tuple[int, int] | None,
    on_pick: Callable[[int, int], None] | None,
    alt: str,
) -> None:
    def pass_on() -> None:
        cell = (st.session_state.get(key) or {}).get("picked")
        if cell and on_pick:
            row, column = (int(place) for place in cell)
            on_pick(row, column)

    data |= {"picked": list(picked) if picked else None, "picks": on_pick is not None, "alt": alt}
    _mount(key=key, data=data, on_picked_change=pass_on)
