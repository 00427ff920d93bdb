"""The curves of a run: what is drawn of each metric over the epochs, and the same in words.

The browser draws them, live and in a replay alike; here is decided which points, on which scales. What a page writes
beside them is read from the same points, so that a figure is where its line ends.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

Metric = Literal["accuracy", "loss", "mse"]
METRICS: tuple[Metric, ...] = get_args(Metric)
Kind = Literal["training", "running", "validation", "sample"]

MOST_POINTS = 250  # of a line, and about as many moments: so much a screen can show, and a phone play

_TITLES = {"loss": ("Loss", "cross-entropy"), "accuracy": ("Accuracy", ""), "mse": ("MSE", "mean squared error")}
_DIGITS = {"loss": 3, "accuracy": "percent", "mse": 4}
_SETTLED = 0.1  # of an epoch: the mean of its first few batches jumps about


@dataclass(frozen=True)
class Line:
    """One line in all charts: ascending passes over the training images, when each point was known, and its values."""

    kind: Kind
    name: str
    passes: list[float]
    seconds: list[float]
    values: dict[Metric, list[float]]
    pieces: list[int] | None = None  # the line breaks where this changes

    def last(self, until: float) -> int | None:
        """The position of the last point at this second of training; None before the first."""
        count = bisect_right(self.seconds, until)
        return count - 1 if count else None


def chance(classes: int) -> dict[Metric, float]:
    """The scores of a network that gives each of so many classes the same probability."""
    share = 1 / classes
    return {"accuracy": share, "loss": math.log(classes), "mse": share * (1 - share)}


def lines(
    history: pd.DataFrame,
    batches: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    validation_name: str = "validation",
    n: int | None = None,
) -> list[Line]:
    """What is drawn of a run: training and validation at the end of each epoch, and what is known in between.

    history, batches, samples: as from `Run.history`, `Run.batches` and `Run.samples`. Of each at most `MOST_POINTS`
    rows are drawn, evenly thinned, and always the last: a run of hours is as light as one of ten minutes.
    validation_name: the split behind the val_ columns; the preset `report` measures "test". n: its images, if known.
    """
    running = _running_means(history, batches)
    history, samples = thinned(history), thinned(samples)
    found = [
        _line("training", "training, mean of each epoch", history, ""),
        running,
        _line("validation", f"{validation_name}, all {n:,} images" if n else validation_name, history, "val_"),
    ]
    if len(samples):
        name = f"{validation_name}, always the same {samples['n'].iloc[-1]:,.0f} images"
        found.append(_line("sample", name, samples, "val_"))
    return found


def thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """Every second, fourth, eighth … row, so that at most MOST_POINTS are left, and always the last.

    The same rows stay when one is added, until it is every second of them: a growing curve does not tremble.
    """
    every = 2 ** math.ceil(math.log2(max(len(rows) / (MOST_POINTS - 1), 1)))
    kept = np.arange(len(rows)) % every == 0
    kept[-1:] = True
    return rows[kept]


def describe_curves(
    history: pd.DataFrame, *, classes: int, validation_name: str = "validation", samples: pd.DataFrame | None = None
) -> str:
    """The curves in words: how far accuracy came, and how far training is ahead."""
    sentences = [_describe_history(history, validation_name)]
    if samples is not None and len(samples):
        last = samples.iloc[-1]
        sentences.append(
            f"On a sample of {last['n']:,.0f} {validation_name} images accuracy was {last['val_accuracy']:.1%} "
            f"after {written_passes(last['passes'])}."
        )
    return " ".join([*sentences, f"Guessing gives {chance(classes)['accuracy']:.0%}."])


def written_passes(passes: float) -> str:
    """How often all training images were seen, to a tenth: "1 epoch", "1.3 epochs"."""
    written = f"{round(passes, 1):g}"
    return f"{written} epoch{'' if written == '1' else 's'}"


def drawing(drawn: Sequence[Line], *, classes: int, planned: float | None = None, alt: str = "") -> dict[str, Any]:
    """The lines and their scales, as the track of curves in the browser gets them.

    classes: of which guessing chooses one. planned: how many epochs are planned, so that the axis stands still while
    the curves grow. alt: what they show.
    """
    last = max([planned or 0.0, *(line.passes[-1] for line in drawn if line.passes)]) or 1.0
    step = _step((1, 2, 5) if last < 5 else (1, 2, 4, 5), lambda step: last / step <= 5)
    ticks = [[n * step, f"{n * step:g}"] for n in range(int(last / step + 1e-9) + 1)]
    ticks[-1][1] += " epoch" if ticks[-1][1] == "1" else " epochs"
    return {
        "last": last,
        "ticks": ticks,
        "alt": alt,
        "charts": [_chart(metric, drawn, guessed) for metric, guessed in chance(classes).items()],
        "lines": [
            {"kind": line.kind, "name": line.name, "piece": line.pieces}
            | {"x": _short(line.passes), "at": line.seconds}
            | {metric: _short(line.values[metric]) for metric in METRICS}
            for line in drawn
        ],
    }


def _short(numbers: Sequence[float]) -> list[float | None]:
    """With six digits, more than a screen shows; what is no number as null, which JSON can write."""
    return [float(f"{number:.6g}") if math.isfinite(number) else None for number in numbers]


def _chart(metric: Metric, drawn: Sequence[Line], guessed: float) -> dict[str, Any]:
    """The scale of one metric. The first batches may begin far above it; they do not squeeze what follows."""
    title, in_full = _TITLES[metric]
    chart = {"metric": metric, "title": title, "long": in_full, "chance": guessed, "digits": _DIGITS[metric]}
    if metric == "accuracy":
        return chart | {"top": 1.0, "ticks": [[n / 4, f"{n / 4:.0%}"] for n in range(5)]}
    values = [v for line in drawn if line.kind != "running" for v in line.values[metric] if math.isfinite(v)]
    highest = max([1.05 * guessed, *values])
    step = _step((1, 2, 2.5, 5), lambda step: math.ceil(highest / step - 1e-9) <= 4)
    count = math.ceil(highest / step - 1e-9)
    return chart | {"top": count * step, "ticks": [[n * step, f"{n * step:g}"] for n in range(count + 1)]}


def _step(factors: Sequence[float], suits: Callable[[float], bool]) -> float:
    """The smallest distance of two ticks that suits: one of the factors, times a power of ten."""
    return next(step for power in range(-4, 40) for factor in factors if suits(step := factor * 10.0**power))


def _line(kind: Kind, name: str, rows: pd.DataFrame, prefix: str) -> Line:
    values = {metric: rows[f"{prefix}{metric}"].tolist() for metric in METRICS}
    return Line(kind, name, rows["passes"].tolist(), rows["seconds"].tolist(), values)


def _running_means(history: pd.DataFrame, batches: pd.DataFrame) -> Line:
    """The mean of each epoch so far: from the end of the last one, and to its own end once it is there."""
    ends = {row.epoch: row for row in history.itertuples()}
    settled = (batches["epoch"] == 1) | (batches["batch"] >= _SETTLED * batches["batches"])
    settled.iloc[-1:] = True
    points = []
    for epoch, rows in groupby(thinned(batches[settled]).itertuples(), attrgetter("epoch")):
        within = [(epoch - 1 + row.batch / row.batches, row.seconds, epoch, row) for row in rows]
        if before := ends.get(epoch - 1):
            points.append((before.passes, within[0][1], epoch, before))
        points += within
        if end := ends.get(epoch):
            points.append((end.passes, end.seconds, epoch, end))
    passes, seconds, pieces, rows = map(list, zip(*points, strict=True)) if points else ([], [], [], [])
    values = {metric: [float(getattr(row, metric)) for row in rows] for metric in METRICS}
    return Line("running", "training, each epoch so far", passes, seconds, values, pieces)


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
    gap = round(100 * last["accuracy"], 1) - round(100 * last["val_accuracy"], 1)  # of the figures as they are written
    ahead = "ahead of" if gap >= 0 else "behind"
    return (
        f"{validation_name.capitalize()} accuracy {course}; training accuracy, the mean of the last epoch, is "
        f"{last['accuracy']:.1%}, {abs(gap):.1f} points {ahead} it."
    )
