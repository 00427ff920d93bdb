"""The square of an image that the network gets, and its 32x32 pixels.

A square may be larger than the image's shorter side, up to the longer one: then the whole image fits into it, and what
lies beside the image is filled with `PADDING`.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cnn_core.config import IMAGE_SHAPE

PADDING = (125, 123, 114)  # the mean pixel of CIFAR-10's training images, a gray: to its networks the least news


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of an image, whatever the image's size. The default is the largest square in the middle without padding.

    x and y say where the square is between its limits: 0 at the left (top) edge, 0.5 in the middle, 1 at the right
    (bottom) edge. size is its side as a share of the image's shorter side; above 1 it is padded, and no longer than the
    image's longer side. So every crop fits every image.
    """

    x: float = 0.5
    y: float = 0.5
    size: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1 and 0 < self.size < math.inf):
            raise ValueError(f"A crop has x and y from 0 to 1 and a finite size above 0; this is {self}.")


def whole(image: Image.Image) -> Crop:
    """The smallest square around the whole image, which lies in its middle."""
    return Crop(size=max(image.size) / min(image.size))


def square_crop(image: Image.Image, crop: Crop | None = None) -> Image.Image:
    """The square of an RGB image, in whole pixels; by default the largest one in the middle without padding."""
    crop = crop or Crop()
    side = max(1, min(round(crop.size * min(image.size)), max(image.size)))
    left, top = round(crop.x * (image.width - side)), round(crop.y * (image.height - side))
    if side <= min(image.size):
        return image.crop((left, top, left + side, top + side))
    square = Image.new("RGB", (side, side), PADDING)
    square.paste(image, (-left, -top))
    return square


def to_network_input(image: Image.Image, crop: Crop | None = None) -> np.ndarray:
    """The crop of an RGB image as the network gets it: uint8 (32, 32, 3). 32x32 pixels go through unchanged.

    Each value is the mean of the area it covers (a box filter): what a camera with 32x32 cells would have seen. That
    is an average a class can check by hand, it does not alias, and it invents no values as sharper filters do.
    """
    return np.asarray(square_crop(image, crop).resize(IMAGE_SHAPE[:2], Image.Resampling.BOX))


def enlarge(image: np.ndarray, times: int = 16) -> np.ndarray:
    """Every pixel of an image (h, w, 3 or 4) as `times` x `times` pixels: nearest neighbour, nothing is smoothed."""
    return image.repeat(times, axis=0).repeat(times, axis=1)
