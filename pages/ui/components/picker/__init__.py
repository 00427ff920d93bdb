"""A button, a drop zone and the clipboard for a visitor's photo, which the browser shrinks before it is sent.

A photo of any size arrives as a JPEG of at most 1,600 pixels, upright. What the browser cannot open (HEIC in most,
TIFF, no picture at all) arrives as it is if it has at most 8 MB. Nothing of this is to be trusted: anybody can send
anything.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.ui.components import component

_mount = component("picker")


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
    data = {"label": label, "taken": taken}
    picked = _picked(_mount(key=key, data=data, width=width, on_photo_change=lambda: None).photo)
    if picked:
        st.session_state[counter] = taken + 1  # tells the browser in the next run that this one has arrived
    return picked


def _picked(value: Any) -> Picked | None:
    """What the browser sent; nonsense counts as an empty file."""
    if value is None:
        return None
    try:
        content, size = value["content"], int(value["size"])
        return Picked(None if content is None else base64.b64decode(content, validate=True), size)
    except (TypeError, KeyError, ValueError, OverflowError, binascii.Error):
        return Picked(b"", 0)
