"""The curves of a run: one metric over the epochs, training and validation, with what guessing would score."""

from math import log
from typing import Literal, get_args

import pandas as pd
import plotly.graph_objects as go

from cnn_core.config import CLASSES
from cnn_core.plotting import style

Metric = Literal["accuracy", "loss", "mse"]
METRICS: tuple[Metric, ...] = get_args(Metric)

# The score of a network that gives every class the same probability.
CHANCE: dict[str, float] = {
    "loss": log(CLASSES),
    "accuracy": 1 / CLASSES,
    "mse": ((1 - 1 / CLASSES) ** 2 + (CLASSES - 1) / CLASSES**2) / CLASSES,
}

_TITLES = {"loss": "Loss (cross-entropy)", "accuracy": "Accuracy", "mse": "Mean squared error"}
_FORMATS = {"loss": ".3f", "accuracy": ".1%", "mse": ".4f"}
_CHANCE_LABEL = {
    "text": "guessing",
    "font": {"color": style.LABEL, "size": style.TEXT},
    "showarrow": False,
    "xref": "x domain",
    "yref": "y",
    "x": 1,
    "xanchor": "right",
    "yanchor": "bottom",
}


def training_curves(
    history: pd.DataFrame,
    metric: Metric,
    *,
    validation_name: str = "validation",
    under_way: pd.DataFrame | None = None,
    samples: pd.DataFrame | None = None,
    epochs: int | None = None,
) -> go.Figure:
    """Training (thin) and validation (thick) over the epochs of `history`, each at its end; the chance level is dashed.

    history: as from `Run.history`; without rows only the axes and the chance level are drawn.
    validation_name: the split behind the val_ columns; the preset `report` measures "test".
    under_way: as from `Run.epoch_under_way`: epoch, batch, batches, and the mean of the metric over the epoch so far.
    samples: as from `Run.samples`: the same network's answers to a fixed part of that split, between the epochs.
    epochs: how many are planned, so that the axis stands still while the curve grows.
    """
    rows = history.reindex(columns=["passes", metric, f"val_{metric}"])  # a run without an epoch has no columns either
    traces = [
        _line(rows, metric, "training, mean of each epoch", style.TRAIN, width=2),
        _line(rows, f"val_{metric}", validation_name, style.VALIDATION, width=4),
    ]
    if under_way is not None and len(under_way):
        traces.append(_running_mean(rows, metric, under_way))
    if samples is not None and len(samples):
        name = f"{validation_name}, sample of {samples['n'].iloc[-1]:,}"
        traces.append(_line(samples, f"val_{metric}", name, style.VALIDATION, width=1))
    for trace in traces:
        trace.hovertemplate = f"%{{y:{_FORMATS[metric]}}}"
        trace.cliponaxis = False  # else half of a circle on an axis is cut off: the first batch, 100%
    last = max([epochs or 1, *(x for trace in traces for x in trace.x)])
    chance = {"xref": "x domain", "yref": "y", "y0": CHANCE[metric], "y1": CHANCE[metric], "x0": 0, "x1": 1}
    return style.figure(
        *traces,
        height=370,
        margin={"b": 115},  # room for a legend of three lines: the axes stand still while curves are added
        title={"text": _TITLES[metric]},
        legend={"y": -0.25, "yanchor": "top"},  # beside the title there is no room for it on a phone
        hovermode="x unified",
        xaxis={"title": {"text": "epochs"}, "range": [0, last + 0.2], "dtick": 1 if last <= 10 else None},
        yaxis={"rangemode": "tozero"} if metric != "accuracy" else {"range": [0, 1], "tickformat": ".0%"},
        shapes=[{"type": "line", "line": style.CHANCE_LINE, **chance}],
        annotations=[_CHANCE_LABEL | {"y": CHANCE[metric]}],
    )


def describe_curves(
    history: pd.DataFrame, *, validation_name: str = "validation", samples: pd.DataFrame | None = None
) -> str:
    """The curves in words: how far accuracy came, and how far training is ahead."""
    sentences = [_describe_history(history, validation_name)]
    if samples is not None and len(samples):
        last = samples.iloc[-1]
        sentences.append(
            f"On a sample of {last['n']:,.0f} {validation_name} images accuracy was {last['val_accuracy']:.1%} "
            f"after {written_passes(last['passes'])}."
        )
    return " ".join([*sentences, f"Guessing gives {CHANCE['accuracy']:.0%}."])


def written_passes(passes: float) -> str:
    """How often all training images were seen, to a tenth: "1 epoch", "1.3 epochs"."""
    written = f"{round(passes, 1):g}"
    return f"{written} epoch{'' if written == '1' else 's'}"


def _describe_history(history: pd.DataFrame, validation_name: str) -> str:
    if history.empty:
        return "No epoch has ended yet."
    first, last = history.iloc[0], history.iloc[-1]
    if len(history) == 1:
        course = f"is {last['val_accuracy']:.1%} after {written_passes(last['passes'])}"
    else:
        course = (
            f"went from {first['val_accuracy']:.1%} to {last['val_accuracy']:.1%} in {written_passes(last['passes'])}"
        )
    gap = 100 * (last["accuracy"] - last["val_accuracy"])
    ahead = "ahead of" if gap >= 0 else "behind"
    return (
        f"{validation_name.capitalize()} accuracy {course}; training accuracy, the mean of the last epoch, is "
        f"{last['accuracy']:.1%}, {abs(gap):.1f} points {ahead} it."
    )


def _line(rows: pd.DataFrame, column: str, name: str, color: str, *, width: float) -> go.Scatter:
    return go.Scatter(
        x=rows["passes"].to_list(),  # Plotly would encode an array again for each visitor
        y=rows[column].to_list(),
        name=name,
        mode="lines+markers",
        line={"color": color, "width": width},
        marker={"color": color, "size": width + 4},
    )


def _running_mean(rows: pd.DataFrame, metric: str, under_way: pd.DataFrame) -> go.Scatter:
    """The epoch under way: from the last whole one to an open circle, dotted because its mean still moves."""
    before = rows.iloc[-1:]
    if len(before):  # the mean of the first few batches jumps about
        settled = under_way["batch"] >= under_way["batches"] / 10
        under_way = under_way[settled | (under_way.index == under_way.index[-1])]
    passed = under_way["epoch"] - 1 + under_way["batch"] / under_way["batches"]
    x = [*before["passes"], *passed]
    return go.Scatter(
        x=x,
        y=[*before[metric], *under_way[metric]],
        name="training, mean of this epoch so far",
        mode="lines+markers",
        showlegend=False,
        line={"color": style.TRAIN, "width": 2, "dash": "dot"},
        marker={"color": style.TRAIN, "size": [0] * (len(x) - 1) + [9], "symbol": "circle-open"},
    )
