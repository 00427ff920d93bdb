"""Browsing the images of a split: which are shown, in what order, and one of them as a network gets it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

BRIGHTEST = 255
CHANNELS = ("red", "green", "blue")


def positions(labels: np.ndarray, *, label: int | None = None, seed: int | None = None) -> np.ndarray:
    """The positions with this label, or all of them: in official order, or in the random order of a seed."""
    chosen = np.arange(len(labels)) if label is None else np.flatnonzero(labels == label)
    return chosen if seed is None else np.random.default_rng(seed).permutation(chosen)


def pages(count: int, size: int) -> int:
    """How many pages of `size` images `count` images fill; one empty page if there are none."""
    return max(1, -(-count // size))


def page(positions: np.ndarray, number: int, size: int) -> np.ndarray:
    """The positions on page `number`, from 1."""
    return positions[(number - 1) * size : number * size]


def pixel_table(pixel: np.ndarray) -> pd.DataFrame:
    """One pixel (3,) uint8 as stored and as scaled to 0-1, a row a channel.

    The first layer of a network scales like this; a network with whitening scales differently (`architecture.layers`).
    """
    scaled = pixel.astype(np.float32) / BRIGHTEST
    return pd.DataFrame({"stored": pixel, "scaled": scaled}, index=pd.Index(CHANNELS, name="channel"))


def label_table(label: int, class_names: Sequence[str]) -> pd.DataFrame:
    """One label as its one-hot vector, a row a class: 1 for the class itself, 0 for all others."""
    one_hot = np.eye(len(class_names), dtype=int)[label]
    return pd.DataFrame({"one-hot": one_hot}, index=pd.Index(class_names, name="class"))
