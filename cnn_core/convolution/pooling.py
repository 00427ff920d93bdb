"""Pooling: one number for each window, and which pixel it came from."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnn_core.convolution.arithmetic import pad
from cnn_core.convolution.geometry import GeometryError, Padding, geometry

POOLINGS = ("max", "average", "min")


@dataclass(frozen=True, slots=True)
class Pooled:
    """The pooled image, and for max and min where each value stood."""

    values: np.ndarray  # float64 (h, w) or (h, w, C)
    winners: np.ndarray | None  # int64 (h, w[, C], 2): row and column in the image, the first of equals; None: average


def pool2d(
    image: np.ndarray,
    mode: str = "max",
    *,
    size: int | tuple[int, int] = 2,
    stride: int | None = None,
    padding: Padding = "valid",
) -> Pooled:
    """Reduce each window of `image` (H, W) or (H, W, C) to one number. Padding never wins and never counts.

    The windows stand side by side unless `stride` says otherwise. Raises GeometryError if a window holds only padding.
    """
    if mode not in POOLINGS:
        raise GeometryError(f"mode must be one of {', '.join(POOLINGS)}; it is {mode!r}.")
    image = np.asarray(image, float)
    height, width = (size, size) if isinstance(size, int) else size
    walk = geometry(image.shape[:2], (height, width), stride=stride or height, padding=padding)
    step = walk.rows.stride
    windows = sliding_window_view(pad(image, walk, np.nan), (height, width), axis=(0, 1))[::step, ::step]
    windows = windows.reshape(*windows.shape[:-2], height * width)
    if np.isnan(windows).all(-1).any():
        raise GeometryError(f"With a padding of {padding} some windows of {height}x{width} hold nothing but padding.")
    if mode == "average":
        return Pooled(np.nanmean(windows, -1), None)
    best = np.nanargmax(windows, -1) if mode == "max" else np.nanargmin(windows, -1)
    values = np.take_along_axis(windows, best[..., None], -1)[..., 0]
    row, column = np.indices(walk.output_shape)
    channels = (1,) * (image.ndim - 2)
    top = (row * step - walk.rows.before).reshape(*row.shape, *channels)
    left = (column * step - walk.columns.before).reshape(*column.shape, *channels)
    return Pooled(values, np.stack([top + best // width, left + best % width], -1))


def global_pool(image: np.ndarray, mode: str = "average") -> np.ndarray:
    """One number for each channel of `image` (H, W, C): float64 (C,)."""
    return pool2d(image, mode, size=image.shape[:2]).values[0, 0]
