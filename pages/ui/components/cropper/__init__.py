"""An image with a square that visitors move by mouse, finger or keys. Python gets the square when they let go.

The square can be larger than the image's shorter side, up to the whole photo; what lies beside the photo is padding.
"""

import base64
import io
from typing import Any

from PIL import Image

from cnn_core.images import PADDING, Crop
from pages.ui.components import component

_mount = component("cropper")


def cropper(image: Image.Image, *, key: str) -> Crop:
    """Show the image; return the square on it. Another image needs another key, and starts with the middle."""
    width, height = image.size
    data = {"picture": _data_url(image), "width": width, "height": height, "padding": f"rgb{PADDING}"}
    return _crop(_mount(key=key, data=data, on_crop_change=lambda: None).crop)


def _data_url(image: Image.Image) -> str:
    """Small images as PNG, so that their pixels stay sharp; photos as JPEG, a tenth of the bytes."""
    image_format = "PNG" if max(image.size) <= 256 else "JPEG"
    file = io.BytesIO()
    image.save(file, image_format)
    return f"data:image/{image_format.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def _crop(value: Any) -> Crop:
    """The square that the browser reports; the square in the middle while there is no valid report."""
    try:
        return Crop(float(value["x"]), float(value["y"]), float(value["size"]))
    except (TypeError, KeyError, ValueError):
        return Crop()
