"""Covering: what the network says while a gray square lies on the image, for every place of the square.

Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014 (arXiv 1311.2901).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.config import IMAGE_SHAPE

Ask = Callable[[np.ndarray], np.ndarray]  # images (N, 32, 32, 3) uint8 -> outputs (N, classes): shares, or logits

STRIDES = {4: 2, 8: 3, 12: 4}  # pixels from one place of a square of this side to the next: 225, 81 and 36 places
_MOST_WORK = 1.2e10  # multiply-adds for all places: a quarter of a second of one core


@dataclass(frozen=True)
class Covered:
    """The outputs for every place of the square, and without it."""

    size: int  # side of the square
    stride: int
    outputs: np.ndarray  # float (rows, columns, classes); place (i, j) begins at pixel (i * stride, j * stride)
    uncovered: np.ndarray  # float (classes,)

    def drops(self, label: int) -> np.ndarray:
        """How much the output of a class falls, float (rows, columns): above 0 where the square takes from it."""
        return self.uncovered[label] - self.outputs[..., label]

    def placed(self, values: np.ndarray) -> np.ndarray:
        """Values (rows, columns), one a place, where they belong on the image: two cells to a pixel.

        Each fills the middle of its square, as far as the middle of the next; 0 where no square has its middle.
        """
        filled = np.kron(values, np.ones((2 * self.stride, 2 * self.stride)))
        return np.pad(filled, self.size - self.stride)


def stride_for(size: int, multiply_adds: int) -> int:
    """Pixels from one place to the next for a network that takes so many multiply-adds for an image.

    That of STRIDES, or more, up to the size of the square: a class would wait for the 225 places of a large network.
    """
    most = _MOST_WORK / multiply_adds
    strides = range(STRIDES[size], size + 1)
    return next((stride for stride in strides if _places(IMAGE_SHAPE[0], size, stride) ** 2 <= most), size)


def cover(ask: Ask, image: np.ndarray, size: int, stride: int, colour: Sequence[int]) -> Covered:
    """Ask for the image uint8 (h, w, 3) and for every covered copy of it, all at once; `colour` is that of the square.

    The square stays inside the image; it reaches the last row and column where the stride fits.
    """
    rows, columns = (_places(side, size, stride) for side in image.shape[:2])
    copies = np.repeat(image[np.newaxis], rows * columns + 1, axis=0)
    for place in range(rows * columns):
        top, left = place // columns * stride, place % columns * stride
        copies[place, top : top + size, left : left + size] = colour
    outputs = ask(copies)
    return Covered(size, stride, outputs[:-1].reshape(rows, columns, -1), outputs[-1])


def _places(side: int, size: int, stride: int) -> int:
    return (side - size) // stride + 1
