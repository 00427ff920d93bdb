"""A run from snapshot to snapshot as the player shows it: matrix, recall, kernels and the answers to some images.

Scales, colours and order are those of the whole film, so that what changes on the screen has changed in the network.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnn_core.data import Split
from cnn_core.evaluation import growth
from cnn_core.runs import Snapshot
from pages.ui import class_view
from pages.ui.components import png_url

MOST_MOMENTS = 120  # a film of 250 epochs is thinned to so many
_MOST_KERNELS, _MOST_WEIGHTS = 60, 100_000  # how often the kernels are drawn anew, and how many numbers that are
_SETTLED, _IMAGES = 12, 24  # of the ribbon: how many that became right, and how many in all
_STRONG = 0.99  # of all weights are weaker than the strongest colour; a few outliers would leave the others gray
_PICTURE = 32  # pixels of an image


@dataclass(frozen=True)
class Watched:
    """The images that the snapshots of a run are about: the first of a split."""

    kind: str  # "validation" or "test", in words
    class_names: tuple[str, ...]
    labels: np.ndarray | None  # int64, from the first image on; None where they are not known
    images: Split | None  # None while they are not on this machine


@dataclass(frozen=True)
class Film:
    """What the player gets."""

    epochs: list[int]
    places: list[str]
    tracks: dict[str, Any]


def film(snapshots: Mapping[int, Snapshot], watched: Watched, *, learns: bool) -> Film:
    """The film of snapshots by epoch, all of the same shapes, at least one.

    learns: whether the first layer's kernels do; those of a fixed whitening do not. Without labels there are kernels
    alone, and a network without convolution has none.
    """
    epochs = list(snapshots)
    places = [f"epoch {epoch} of {epochs[-1]}" for epoch in epochs]
    kernels = _kernels(snapshots, learns=learns)
    answers = np.stack([snapshot.probabilities.argmax(axis=1) for snapshot in snapshots.values()])
    n = answers.shape[1]
    if watched.labels is None or not 0 < n <= len(watched.labels):
        return Film(epochs, places, kernels)
    labels = watched.labels[:n]
    counts = growth.matrices(labels, answers, len(watched.class_names))
    tracks = {
        "sentence": [_sentence(place, counts[at], watched) for at, place in enumerate(places)],
        "matrix": _matrix(counts, watched),
        **kernels,
        "ribbon": _ribbon(labels, answers, watched),
    }
    return Film(epochs, places, tracks)


def _first(n: int, watched: Watched) -> str:
    return f"the first {n:,} {watched.kind} images"


def _sentence(place: str, counts: np.ndarray, watched: Watched) -> str:
    """The numbers of a moment in words: what a screen reader says in place of the figures."""
    (recalls,) = growth.recalls(counts[None])
    worst, best = int(np.nanargmin(recalls)), int(np.nanargmax(recalls))
    names = watched.class_names
    n = int(counts.sum())
    right = f"{place.capitalize()}: {counts.trace() / n:.1%} of {_first(n, watched)} right"
    return f"{right}; lowest recall {names[worst]} {recalls[worst]:.0%}, highest {names[best]} {recalls[best]:.0%}."


def _matrix(counts: np.ndarray, watched: Watched) -> dict[str, Any]:
    diagonal = np.eye(counts.shape[1], dtype=bool)
    right, wrong = (int(counts[:, cells].max()) for cells in (diagonal, ~diagonal))
    recalls = [[None if np.isnan(share) else round(float(share), 3) for share in row] for row in growth.recalls(counts)]
    first = _first(int(counts[0].sum()), watched).capitalize()
    note = f"{first}. At every epoch the strongest blue is {right} images, the strongest orange {wrong}."
    marks = "Recall: the mark is where the class ends; the last number, how far it has just moved, in points."
    return {
        "names": list(watched.class_names),
        "counts": counts.reshape(len(counts), -1).tolist(),
        "tops": [max(right, 1), max(wrong, 1)],
        "recalls": recalls,
        "note": note,
        "marks": marks if len(counts) > 1 else "",
    }


def _kernels(snapshots: Mapping[int, Snapshot], *, learns: bool) -> dict[str, Any]:
    """The track of the kernels; none for a network without convolution.

    One scale for all that learn, so that a filter that stays weak looks weak; those of a whitening differ a hundredfold
    by design, and get a scale each.
    """
    size = next(iter(snapshots.values())).kernels.size
    if not size:
        return {}
    epochs = growth.thinned(list(snapshots), min(_MOST_KERNELS, max(2, _MOST_WEIGHTS // size)) if learns else 1)
    kernels = np.array([snapshots[epoch].kernels for epoch in epochs], dtype=float)
    if learns:
        strongest = max(float(np.quantile(np.abs(kernels), _STRONG)), 1e-6)
        scale = np.full(kernels.shape[-1], strongest)
        note = f"Gray is 0, white {strongest:.2g} or more, black −{strongest:.2g} or less: the same at every epoch."
    else:
        scale = np.abs(kernels).max(axis=(0, 1, 2, 3)) + np.finfo(float).tiny
        note = "Computed from the training images before the first epoch; these kernels do not learn."
    return {"kernels": {**class_view.kernel_track(epochs, list(kernels), scale), "note": note}}


def _ribbon(labels: np.ndarray, answers: np.ndarray, watched: Watched) -> dict[str, Any]:
    """Images that teach: some that became right for good, and those whose answer changed most often."""
    became_right = growth.settled(labels, answers, _SETTLED)
    changed = growth.restless(answers, _IMAGES - len(became_right), but=became_right)
    shown = np.concatenate([became_right, changed])
    others = "Changed the answer most often" if len(answers) > 1 else "The first images"
    groups = [("Became right for good, in this order", became_right), (others, changed)]
    return {
        "groups": [{"title": title, "size": len(positions)} for title, positions in groups if len(positions)],
        "sprite": _sprite(watched, shown),
        "names": list(watched.class_names),
        "labels": labels[shown].tolist(),
        "chains": [growth.chain(answers[:, position]) for position in shown],
        "note": "" if watched.images else _NO_IMAGES,
    }


def _sprite(watched: Watched, positions: np.ndarray) -> str | None:
    """The images one below the other, as a data URL."""
    return png_url(watched.images.images(positions).reshape(-1, _PICTURE, 3)) if watched.images else None


_NO_IMAGES = "The images are not on this machine; the words say what each of them shows."
