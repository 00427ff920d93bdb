"""Covering: what the network says while a gray square lies on the image, for every place of the square.

Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014 (arXiv 1311.2901).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Ask = Callable[[np.ndarray], np.ndarray]  # images (N, 32, 32, 3) uint8 -> outputs (N, 10): shares, or logits

STRIDES = {4: 2, 8: 3, 12: 4}  # pixels from one place of a square of this side to the next: 225, 81 and 36 places


@dataclass(frozen=True)
class Covered:
    """The outputs for every place of the square, and without it."""

    size: int  # side of the square
    stride: int
    outputs: np.ndarray  # float (rows, columns, 10); place (i, j) begins at pixel (i * stride, j * stride)
    uncovered: np.ndarray  # float (10,)

    def drops(self, label: int) -> np.ndarray:
        """How much the output of a class falls, float (rows, columns): above 0 where the square takes from it."""
        return self.uncovered[label] - self.outputs[..., label]

    def placed(self, values: np.ndarray) -> np.ndarray:
        """Values (rows, columns), one a place, where they belong on the image: two cells to a pixel.

        Each fills the middle of its square, as far as the middle of the next; 0 where no square has its middle.
        """
        filled = np.kron(values, np.ones((2 * self.stride, 2 * self.stride)))
        return np.pad(filled, self.size - self.stride)


def cover(ask: Ask, image: np.ndarray, size: int, stride: int, colour: Sequence[int]) -> Covered:
    """Ask for the image uint8 (h, w, 3) and for every covered copy of it, all at once; `colour` is that of the square.

    The square stays inside the image; it reaches the last row and column where the stride fits.
    """
    rows, columns = ((side - size) // stride + 1 for side in image.shape[:2])
    copies = np.repeat(image[np.newaxis], rows * columns + 1, axis=0)
    for place in range(rows * columns):
        top, left = place // columns * stride, place % columns * stride
        copies[place, top : top + size, left : left + size] = colour
    outputs = ask(copies)
    return Covered(size, stride, outputs[:-1].reshape(rows, columns, -1), outputs[-1])
