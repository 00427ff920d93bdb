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
        self._drawn_half = np.random.default_rng((recipe.seed, 4)).random(len(split)) < 0.5

    def __len__(self) -> int:
        return math.ceil(len(self._rows) / self._recipe.batch_size)

    def first_images(self, n: int) -> np.ndarray:
        """Up to n of the images that are trained on, in official order and as they are: uint8 (n, 32, 32, 3)."""
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


def mirror(images: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The images (n, height, width, channels), those that are `chosen` (bool, n) mirrored left-right."""
    mirrored = images.copy()
    mirrored[chosen] = images[chosen, :, ::-1]
    return mirrored


def shift(images: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Each image (n, height, width, channels) moved by its own pixels down and right, int (n, 2).

    What enters at the border is the reflection of what is there; the border pixel is not repeated.
    """
    n, height, width, channels = images.shape
    reach = int(np.abs(by).max(initial=0))
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width, channels), axis=(1, 2, 3))
    # Whole windows are copied, not single pixels: several times as fast.
    return windows[np.arange(n), reach - by[:, 0], reach - by[:, 1], 0]


def cut_out(images: np.ndarray, corners: np.ndarray, side: int) -> np.ndarray:
    """The images uint8 (n, height, width, channels), a gray square in each; `corners` int (n, 2): its top and left.

    So that a class is not known by one detail alone: T. DeVries and G. Taylor, "Improved Regularization of
    Convolutional Neural Networks with Cutout", 2017 (arXiv 1708.04552). Theirs may leave the image; this one does not,
    as in D. Page's "How to train your ResNet", 2018.
    """
    result = images.copy()
    offsets = np.arange(side)
    rows, columns = (corners[:, axis, None] + offsets for axis in (0, 1))
    result[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]] = 128
    return result
