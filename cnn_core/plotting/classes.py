"""Figures with one place for each class, always in the data set's order, so that a class is easy to find again."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from cnn_core import evaluation
from cnn_core.plotting import style


def class_counts(counts: np.ndarray, class_names: Sequence[str]) -> go.Figure:
    """How many images each class has: counts (classes,) integer."""
    bars = style.bars(
        counts,
        class_names,
        [f"{count:,}" for count in counts],
        marker={"color": style.BLUE},
        hovertemplate="%{y}: %{x:,} images<extra></extra>",
    )
    axis = {"title": {"text": "images"}, "range": [0, 1.3 * max(1, *counts)], "tickformat": ","}
    return _one_row_a_class(bars, class_names, axis)


def probability_bars(probabilities: np.ndarray, class_names: Sequence[str], *, actual: int | None = None) -> go.Figure:
    """The probability of each class: probabilities (classes,); the largest in full colour, the label named."""
    is_first = np.arange(len(class_names)) == np.argmax(probabilities)
    bars = style.bars(
        probabilities,
        class_names,
        [f"{share:.1%}" + (" · its label" if i == actual else "") for i, share in enumerate(probabilities)],
        marker={"color": style.BLUE, "opacity": np.where(is_first, 1.0, 0.45)},
        hovertemplate="%{y}: %{x:.2%}<extra></extra>",
        # A long bar holds its number, a short one has room beside it; plotly's "auto" drops the number of an empty bar.
        textposition=["inside" if share > 0.5 else "outside" for share in probabilities],
        insidetextanchor="end",
        insidetextfont={"color": np.where(is_first, "white", style.LABEL)},
    )
    axis = {"title": {"text": "probability"}, "range": [0, 1.1], "tickformat": ".0%", "tickvals": [0, 0.5, 1]}
    return _one_row_a_class(bars, class_names, axis)


def confusion_matrix(
    matrix: np.ndarray, class_names: Sequence[str], by: evaluation.Normalization = "count"
) -> alt.LayerChart:
    """Actual classes on rows, predicted on columns, written and shaded as counts, % of actual or % of predicted.

    Right answers are blue and mistakes orange, each on its own scale, so that 8% stands out beside 90%.
    A click selects: the selection "cell" holds the names `actual` and `predicted`.
    """
    cells = _cells(matrix, class_names, by)
    picked = alt.selection_point(name="cell", fields=["actual", "predicted"], toggle=False)
    place = alt.Chart(cells).encode(
        x=alt.X("predicted:N", axis=_matrix_axis(orient="top", labelAngle=-45), **_in_order(class_names)),
        y=alt.Y("actual:N", axis=_matrix_axis(), **_in_order(class_names)),
        tooltip=[
            "actual:N",
            "predicted:N",
            alt.Tooltip("count:Q", title="images", format=","),
            alt.Tooltip("of actual:Q", title="of the actual class", format=".1%"),
            alt.Tooltip("of predicted:Q", title="of the predicted class", format=".1%"),
        ],
    )
    squares = place.mark_rect(stroke=style.INK, cursor="pointer").encode(
        color=alt.Color("fill:N", scale=None),
        strokeWidth=alt.condition(picked, alt.value(3), alt.value(0), empty=False),
    )
    numbers = place.mark_text(fontSize=style.TEXT, cursor="pointer").encode(
        text="written:N", color=alt.Color("ink:N", scale=None)
    )
    return (squares.add_params(picked) + numbers).properties(height=420)


def _in_order(class_names: Sequence[str]) -> dict:
    return {"sort": list(class_names), "scale": alt.Scale(paddingInner=0.04, paddingOuter=0)}


def _matrix_axis(**settings: object) -> alt.Axis:
    """The names of all classes, each beside the middle of its cells."""
    return alt.Axis(
        domain=False,
        ticks=False,
        labelOverlap=False,
        labelFlush=False,
        labelFontSize=style.TEXT,
        titleFontSize=style.TEXT,
        labelColor=style.ON_BOTH,
        titleColor=style.ON_BOTH,
        **settings,
    )


def _cells(matrix: np.ndarray, class_names: Sequence[str], by: evaluation.Normalization) -> pd.DataFrame:
    """One row a cell, row by row of the matrix: its classes, its three numbers, and how it is painted."""
    shown = evaluation.normalize(matrix, by)
    right = np.eye(len(matrix), dtype=bool)
    shades = np.where(right, shown / max(shown[right].max(), 1e-9), shown / max(shown[~right].max(), 1e-9)).ravel()
    hues = np.where(right, style.RIGHT, style.WRONG).ravel()
    return pd.DataFrame(
        {
            "actual": np.repeat(class_names, len(matrix)),
            "predicted": np.tile(class_names, len(matrix)),
            "count": matrix.ravel(),
            "of actual": evaluation.normalize(matrix, "actual").ravel(),
            "of predicted": evaluation.normalize(matrix, "predicted").ravel(),
            "written": [_written(value, by) for value in shown.ravel()],
            "fill": [style.tint(hue, shade) for hue, shade in zip(hues, shades, strict=True)],
            "ink": np.select([shades == 0, shades > 0.75], [style.GRAY, "white"], style.INK),
        }
    )


def _written(value: float, by: evaluation.Normalization) -> str:
    """A count, or a share in percent; a share that is not 0 is never written as 0."""
    if by == "count":
        return f"{value:,}"
    return f"{100 * value:.0f}" if value == 0 or value >= 0.0995 else f"{100 * value:.1f}"


def _one_row_a_class(bars: go.Bar, class_names: Sequence[str], axis: dict) -> go.Figure:
    return style.figure(
        bars,
        height=60 + 28 * len(class_names),
        showlegend=False,
        margin={"t": 8},
        xaxis=axis,
        yaxis={"autorange": "reversed", "showgrid": False},
    )
