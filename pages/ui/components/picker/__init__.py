"""A button, a drop zone and the clipboard for a visitor's photo, which the browser shrinks before it is sent.

A photo of any size arrives as a JPEG of at most 1,600 pixels, upright. What the browser cannot open (HEIC in most,
TIFF, no picture at all) arrives as it is if it has at most 8 MB, or what the server allows. Nothing of this is to be
trusted: anybody can send anything.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnn_core import limits
from pages.ui.components import component

_MOST = 8e6  # bytes of a file that the browser cannot open: what a phone's camera writes
_mount = component("picker", shared=["opened.js"])


@dataclass(frozen=True)
class Picked:
    """A file that the visitor gave: its bytes as they were sent, and how many it has on the visitor's device."""

    content: bytes | None  # None: the browser cannot open it, and it is too large to be sent as it is
    size: int


def picker(*, key: str, label: str, width: int | str = "stretch") -> Picked | None:
    """Show the button; the file that was given just now, after which the page has to run again.

    None in every later run of the page: keep what it holds.
    """
    counter = f"{key}.taken"
    taken = st.session_state.get(counter, 0)
    most = min(_MOST, limits.current().upload)
    data = {"label": label, "taken": taken, "most": most}
    picked = _picked(_mount(key=key, data=data, width=width, on_photo_change=lambda: None).photo, most)
    if picked:
        st.session_state[counter] = taken + 1  # tells the browser in the next run that this one has arrived
    return picked


def _picked(value: Any, most: float = _MOST) -> Picked | None:
    """What the browser sent; nonsense counts as an empty file, and more than `most` bytes as none that was sent."""
    if value is None:
        return None
    try:
        content, size = value["content"], int(value["size"])
        if content is not None and len(content) * 3 / 4 > most + 3:  # base64, which ends with up to two fillers
            return Picked(None, max(size, len(content) * 3 // 4))
        return Picked(None if content is None else base64.b64decode(content, validate=True), size)
    except (TypeError, KeyError, ValueError, OverflowError, binascii.Error):
        return Picked(b"", 0)
