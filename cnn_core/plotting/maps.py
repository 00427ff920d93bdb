"""Maps over an image: each cell its share of the picture, orange where it takes away, blue where it adds.

Several maps on one scale are drawn with one `limit`. Small maps have their numbers in their cells.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cnn_core.convolution import luma
from cnn_core.plotting import lab

_MOST_NUMBERS = 4  # cells a side up to which each has its number in it
_STRONGEST = 0.85  # opacity of the full colour
_SIZE = 0.27  # of a number, as a share of its cell
_RIM = 0.008  # of the white around a number, as a share of the picture


def limit_of(maps: Sequence[np.ndarray]) -> float:
    """The size of a value that gets the full colour on all of these maps; 0 if nothing has any."""
    return max((lab.strongest(values) for values in maps), default=0.0)


def over_image(image: np.ndarray, values: np.ndarray, limit: float, side: int) -> np.ndarray:
    """The map float (h, w) over the image uint8 (H, W, 3), which is pale and gray under it: uint8 (side, side, 3)."""
    pale = 128 + luma(image) / 2
    ground = _stretched(np.repeat(pale[..., None], 3, -1).astype(np.uint8), side).astype(float)
    colours = _stretched(lab.signed_image(values, limit), side).astype(float)
    share = _STRONGEST * colours[..., 3:] / 255
    drawn = np.rint(share * colours[..., :3] + (1 - share) * ground).astype(np.uint8)
    return _with_numbers(drawn, values) if max(values.shape) <= _MOST_NUMBERS else drawn


def scale_strip(width: int, height: int) -> np.ndarray:
    """The signed scale from left to right: uint8 (height, width, 4), transparent in the middle."""
    return lab.signed_image(np.tile(np.linspace(-1.0, 1.0, width), (height, 1)), 1.0)


def written(value: float) -> str:
    """Two decimals, a real minus sign, and no minus before a zero."""
    return f"{value:.2f}".replace("-", "−") if round(value, 2) else "0.00"


def _stretched(pixels: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST))


def _with_numbers(pixels: np.ndarray, values: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(pixels)
    pen, side = ImageDraw.Draw(picture), picture.width
    height, width = values.shape
    font = ImageFont.load_default(round(_SIZE * side / max(height, width, 2)))
    for row in range(height):
        for column in range(width):
            middle = ((column + 0.5) * side / width, (row + 0.5) * side / height)
            text = written(values[row, column]).replace("−", "-")  # Pillow's own font has no minus sign
            pen.text(middle, text, "black", font, "mm", stroke_width=round(_RIM * side), stroke_fill="white")
    return np.asarray(picture)
