"""A gray square to move over an image: a bar for each class follows, and the map of all its places grows beside it.

Python computes the shares for every place once; the browser shows them, without a rerun. The square follows a finger,
the mouse and the arrow keys. The map shows where the square has been, or all places after one click.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnn_core.explanation.occlusion import Covered
from pages.ui.components import component, png_url

_mount = component("cover")


def cover(image: np.ndarray, covered: Covered, class_names: Sequence[str], *, key: str, colour: Sequence[int]) -> None:
    """Show the image uint8 (32, 32, 3) with the square on it; `covered` has probabilities."""
    _mount(key=key, data=cover_data(image, covered, class_names, colour))


def cover_data(
    image: np.ndarray, covered: Covered, class_names: Sequence[str], colour: Sequence[int]
) -> dict[str, Any]:
    """What the browser shows. Shares are in tenths of a percent: for each place, in reading order, one a class."""
    rows, columns, _ = covered.outputs.shape
    return {
        "image": png_url(image),
        "side": image.shape[0],
        "size": covered.size,
        "stride": covered.stride,
        "rows": rows,
        "columns": columns,
        "colour": list(colour),
        "names": list(class_names),
        "shares": _thousandths(covered.outputs).ravel().tolist(),
        "uncovered": _thousandths(covered.uncovered).tolist(),
    }


def _thousandths(shares: np.ndarray) -> np.ndarray:
    return np.rint(1000 * shares).astype(int)
