"""A network before and after a change of its filters: its answer to one image, and the classes it still recognises."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from cnn_core.plotting import style


def before_and_after(
    before: np.ndarray, after: np.ndarray, class_names: Sequence[str], *, label: int | None = None
) -> go.Figure:
    """The probability (classes,) of each class, twice, written at the end of the longer bar; the label named."""
    is_lower = np.round(after, 2) < np.round(before, 2)  # where both are written alike, below each other
    written = _in_short(before, after)
    names = [f"<b>{name}</b>" if number == label else name for number, name in enumerate(class_names)]
    bars = [
        style.bars(
            shares,
            names,
            np.where(has_the_text, written, ""),
            name=name,
            marker={"color": color},
            hovertemplate=f"%{{y}}, {name}: %{{x:.1%}}<extra></extra>",
        )
        for shares, name, color, has_the_text in (
            (before, "before", style.GRAY, is_lower),
            (after, "after", style.BLUE, ~is_lower),
        )
    ]
    return style.figure(
        *bars,
        height=22 * len(class_names) + 56,
        margin={"t": 30},
        bargap=0.1,
        legend={"traceorder": "normal"},
        xaxis={"range": [0, 1.2], "tickformat": ".0%", "tickvals": [0, 0.5, 1]},
        yaxis={"autorange": "reversed", "showgrid": False},
    )


def _in_short(before: np.ndarray, after: np.ndarray) -> list[str]:
    """For each class "83% → 85%", or "2%" where the two are written alike."""
    pairs = ((f"{old:.0%}", f"{new:.0%}") for old, new in zip(before, after, strict=True))
    return [new if old == new else f"{old} → {new}" for old, new in pairs]


def describe_answer(before: np.ndarray, after: np.ndarray, class_names: Sequence[str]) -> str:
    """What it said of the image, and what it says now."""
    old, new = int(before.argmax()), int(after.argmax())
    if old == new and f"{before[old]:.1%}" == f"{after[new]:.1%}":
        return f"It still says {class_names[new]}: {after[new]:.1%}, as before."
    if old == new:
        return f"It still says {class_names[new]}: {after[new]:.1%} instead of {before[new]:.1%}."
    return f"Now it says {class_names[new]}, {after[new]:.1%}. Before it said {class_names[old]}, {before[old]:.1%}."


def recall_change(before: np.ndarray, after: np.ndarray, class_names: Sequence[str]) -> go.Figure:
    """By how many points the share (classes,) of each class that is recognised has changed."""
    points = 100 * (after - before)
    bars = style.bars(
        points,
        class_names,
        [f"{old:.0%} → {new:.0%}" for old, new in zip(before, after, strict=True)],
        marker={"color": np.where(points < 0, style.ORANGE, style.BLUE)},
        hovertemplate="%{y}: %{x:+.1f} points<extra></extra>",
    )
    reach = max(10.0, 1.6 * float(np.abs(points).max()))
    return style.figure(
        bars,
        height=28 * len(class_names) + 60,
        showlegend=False,
        margin={"t": 8},
        xaxis={"title": {"text": "points of recall"}, "range": [-reach, reach], "zeroline": True},
        yaxis={"autorange": "reversed", "showgrid": False},
    )


def describe_recalls(before: np.ndarray, after: np.ndarray, class_names: Sequence[str]) -> str:
    """The classes that lost and won most, by at least a point."""
    points = 100 * (after - before)
    said = [
        f"{class_names[number]} {verb} most, from {before[number]:.0%} to {after[number]:.0%}"
        for number, verb in ((int(points.argmin()), "lost"), (int(points.argmax()), "gained"))
        if abs(points[number]) >= 1 and (points[number] < 0) == (verb == "lost")
    ]
    return f"Of the classes, {' and '.join(said)}." if said else "No class moved by a point or more."
