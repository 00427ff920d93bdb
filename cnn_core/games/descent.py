"""Gradient descent finds a hidden kernel, as a network finds its own: from the picture alone.

The loss is the mean squared difference of the two pictures; its gradient is that of a convolution layer with one
filter. With Nesterov's momentum a few hundred steps are enough; each takes some microseconds in NumPy.
"""

from dataclasses import dataclass

import numpy as np

MOST = 4000  # steps
GOOD = 1e-9  # the loss at which it stops; pixels are 0 to 1
_KEPT = 72  # steps that are shown, close to each other at the beginning


@dataclass(frozen=True, slots=True)
class Descent:
    """The steps that are kept, the first (0: the start) and the last among them.

    steps: int64 (n,), ascending; kernels: float64 (n, 3, 3); losses: float64 (n,); learning_rate, momentum: the same in
    every step.
    """

    steps: np.ndarray
    kernels: np.ndarray
    losses: np.ndarray
    learning_rate: float
    momentum: float


def descend(image: np.ndarray, target: np.ndarray, start: np.ndarray) -> Descent:
    """Find the kernel (3, 3) that makes the target (h - 2, w - 2) of a gray image (h, w), 0 to 1, from `start` on."""
    patches = np.lib.stride_tricks.sliding_window_view(image, start.shape).reshape(-1, start.size)
    wanted, count = target.ravel(), target.size
    curvature = np.linalg.eigvalsh(2 * patches.T @ patches / count)  # ascending
    learning_rate = 1 / float(curvature[-1])
    share = np.sqrt(max(curvature[0], 0) / curvature[-1])
    momentum = float((1 - share) / (1 + share))

    kernel, moved = start.ravel().astype(float), np.zeros(start.size)
    kernels, losses = [kernel], [float(np.square(patches @ kernel - wanted).mean())]
    while losses[-1] > GOOD and len(losses) <= MOST:
        ahead = kernel + momentum * moved
        gradient = 2 / count * (patches @ ahead - wanted) @ patches
        moved = ahead - learning_rate * gradient - kernel
        kernel = kernel + moved
        kernels.append(kernel)
        losses.append(float(np.square(patches @ kernel - wanted).mean()))
    kept = _thinned(len(losses) - 1)
    shown = np.array(kernels)[kept].reshape(-1, *start.shape)
    return Descent(kept, shown, np.array(losses)[kept], learning_rate, momentum)


def _thinned(last: int) -> np.ndarray:
    """Steps from 0 to the last, each about so many times the one before."""
    return np.unique(np.concatenate([[0], np.geomspace(1, max(last, 1), _KEPT).round().astype(int)]).clip(0, last))
