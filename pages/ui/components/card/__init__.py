"""A class of one's own data set as a card: its name, how much it has, its newest pictures. A click chooses it."""

import base64
import io
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from pages.ui.components import component

MOST = 12  # pictures on a card
_QUALITY = 92  # of the JPEG: a third of a PNG's bytes, and its blocks of 8x8 do not reach over a picture's edge
_mount = component("card")


def card(
    name: str,
    count: int,
    pictures: Sequence[np.ndarray],
    *,
    key: str,
    least: int,
    good: int,
    is_chosen: bool,
    is_low: bool,
    on_choose: Callable[[], None],
) -> None:
    """Show the class; `on_choose` is called before the page runs again.

    pictures: the newest, uint8 (32, 32, 3); on a phone only the chosen class shows them. least, good: how many images
    are the least, and how many are good. is_low: the pictures have one row, not two.
    """
    data = {
        "name": name,
        "count": count,
        "least": least,
        "good": good,
        "isChosen": is_chosen,
        "isLow": is_low,
        "shown": len(pictures),
        "sprite": _sprite(pictures) if pictures else "",
    }
    _mount(key=key, data=data, on_chosen_change=on_choose)


def _sprite(pictures: Sequence[np.ndarray]) -> str:
    """The pictures in one column, as the data URL of a JPEG."""
    file = io.BytesIO()
    Image.fromarray(np.concatenate(pictures)).save(file, "JPEG", quality=_QUALITY, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
