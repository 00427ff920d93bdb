"""Paging through the images of a split: which positions are shown, and in what order."""

import numpy as np


def positions(labels: np.ndarray, *, label: int | None = None, seed: int | None = None) -> np.ndarray:
    """The positions with this label, or all: in official order, or with a seed in a random order that it decides."""
    chosen = np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)
    return chosen if seed is None else np.random.default_rng(seed).permutation(chosen)


def pages(count: int, size: int) -> int:
    """How many pages of `size` images `count` images fill; an empty one if there is none."""
    return max(1, -(-count // size))


def page(positions: np.ndarray, number: int, size: int) -> np.ndarray:
    """The positions on page `number`, from 1."""
    return positions[(number - 1) * size : number * size]
