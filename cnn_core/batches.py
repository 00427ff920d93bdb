"""Which images a batch holds, in which order, and how they are varied: all of it follows from the seed.

Plain NumPy. `training` turns it into a pipeline.
"""

import math
from collections.abc import Iterator

import numpy as np

from cnn_core.augmentation import cut_out, mirror, shift
from cnn_core.config import TrainingConfig
from cnn_core.data import Split


def training_rows(recipe: TrainingConfig, n: int) -> np.ndarray:
    """Which of a split's n images are trained on: their places, in an order of no meaning."""
    if recipe.training_images is None or recipe.training_images >= n:
        return np.arange(n)
    return np.random.default_rng((recipe.seed, 1)).permutation(n)[: recipe.training_images]


class Batches:
    """The batches of any epoch, from any batch on: the order and the augmentation follow from the seed alone."""

    def __init__(self, recipe: TrainingConfig, split: Split) -> None:
        self._recipe = recipe
        self._split = split
        self._rows = training_rows(recipe, len(split))
        self._drawn_half = np.random.default_rng((recipe.seed, 4)).random(len(split)) < 0.5

    def __len__(self) -> int:
        return math.ceil(len(self._rows) / self._recipe.batch_size)

    def first_images(self, n: int) -> np.ndarray:
        """Up to n of the training images, in official order and unchanged: uint8 (n, 32, 32, 3)."""
        return self._split.images(np.sort(self._rows)[:n])

    def epoch(self, epoch: int, first_batch: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Images uint8 (n, 32, 32, 3) and labels int64 (n,), each image once; the last batch may be smaller."""
        recipe = self._recipe
        order = np.random.default_rng((recipe.seed, 2, epoch)).permutation(self._rows)
        for batch in range(first_batch, len(self)):
            positions = order[batch * recipe.batch_size : (batch + 1) * recipe.batch_size]
            rng = np.random.default_rng((recipe.seed, 3, epoch, batch))
            images = self._split.images(positions)
            if recipe.flip:
                images = mirror(images, self._is_mirrored(positions, epoch, rng))
            if recipe.shift:
                images = shift(images, rng.integers(-recipe.shift, recipe.shift + 1, (len(images), 2)))
            if recipe.cutout:
                corners = rng.integers(0, images.shape[1] - recipe.cutout + 1, (len(images), 2))
                images = cut_out(images, corners, recipe.cutout)
            yield images, self._split.labels[positions]

    def _is_mirrored(self, positions: np.ndarray, epoch: int, rng: np.random.Generator) -> np.ndarray:
        """A half at random; or, alternating, an image in every second epoch, so that no view is seen twice in a row.

        Alternating flips: Jordan 2024 (arXiv 2404.00498).
        """
        if self._recipe.alternating_flip:
            return self._drawn_half[positions] ^ (epoch % 2 == 1)
        return rng.random(len(positions)) < 0.5
