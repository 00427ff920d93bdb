"""A confusion matrix as a grid: one stop for the Tab key, arrow keys move, Enter or a click picks a cell.

Right answers and mistakes have hues of their own, each on its own scale, so that 8% stands out beside 90%. The colours
are the theme's, light or dark; every number keeps a contrast of 4.5 to its cell, which a browser test measures.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from cnn_core import evaluation
from pages.ui.components import component

_mount = component("matrix")


def matrix(
    counts: np.ndarray,
    class_names: Sequence[str],
    by: evaluation.Normalization,
    *,
    key: str,
    picked: tuple[int, int] | None,
    on_pick: Callable[[int, int], None],
) -> None:
    """Show counts (classes, classes) integer, actual classes on rows, written as counts or as percent.

    picked: row and column, from 0, of the cell that is open; on_pick is called with those of another before the page
    is drawn again.
    """

    def pass_on() -> None:
        if cell := (st.session_state.get(key) or {}).get("picked"):
            row, column = (int(place) for place in cell)
            on_pick(row, column)

    data = matrix_data(counts, class_names, by) | {"picked": list(picked) if picked else None}
    _mount(key=key, data=data, on_picked_change=pass_on)


def matrix_data(counts: np.ndarray, class_names: Sequence[str], by: evaluation.Normalization) -> dict[str, Any]:
    """What the browser draws, row by row: how each number is written, how strong its hue is, and what it says."""
    shown = evaluation.normalize(counts, by)
    right = np.eye(len(counts), dtype=bool)
    shades = np.where(right, shown / max(shown[right].max(), 1e-9), shown / max(shown[~right].max(), 1e-9))
    of_actual, of_predicted = (evaluation.normalize(counts, share) for share in ("actual", "predicted"))
    places = [[(i, j) for j in range(len(counts))] for i in range(len(counts))]
    return {
        "names": list(class_names),
        "written": [[_written(shown[place], by) for place in row] for row in places],
        "shades": [[round(float(shades[place]), 3) for place in row] for row in places],
        "labels": [[_label(counts[i, j], class_names[i], class_names[j]) for i, j in row] for row in places],
        "hints": [
            [_hint(of_actual[i, j], class_names[i], of_predicted[i, j], class_names[j]) for i, j in row]
            for row in places
        ],
    }


def _label(count: int, actual: str, predicted: str) -> str:
    """A cell's name for a screen reader."""
    return f"actual {actual}, predicted {predicted}: {count:,} test image{'' if count == 1 else 's'}"


def _hint(of_actual: float, actual: str, of_predicted: float, predicted: str) -> str:
    return f"{of_actual:.1%} of the images of {actual}, {of_predicted:.1%} of those called {predicted}"


def _written(value: float, by: evaluation.Normalization) -> str:
    """A count, or a share in percent; a share that is not 0 is never written as 0."""
    if by == "count":
        return f"{value:,}"
    return f"{100 * value:.0f}" if value == 0 or value >= 0.0995 else f"{100 * value:.1f}"
