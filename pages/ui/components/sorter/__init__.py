"""The sorter: images one after the other, a button and a key for each class, in the browser alone.

The images come in one PNG, without their labels. Answers and seconds arrive once, at the end. Nothing of what arrives
is to be trusted: anybody can send anything.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pages.ui.components import component, png_url

_mount = component("sorter")


def sorter(images: np.ndarray, names: Sequence[str], *, key: str, attempt: int = 0) -> Any:
    """Show the images uint8 (n, 32, 32, 3), to be sorted into classes of these names, at most ten.

    Returns what was handed in just now, {"answers": class numbers, "seconds": numbers} from an honest browser; None in
    every other run. attempt: another number begins anew.
    """
    sprite = png_url(images.reshape(-1, *images.shape[2:]))
    data = {"sprite": sprite, "count": len(images), "names": list(names), "attempt": attempt}
    return _mount(key=key, data=data, on_sorted_change=lambda: None).sorted
