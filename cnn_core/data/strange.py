"""Images that show none of the classes of a data set: how many of them does a network take for one of its own?"""

import numpy as np

from cnn_core.config import IMAGE_SHAPE
from cnn_core.data import catalogue, shapes10

IMAGES = 500  # of a kind
_BLUR = 4  # pixels: one number for so many, so that smooth noise has blots
STRANGE = {"shapes10": "drawn shapes", "cifar10": "photographs", "noise": "noise", "smooth": "smooth noise"}


def strange_kinds(data_set: str) -> list[str]:
    """The kinds that are strange to this data set and can be had on this machine."""
    return [kind for kind in STRANGE if kind != data_set and (kind != "cifar10" or catalogue.is_ready(kind))]


def strange_images(kind: str) -> np.ndarray:
    """Always the same 500 images of this kind, uint8 (500, 32, 32, 3)."""
    if kind == "shapes10":
        return shapes10.generate(IMAGES, seed=7)[0]
    if kind == "cifar10":
        return catalogue.load("cifar10").split("test").images(slice(0, IMAGES))
    rng = np.random.default_rng(7)
    if kind == "noise":
        return rng.integers(0, 256, (IMAGES, *IMAGE_SHAPE), dtype=np.uint8)
    side = IMAGE_SHAPE[0] // _BLUR
    return _widened(rng.random((IMAGES, side + 1, side + 1, 3)))


def _widened(values: np.ndarray) -> np.ndarray:
    """Blots of color: the numbers (n, s, s, 3), from 0 to 1, with straight lines between them."""
    at = np.arange(IMAGE_SHAPE[0]) / _BLUR
    low, share = at.astype(int), at % 1
    rows = values[:, low] * (1 - share)[:, None, None] + values[:, low + 1] * share[:, None, None]
    both = rows[:, :, low] * (1 - share)[:, None] + rows[:, :, low + 1] * share[:, None]
    return (255 * both).astype(np.uint8)
