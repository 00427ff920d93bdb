"""Figures with one place for each class, always in the data set's order, so that a class is easy to find again."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from cnn_core.plotting import style

_LONGEST = 16  # letters of a class's name beside its bar


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


def describe_counts(counts: np.ndarray, class_names: Sequence[str]) -> str:
    """The rarest and the most frequent class."""
    least, most = int(counts.argmin()), int(counts.argmax())
    if counts[least] == counts[most]:
        return f"Each class has {counts[most]:,} images."
    return (
        f"Of all classes {class_names[most]} has the most images, {counts[most]:,}, and {class_names[least]} the "
        f"fewest, {counts[least]:,}."
    )


def probability_bars(
    probabilities: np.ndarray,
    class_names: Sequence[str],
    *,
    actual: int | None = None,
    height: int | None = None,
    text: int = style.TEXT,
) -> go.Figure:
    """The probability of each class: probabilities (classes,); the largest in full colour, the label named.

    With a height, in pixels, for little room: without the name of the axis. text: the size of the type, in pixels.
    """
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
        insidetextfont={"color": np.where(is_first, "white", style.LABEL), "size": text},
        textfont={"size": text},
    )
    title = {} if height else {"title": {"text": "probability"}}
    axis = title | {"range": [0, 1.1], "tickformat": ".0%", "tickvals": [0, 0.5, 1]}
    return _one_row_a_class(bars, class_names, axis, height, text)


def describe_shares(probabilities: np.ndarray, class_names: Sequence[str]) -> str:
    """The three largest probabilities, and what is left for the others."""
    order = [int(label) for label in np.argsort(-probabilities, kind="stable")[:3]]
    *named, last = [f"{class_names[label]} {probabilities[label]:.1%}" for label in order]
    said, others = f"{', '.join(named)} and {last}", len(class_names) - len(order)
    if not others:
        return f"The probabilities: {said}."
    rest = max(1.0 - float(probabilities[order].sum()), 0.0)
    return f"The largest probabilities: {said}; the other{f' {others} share' if others > 1 else ' one has'} {rest:.1%}."


def _one_row_a_class(
    bars: go.Bar, class_names: Sequence[str], axis: dict, height: int | None = None, text: int = style.TEXT
) -> go.Figure:
    written = {"tickfont": {"size": text, "color": style.LABEL}}
    named = {"tickvals": list(class_names), "ticktext": [_short(name) for name in class_names]}
    return style.figure(
        bars,
        height=height or 60 + 28 * len(class_names),
        showlegend=False,
        margin={"t": 8},
        xaxis=written | axis,
        yaxis=written | named | {"autorange": "reversed", "showgrid": False},
    )


def _short(name: str) -> str:
    """A name that leaves room for its bar."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"
