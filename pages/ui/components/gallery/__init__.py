"""A grid of images of one size with captions. A click picks an image; so does Enter, after the arrow keys reached it.

All images are sent as one PNG. A pick belongs to the images that were shown, and is dropped when others are shown. The
Tab key stops once at a gallery that picks, and not at all at one that only shows.
"""

import base64
import io
import zlib
from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image

from pages.ui.components import component

_mount = component("gallery", shared=["walk.js"])


def gallery(
    images: np.ndarray,
    captions: Sequence[str],
    *,
    key: str,
    label: str,
    marks: Sequence[bool | None] | None = None,
    picked: int | None = None,
    picks: bool = True,
    opens: str | None = None,
    size: int = 76,
    columns: int = 12,
) -> int | None:
    """Show the images; the index of the picked one, or None.

    images: (n, h, w, 3) uint8, whose pixels are shown as squares up to 64 a side; captions: one each, "\\n" breaks a
    line, "?" is for one that is still to be guessed; label: what they are, for screen readers.
    marks: whether each image gets a tick (right), a cross (wrong) or nothing. picked: the index before the first pick.
    picks: whether there is anything to pick. opens: the key of the container in which a pick appears; a phone scrolls
    to it.
    size: the least width of a column, in pixels; columns: how many at most. The page's width decides between them.
    """
    index = pick_among(images, key=key, picked=picked)
    data = {
        "sprite": _sprite(images),
        "captions": list(captions),
        "marks": None if marks is None else [None if mark is None else bool(mark) for mark in marks],
        "label": label,
        "size": size,
        "columns": columns,
        "of": fingerprint(images),
        "shape": images.shape[1:3],
        "picked": index,
        "picks": picks,
        "opens": opens,
    }
    _mount(key=key, data=data, on_picked_change=lambda: None)
    return index


def pick_among(images: np.ndarray, *, key: str, picked: int | None = None) -> int | None:
    """What `gallery` will return for these images, for a page whose captions depend on it."""
    pick = (st.session_state.get(key) or {}).get("picked")
    return pick["index"] if pick and pick["of"] == fingerprint(images) else picked


def fingerprint(images: np.ndarray) -> int:
    """What tells these images from others; a pick in the session state is {"index": int, "of": fingerprint}."""
    return zlib.crc32(np.ascontiguousarray(images))


def _sprite(images: np.ndarray) -> str:
    """The images stacked in one column, as the data URL of a PNG."""
    file = io.BytesIO()
    Image.fromarray(images.reshape(-1, *images.shape[2:])).save(file, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
