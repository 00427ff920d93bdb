"""A grid of 32x32 images with captions. A click picks an image; so does Enter, after the arrow keys reached it.

All images are sent as one PNG. A pick belongs to the images that were shown, and is dropped when others are shown.
"""

import base64
import io
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "gallery",
    html='<div class="gallery" role="listbox"></div>',
    css=(_HERE / "gallery.css").read_text(encoding="utf-8"),
    js=(_HERE / "gallery.js").read_text(encoding="utf-8"),
)


def gallery(
    images: np.ndarray,
    captions: Sequence[str],
    *,
    key: str,
    label: str,
    marks: Sequence[bool] | None = None,
    picked: int | None = None,
    size: int = 76,
    columns: int = 12,
) -> int | None:
    """Show the images; the index of the picked one, or None.

    images: (n, 32, 32, 3) uint8; captions: one each, "\\n" breaks a line; label: what they are, for screen readers.
    marks: whether each image gets a tick (right) or a cross (wrong). picked: the index before the first pick.
    size: the least width of a column, in pixels; columns: how many at most. The page's width decides between them.
    """
    of = fingerprint(images)
    pick = (st.session_state.get(key) or {}).get("picked")
    index = pick["index"] if pick and pick["of"] == of else picked
    data = {
        "sprite": _sprite(images),
        "captions": list(captions),
        "marks": None if marks is None else [bool(mark) for mark in marks],
        "label": label,
        "size": size,
        "columns": columns,
        "of": of,
        "picked": index,
    }
    _mount(key=key, data=data, on_picked_change=lambda: None)
    return index


def fingerprint(images: np.ndarray) -> int:
    """What tells these images from others; a pick in the session state is {"index": int, "of": fingerprint}."""
    return zlib.crc32(np.ascontiguousarray(images))


def _sprite(images: np.ndarray) -> str:
    """The images stacked in one column, as the data URL of a PNG."""
    file = io.BytesIO()
    Image.fromarray(images.reshape(-1, *images.shape[2:])).save(file, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
