"""Two runs over each other: their curves on one axis, and how far apart they are beside what chance would do.

A is solid with dots, B dashed with diamonds, on every figure, so that nobody needs the colours.
"""

from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from cnn_core.plotting import style
from cnn_core.plotting.curves import thinned, written_passes

Axis = Literal["epochs", "seconds"]
Metric = Literal["accuracy", "loss"]
_APART = 0.25  # of the axis: ends that are nearer have their texts above and below
_COLUMN = {"epochs": "passes", "seconds": "seconds"}
_LOOKS = (
    {"name": "A", "line": {"color": style.BLUE, "width": 3}, "marker": {"symbol": "circle", "size": 8}},
    {
        "name": "B",
        "line": {"color": style.ORANGE, "width": 3, "dash": "dash"},
        "marker": {"symbol": "diamond", "size": 9},
    },
)
_FORMATS = {"accuracy": ".1%", "loss": ".3f"}


def two_curves(a: pd.DataFrame, b: pd.DataFrame, metric: Metric, over: Axis, *, split: str = "validation") -> go.Figure:
    """The metric after each epoch of both, each line named at its end; a, b as from `Run.history`, maybe empty."""
    known = [_known(rows, metric) for rows in (a, b)]
    column, written = f"val_{metric}", _FORMATS[metric]
    lines = [
        go.Scatter(
            x=rows[_COLUMN[over]],
            y=rows[column],
            mode="lines+markers+text",
            text=[""] * (len(rows) - 1) + [f"{look['name']} {value:{written}}" for value in rows[column].tail(1)],
            textposition=place,
            textfont={"size": style.TEXT, "color": style.LABEL},
            cliponaxis=False,
            hovertemplate=f"{look['name']}, %{{x:.4g}} {over}: %{{y:{written}}}<extra></extra>",
            **look,
        )
        for rows, look, place in zip(known, _LOOKS, _places(known, metric, _COLUMN[over]), strict=True)
    ]
    return style.figure(
        *lines,
        height=280,
        margin={"t": 56},
        title={"text": f"{split.capitalize()} {metric}", "font": {"size": style.TEXT}, "x": 0, "y": 0.98},
        xaxis={"title": {"text": "epochs" if over == "epochs" else "seconds of training"}, "rangemode": "tozero"},
        yaxis={"range": _range(known, column)} | ({"tickformat": ".0%"} if metric == "accuracy" else {}),
    )


def describe_two_curves(a: pd.DataFrame, b: pd.DataFrame, over: Axis, *, split: str = "validation") -> str:
    """Where both lines of the accuracy and of the loss end, and where the longer one was when the shorter ended."""
    known = [_known(rows, "accuracy") for rows in (a, b)]
    if missing := [name for name, rows in zip("AB", known, strict=True) if rows.empty]:
        return f"{' and '.join(missing)} ended before an epoch was measured, so there is no line to compare."
    last = [rows.iloc[-1] for rows in known]
    ends = ", ".join(
        f"{name} at {row['val_accuracy']:.1%} (loss {row['val_loss']:.3f}) after {_written(row, over)}"
        for name, row in zip("AB", last, strict=True)
    )
    column = _COLUMN[over]
    shorter = int(last[1][column] < last[0][column])
    longer = known[1 - shorter]
    before = longer[longer[column] <= last[shorter][column]]
    when = ""
    if len(before) < len(longer):
        at = f"at {before.iloc[-1]['val_accuracy']:.1%}" if len(before) else "not measured yet"
        when = f" When {'AB'[shorter]} ended, {'BA'[shorter]} was {at}."
    return f"{split.capitalize()} accuracy ends for {ends}.{when}"


def difference_strip(difference: float, interval: tuple[float, float], between_seeds: float | None) -> go.Figure:
    """B − A with its 95% interval, in points from 0; below it what another seed changes, if that is known.

    All are shares, -1 to 1; between_seeds: the largest difference between two seeds, 0 or more.
    """
    low, middle, high = (100 * share for share in (interval[0], difference, interval[1]))
    rows = ["B − A, 95% interval"]
    traces = [
        go.Scatter(
            x=[middle],
            y=rows,
            mode="markers",
            marker={"color": style.BLUE, "size": 14},
            error_x={"array": [high - middle], "arrayminus": [middle - low], "thickness": 4, "width": 10},
            hovertemplate=f"{middle:+.2f} points, {low:+.2f} to {high:+.2f}<extra></extra>",
        )
    ]
    if between_seeds is not None:
        reach = 100 * between_seeds
        rows.append("another seed")
        traces.append(
            go.Bar(
                x=[2 * reach],
                base=[-reach],
                y=[rows[1]],
                orientation="h",
                width=0.4,
                marker={"color": style.GRAY},
                hovertemplate=f"up to {reach:.2f} points either way<extra></extra>",
            )
        )
    edge = 1.15 * max(abs(low), abs(high), 100 * (between_seeds or 0.0), 0.1)
    figure = style.figure(
        *traces,
        height=124,  # less, and plotly lays the title over the numbers
        margin={"t": 4},
        showlegend=False,
        xaxis={"range": [-edge, edge], "title": {"text": "A better ← points → B better"}},
        yaxis={"categoryorder": "array", "categoryarray": rows[::-1], "showgrid": False},
    )
    figure.add_vline(x=0, line={"color": style.GRAY, "width": 2})
    return figure


def _known(rows: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """The epochs whose value is a number; thinned as every curve."""
    return thinned(rows[np.isfinite(rows[f"val_{metric}"].astype(float))])


def _range(known: list[pd.DataFrame], column: str) -> list[float] | None:
    """From below the lowest value to above the highest, with room for the texts; None where there is none."""
    values = np.concatenate([rows[column].to_numpy(float) for rows in known])
    if not len(values):
        return None
    room = 0.2 * max(float(np.ptp(values)), 0.01)
    return [float(values.min()) - room, float(values.max()) + room]


def _places(known: list[pd.DataFrame], metric: Metric, column: str) -> list[str]:
    """Where the text at the end of each line stands: on the free side, and never one over the other."""
    free = "top left" if metric == "accuracy" else "bottom left"  # one rises, the other falls
    if known[0].empty or known[1].empty:
        return [free, free]
    (x, y), (other_x, other_y) = [(rows[column].iloc[-1], rows[f"val_{metric}"].iloc[-1]) for rows in known]
    if abs(x - other_x) > _APART * max(x, other_x):
        return [free, free]
    return ["top left", "bottom left"] if y >= other_y else ["bottom left", "top left"]


def _written(row: pd.Series, over: Axis) -> str:
    return written_passes(row["passes"]) if over == "epochs" else f"{row['seconds']:,.0f} s"
