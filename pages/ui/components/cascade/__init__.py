"""Maps of a network that is scrambled step by step: a row a map, a column a step, uncovered one by one.

Python draws all maps once; the browser shows as many columns as its slider says, without a rerun.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.plotting import lab as figures
from cnn_core.plotting.maps import written
from pages.ui.components import component, png_url

_mount = component("cascade")


@dataclass(frozen=True)
class Row:
    """One kind of map, from the whole network to the one that is scrambled to its first layer."""

    title: str
    maps: Sequence[np.ndarray]  # float (h, w), each on its own signed scale
    similarities: Sequence[float | None]


def cascade(
    image: np.ndarray,
    steps: Sequence[Sequence[str]],
    answers: Sequence[tuple[str, str]],
    rows: Sequence[Row],
    *,
    key: str,
    alt: str,
) -> None:
    """Show the maps over the image uint8 (32, 32, 3).

    steps: which layers each further column scrambles, from the top; answers: what the network then says, and with which
    share, one a column. alt: what the maps show, for people who cannot see them.
    """
    data = {
        "image": png_url(image),
        "of": [key, *map(" ".join, answers)],
        "steps": [list(layers) for layers in steps],
        "alt": alt,
        "answers": list(answers),
        "rows": [
            {
                "title": row.title,
                "maps": [_drawn(values) for values in row.maps],
                "similarities": ["–" if value is None else written(value) for value in row.similarities],
            }
            for row in rows
        ],
    }
    _mount(key=key, data=data)


def _drawn(values: np.ndarray) -> str | None:
    """The map as an image of its own size; None if it holds no numbers."""
    if not np.isfinite(values).all():
        return None
    return png_url(figures.signed_image(values, figures.strongest(values)))
