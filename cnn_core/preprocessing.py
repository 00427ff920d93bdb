"""What a network gets of an image and its label.

The first layer of a network does the scaling itself; one that whitens has another scale (`architecture.layers`).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

BRIGHTEST = 255
CHANNELS = ("red", "green", "blue")


def scale(images: np.ndarray) -> np.ndarray:
    """Pixels from 0-255, uint8, to 0-1, float32, in any shape."""
    return images.astype(np.float32) / BRIGHTEST


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Each integer label (N,) as a row of zeros with a one in its place: float32 (N, classes)."""
    return np.eye(classes, dtype=np.float32)[labels]


def pixel_table(pixel: np.ndarray) -> pd.DataFrame:
    """One pixel (3,) uint8 before and after scaling, a row a channel."""
    return pd.DataFrame({"stored": pixel, "scaled": scale(pixel)}, index=pd.Index(CHANNELS, name="channel"))


def label_table(label: int, class_names: Sequence[str]) -> pd.DataFrame:
    """One label as its one-hot vector, a row a class."""
    vector = one_hot(np.array([label]), len(class_names))[0].astype(int)
    return pd.DataFrame({"one-hot": vector}, index=pd.Index(class_names, name="class"))
