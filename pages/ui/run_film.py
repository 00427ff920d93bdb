"""A run as the player shows it: its curves and the figures that belong to them, now or at each moment of a replay.

Figures and lines come from the same points (`cnn_core.plotting.lines`), so a number is where its line ends.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cnn_core import data, plotting
from cnn_core.plotting.curves import MOST_POINTS, Line
from cnn_core.runs import RunState
from pages.ui.run_view import RunView
from pages.ui.run_words import duration, training_images


@dataclass(frozen=True)
class Film:
    """What the player gets; live, all lists have one moment."""

    moments: list[float]  # seconds of training
    places: list[str]
    tracks: dict[str, Any]


def live(view: RunView) -> Film:
    """How the run stands now, or how it ended."""
    drawn = _lines(view)
    moment = max([view.seconds, *(line.seconds[-1] for line in drawn if line.seconds)])
    return Film([moment], [""], _tracks(view, drawn, [moment], is_live=True))


def replay(view: RunView) -> Film:
    """The run from its first second to its last.

    At most about 500 moments, however long it took: the end of each epoch (of 250 epochs at most) and 250 in between,
    evenly thinned. So a run of two hours is a tenth of a megabyte.
    """
    drawn = _lines(view)
    moments = _moments(drawn, view.seconds)
    places = [f"{duration(at)} of {duration(view.seconds)}" for at in moments]
    return Film(moments, places, _tracks(view, drawn, moments, is_live=False))


def _lines(view: RunView) -> list[Line]:
    split = view.watched_split
    return plotting.lines(view.history, view.batches, view.samples, validation_name=split, n=measured(view))


def measured(view: RunView) -> int:
    """How many images are measured after each epoch."""
    return data.learned(view.config).sizes[view.config.training.validate_on]


def _moments(drawn: list[Line], end: float) -> list[float]:
    epochs, others = drawn[0].seconds, sorted({at for line in drawn[1:] for at in line.seconds})
    kept = plotting.thinned(pd.DataFrame({"at": others}))["at"].tolist()[:MOST_POINTS]
    return sorted({0.0, *epochs, *kept, end})


def _tracks(view: RunView, drawn: list[Line], moments: list[float], *, is_live: bool) -> dict[str, Any]:
    found = view.diagnosis
    alt = f"{found.said} {view.described}" if found else view.described
    latest = [[line.last(at) for line in drawn] for at in moments]
    figures = [_epochs(view, drawn, latest), _training(view, drawn, latest), _validation(view, drawn, latest)]
    if len(view.samples):
        figures.append(_sample(view, drawn, latest))
    return {
        "figures": [*figures, *(_endings(view) if is_live else _result_at_the_end(view, len(moments)))],
        "curves": plotting.drawing(drawn, classes=view.config.network.classes, planned=_planned(view), alt=alt),
    }


def _planned(view: RunView) -> float | None:
    """How many epochs a run under way will have; where the clock decides, as it looks now, rounded up."""
    at = view.progress
    if view.config.reuse:  # a fit ends when it has settled
        return None
    if view.config.training.epochs or not view.state.is_active or at is None:
        return view.config.training.epochs if view.state.is_active else None
    expected = (at.epoch - 1 + at.batch / at.batches) / max(at.fraction, 0.1)
    step = 1 if expected < 4 else 2 if expected < 8 else 4  # seldom another: the axis should stand still
    return float(step * np.ceil(expected / step - 0.01))


# ---- figures: each has a label, a text and what it was measured on; lists have one for each moment ------------------


Latest = list[list[int | None]]  # for each moment, the place of each line's last point


def _figure(label: str, texts: list[str], notes: list[str]) -> dict[str, Any]:
    return {"label": label, "text": texts, "note": notes[0] if len(set(notes)) == 1 else notes}


def _epochs(view: RunView, drawn: list[Line], latest: Latest) -> dict[str, Any]:
    passes = [_passes(drawn, places) for places in latest]
    recipe = view.config.training
    of = f"of {recipe.epochs}" if recipe.epochs and not view.config.reuse else "passes over the images"
    return _figure("Epochs", [f"{round(at, 1):g}" for at in passes], [of] * len(passes))


def _passes(drawn: list[Line], places: list[int | None]) -> float:
    """How often the training images have been gone through, as far as the lines tell."""
    known = [line.passes[at] for line, at in zip(drawn, places, strict=True) if at is not None]
    return max(known, default=0.0)


def _training(view: RunView, drawn: list[Line], latest: Latest) -> dict[str, Any]:
    """Of the epoch under way if there is one, else of the last whole one."""
    texts, notes = [], []
    whole, running = drawn[:2]
    for ended, so_far, *_ in latest:
        if so_far is not None and (ended is None or running.passes[so_far] > whole.passes[ended]):
            epoch = running.pieces[so_far]
            texts.append(_share(running, so_far))
            notes.append(f"epoch {epoch} so far, {_seen(view, running.passes[so_far] - epoch + 1):,} images")
        elif ended is not None:
            epoch = _epoch(whole, ended)
            texts.append(_share(whole, ended))
            notes.append(f"epoch {epoch}, {_seen(view, whole.passes[ended] - epoch + 1):,} images")
        else:
            texts.append("–")
            notes.append("no batch yet")
    return _figure("Training accuracy", texts, notes)


def _epoch(line: Line, at: int) -> int:
    """Which epoch ended there; the clock may have cut it short."""
    return int(np.ceil(line.passes[at] - 1e-9))


def _seen(view: RunView, share: float) -> int:
    """How many images an epoch has seen after this share of its batches."""
    images, size = training_images(view.config), view.config.training.batch_size
    return min(round(share * -(-images // size)) * size, images)


def _validation(view: RunView, drawn: list[Line], latest: Latest) -> dict[str, Any]:
    split, line = view.watched_split, drawn[2]
    texts = [_share(line, places[2]) for places in latest]
    ends = ["after epoch 1" if at is None else f"epoch {_epoch(line, at)}" for _, _, at, *_ in latest]
    return _figure(f"{split.capitalize()} accuracy", texts, [f"{end}, {measured(view):,} images" for end in ends])


def _sample(view: RunView, drawn: list[Line], latest: Latest) -> dict[str, Any]:
    texts = [_share(drawn[3], places[3]) for places in latest]
    n = f"the same {view.samples['n'].iloc[-1]:,.0f} images"
    return _figure(f"{view.watched_split.capitalize()} sample", texts, [n])


def _share(line: Line, place: int | None) -> str:
    return "–" if place is None else f"{line.values['accuracy'][place]:.1%}"


def _endings(view: RunView) -> list[dict[str, Any]]:
    """The result of a run that is over, or how fast it is."""
    if not view.result:
        speed = f"{view.progress.images_per_second:,.0f}" if view.progress else "–"
        return [_figure("Images a second", [speed], ["in this epoch"])] if view.state.is_active else []
    result = view.result
    name = "Final test accuracy" if view.state == RunState.FINISHED else "Test accuracy when stopped"
    found = [_figure(name, [f"{result.test_accuracy:.2%}"], [f"{result.test_n:,} test images"])]
    if result.test_accuracy_over_views is not None:
        note = f"averaged, {result.test_n:,} images"
        views = [f"{result.test_accuracy_over_views:.2%}"]
        found.append(_figure(f"Test accuracy, {result.test_views} views", views, [note]))
    return [*found, _figure("Time", [duration(result.seconds)], ["of training"])]


def _result_at_the_end(view: RunView, moments: int) -> list[dict[str, Any]]:
    """The first figure of the result: unknown until the last moment."""
    if not view.result:
        return []
    figure = _endings(view)[0]
    return [figure | {"text": ["–"] * (moments - 1) + figure["text"]}]
