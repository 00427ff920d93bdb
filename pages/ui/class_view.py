"""What a class watches beside the curves, as tracks of the player: a few validation images, each with what the network
says now, and the kernels of its first layer. Live it is the latest look, in a replay all of them.
"""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from cnn_core import data
from cnn_core.config import IMAGE_SHAPE, ExperimentConfig
from cnn_core.progress import Look
from pages.ui import cache, presenter

_GRAY = 128  # of a weight that is 0
_MOST_LOOKS, _MOST_KERNELS = 200, 60  # in a replay: all that a browser gets of a run of a day is 0.1 MB
_ROOM = 2.0  # how much a kernel may grow before its colours are as strong as they get


def tracks(config: ExperimentConfig, looks: Sequence[Look], *, is_live: bool = False) -> dict[str, Any]:
    """The tracks `pictures` and `kernels`, as far as the log has them; only the latest of each with `is_live`."""
    # Of a run that was brought in from a zip, any class may have been said.
    looks = [look for look in looks if max(*look.labels, *look.answers) < config.network.classes]
    if not looks:
        return {}
    found = {"pictures": _pictures(config, _thinned(looks, 1 if is_live else _MOST_LOOKS), looks[-1])}
    told = [look for look in looks if look.kernels is not None and look.kernels.shape == _shape(looks)]
    if told:
        scale = _scale(told[0].kernels, grows=not config.network.whitening)
        shown = _thinned(told, 1 if is_live else _MOST_KERNELS)
        kernels = kernel_track([look.seconds for look in shown], [look.kernels for look in shown], scale)
        note = _WHITENING if config.network.whitening else "" if presenter.is_on() else _LEARNED
        note = _KEPT.format(config.reuse) if config.reuse else note
        found["kernels"] = {**kernels, "note": note}
    return found


def kernel_track(at: Sequence[float], kernels: Sequence[np.ndarray], scale: np.ndarray | None = None) -> dict[str, Any]:
    """Kernels (height, width, 3, n) at these moments in the form of kernels.js; all have one shape.

    scale: for each filter the weight, float (n,), that is shown in the strongest colour at every moment.
    """
    rows, columns, _, count = kernels[0].shape
    scale = _scale(kernels[0]) if scale is None else scale
    title = f"The first layer: {count} kernels" if count > 1 else "The first layer: 1 kernel"
    pixels = [_pixels(values, scale) for values in kernels]
    return {"title": title, "rows": rows, "columns": columns, "at": list(at), "pixels": pixels, "note": _LEARNED}


def _pictures(config: ExperimentConfig, looks: Sequence[Look], last: Look) -> dict[str, Any]:
    """The looks at the same images as the last."""
    same = [look for look in looks if (look.positions, look.labels) == (last.positions, last.labels)]
    sprite = _sprite(config, last)
    kind = "test" if config.training.validate_on == "test" else "validation"
    return {
        "title": f"{len(last.positions)} {kind} images: what the network says now",
        "sprite": sprite,
        "names": list(data.learned(config).class_names),
        "labels": list(last.labels),
        "at": [look.seconds for look in same],
        "answers": [list(look.answers) for look in same],
        "outputs": [[round(probability, 2) for probability in look.probabilities] for look in same],
        "note": "" if sprite else _NO_IMAGES,
    }


def _thinned(looks: Sequence[Look], most: int) -> list[Look]:
    """At most so many of them: the last, and others evenly down to the first."""
    places = np.linspace(len(looks) - 1, 0, min(most, len(looks))).round().astype(int)
    return [looks[place] for place in places[::-1]]


def _sprite(config: ExperimentConfig, look: Look) -> str | None:
    """The images that it is about, one below the other, as a data URL; None if they are not on this machine."""
    name, split = config.data_set, config.training.validate_on

    def draw() -> str | None:
        images = cache.data_set(name).split(split)
        # A run of another machine may have seen another data set of this name: its labels tell.
        if max(look.positions) >= len(images) or tuple(images.labels[list(look.positions)]) != look.labels:
            return None
        file = io.BytesIO()
        column = images.images(np.array(look.positions)).reshape(-1, *IMAGE_SHAPE[1:])
        Image.fromarray(column).save(file, "WEBP", lossless=True, quality=100)
        return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()

    try:
        return cache.watched_images(name, split, look.positions, look.labels, draw) if data.is_ready(name) else None
    except data.DataError:  # its files are damaged, which other pages say
        return None


def _shape(looks: Sequence[Look]) -> tuple[int, ...]:
    """Of the kernels that were told first; others, of a log that was mended by hand, are left out."""
    return next((look.kernels.shape for look in looks if look.kernels is not None), ())


def _scale(kernels: np.ndarray, *, grows: bool = True) -> np.ndarray:
    """For each filter the weight that gets the strongest colour, (n,): the same for the whole run, so that learning
    shows."""
    largest = np.abs(kernels).max(axis=(0, 1, 2))
    return np.maximum(largest * (_ROOM if grows else 1.0), 1e-6)


def _pixels(kernels: np.ndarray, scale: np.ndarray) -> str:
    shares = np.clip(kernels / scale, -1, 1)
    colours = np.round(_GRAY + (_GRAY - 1) * shares).astype(np.uint8)
    return base64.b64encode(np.ascontiguousarray(np.moveaxis(colours, -1, 0)).tobytes()).decode()


_LEARNED = "Each kernel in the colours of its weights: gray is 0, brighter is positive, darker is negative."
_KEPT = "Each kernel in the colours of its weights. They are those of {}, and do not learn here."
_WHITENING = (
    "Each kernel in the colours of its weights. This network computes its first kernels from the training images "
    "before it starts; they separate neighbouring pixels and do not learn."
)
_NO_IMAGES = "The images are not on this machine; each box says what its image shows."
