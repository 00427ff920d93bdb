"""The dial: one image under a change of every strength, and the probabilities over the whole range.

Python sends all images and probabilities once; the slider, the arrow keys and a finger on the chart ask nothing of the
server. The lines are `plotting.changes.probability_lines`.
"""

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from pages.ui.components import component

_mount = component("dial")


def dial(images: np.ndarray, drawn: dict[str, Any], *, key: str) -> None:
    """Show images uint8 (S, 32, 32, 3), one for each strength of `drawn`."""
    _mount(key=key, data={**drawn, "sprite": _sprite(images), "side": images.shape[1]})


def _sprite(images: np.ndarray) -> str:
    """The images below each other, as the data URL of a PNG."""
    file = io.BytesIO()
    Image.fromarray(images.reshape(-1, *images.shape[2:])).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
