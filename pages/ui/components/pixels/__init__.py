"""One 32x32 image as numbers: the image, its three channels and the numbers around the cursor, tied together.

The mouse or the arrow keys move the cursor without a rerun; a click or Enter pins a pixel and tells Python which.
"""

from pathlib import Path

import numpy as np
import streamlit as st

_HERE = Path(__file__).parent
_MIDDLE = (15, 15)  # row 16, column 16: people count from 1

_mount = st.components.v2.component(
    "pixels",
    html=(_HERE / "pixels.html").read_text(encoding="utf-8"),
    css=(_HERE / "pixels.css").read_text(encoding="utf-8"),
    js=(_HERE / "pixels.js").read_text(encoding="utf-8"),
)


def pixels(image: np.ndarray, *, key: str, label: str) -> tuple[int, int]:
    """Show the image (32, 32, 3) uint8; the row and the column of the pinned pixel, from 0, at first in the middle.

    label: what the image is, for screen readers.
    """
    row, column = (st.session_state.get(key) or {}).get("pinned") or _MIDDLE
    data = {"pixels": image.ravel().tolist(), "label": label, "pinned": [row, column]}
    _mount(key=key, data=data, on_pinned_change=lambda: None)
    return int(row), int(column)
