"""Which images a batch holds, in which order, and how they are varied: all of it follows from the seed.

Plain NumPy. `training` turns it into a pipeline.
"""

import math
from collections.abc import Iterator

import numpy as np

from cnn_core.config import TrainingConfig
from cnn_core.data import Split


class Batches:
    """The batches of any epoch, from any batch on: the order and the augmentation follow from the seed alone."""

    def __init__(self, recipe: TrainingConfig, split: Split) -> None:
        self._recipe = recipe
        self._split = split
        self._rows = np.arange(len(split))
        if recipe.images is not None and recipe.images < len(split):
            self._rows = np.random.default_rng((recipe.seed, 1)).permutation(len(split))[: recipe.images]

    def __len__(self) -> int:
        return math.ceil(len(self._rows) / self._recipe.batch_size)

    def epoch(self, epoch: int, first_batch: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Images uint8 (n, 32, 32, 3) and labels int64 (n,), each image once; the last batch may be smaller."""
        recipe = self._recipe
        order = np.random.default_rng((recipe.seed, 2, epoch)).permutation(self._rows)
        for batch in range(first_batch, len(self)):
            positions = order[batch * recipe.batch_size : (batch + 1) * recipe.batch_size]
            rng = np.random.default_rng((recipe.seed, 3, epoch, batch))
            images = augment(self._split.images(positions), rng, flip=recipe.flip, shift=recipe.shift)
            yield images, self._split.labels[positions]


def augment(images: np.ndarray, rng: np.random.Generator, *, flip: bool, shift: int) -> np.ndarray:
    """Mirror half of the images and move each by up to `shift` pixels; what enters at the border is its reflection.

    Args and result: uint8 (n, height, width, channels).
    """
    n, height, width = images.shape[:3]
    if flip:
        images = np.where(rng.random(n)[:, None, None, None] < 0.5, images[:, :, ::-1], images)
    if shift:
        down, right = rng.integers(-shift, shift + 1, (2, n, 1))
        rows = _reflect(np.arange(height) + down, height)
        columns = _reflect(np.arange(width) + right, width)
        images = images[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return images


def _reflect(positions: np.ndarray, size: int) -> np.ndarray:
    """Positions outside 0..size-1 mirrored at the border pixel, which is not repeated."""
    return (size - 1) - np.abs((size - 1) - np.abs(positions))
