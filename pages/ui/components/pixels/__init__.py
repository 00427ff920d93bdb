"""One 32x32 image as numbers: the image, its three channels and the numbers around the cursor, tied together.

The mouse or the arrow keys move the cursor without a rerun; a click or Enter pins a pixel and tells Python which.
"""

import numpy as np
import streamlit as st

from pages.ui.components import component

_MIDDLE = (15, 15)  # row 16, column 16: people count from 1

_mount = component("pixels")


def pixels(image: np.ndarray, *, key: str, label: str) -> tuple[int, int]:
    """Show the image (32, 32, 3) uint8; the row and the column of the pinned pixel, from 0, at first in the middle.

    label: what the image is, for screen readers.
    """
    row, column = (st.session_state.get(key) or {}).get("pinned") or _MIDDLE
    data = {"pixels": image.ravel().tolist(), "label": label, "pinned": [row, column]}
    _mount(key=key, data=data, on_pinned_change=lambda: None)
    return int(row), int(column)
