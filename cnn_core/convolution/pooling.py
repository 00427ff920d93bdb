"""Pooling: one number for each window."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnn_core.convolution.arithmetic import pad
from cnn_core.convolution.geometry import GeometryError, Padding, geometry

POOLINGS = ("max", "average", "min")


def pool2d(
    image: np.ndarray,
    mode: str = "max",
    *,
    size: int | tuple[int, int] = 2,
    stride: int | None = None,
    padding: Padding = "valid",
) -> np.ndarray:
    """Reduce each window of `image` (H, W) or (H, W, C) to one number: float64 (h, w) or (h, w, C).

    Padding never wins and never counts. The windows stand side by side unless `stride` says otherwise. Raises
    GeometryError if a window holds only padding.
    """
    if mode not in POOLINGS:
        raise GeometryError(f"mode must be one of {', '.join(POOLINGS)}; it is {mode!r}.")
    image = np.asarray(image, float)
    height, width = (size, size) if isinstance(size, int) else size
    walk = geometry(image.shape[:2], (height, width), stride=stride or height, padding=padding)
    step = walk.rows.stride
    windows = sliding_window_view(pad(image, walk, np.nan), (height, width), axis=(0, 1))[::step, ::step]
    if np.isnan(windows).all((-2, -1)).any():
        raise GeometryError(f"With a padding of {padding} some windows of {height}x{width} hold nothing but padding.")
    reduce = {"max": np.nanmax, "average": np.nanmean, "min": np.nanmin}[mode]
    return reduce(windows, (-2, -1))


def global_pool(image: np.ndarray, mode: str = "average") -> np.ndarray:
    """One number for each channel of `image` (H, W, C): float64 (C,)."""
    return pool2d(image, mode, size=image.shape[:2])[0, 0]
