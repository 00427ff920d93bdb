"""How images are varied: in training, and for an answer that is the average over several views of one image.

Plain NumPy: the same for a Keras network and for LiteRT.
"""

from collections.abc import Callable, Iterator

import numpy as np


def mirror(images: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The images (n, height, width, channels), those that are `chosen` (bool, n) mirrored left-right."""
    mirrored = images.copy()
    mirrored[chosen] = images[chosen, :, ::-1]
    return mirrored


def shift(images: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Each image (n, height, width, channels) moved by its own pixels down and right, int (n, 2).

    What enters at the border is the reflection of the pixels there; the border pixel is not repeated.
    """
    n, height, width, channels = images.shape
    reach = int(np.abs(by).max(initial=0))
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width, channels), axis=(1, 2, 3))
    # Whole windows are copied, not single pixels: several times as fast.
    return windows[np.arange(n), reach - by[:, 0], reach - by[:, 1], 0]


def cut_out(images: np.ndarray, corners: np.ndarray, side: int) -> np.ndarray:
    """The images uint8 (n, height, width, channels), a gray square in each; `corners` int (n, 2): its top and left.

    So that no class is recognised by one detail alone: T. DeVries and G. Taylor, "Improved Regularization of
    Convolutional Neural Networks with Cutout", 2017 (arXiv 1708.04552). Their square may reach beyond the image; this
    one does not, as in D. Page's "How to train your ResNet", 2018.
    """
    result = images.copy()
    offsets = np.arange(side)
    rows, columns = (corners[:, axis, None] + offsets for axis in (0, 1))
    result[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]] = 128
    return result


def test_time_augmentation(classify: Callable[[np.ndarray], np.ndarray], images: np.ndarray, views: int) -> np.ndarray:
    """Probabilities float32 (N, classes) for images uint8 (N, 32, 32, 3), averaged over 1, 2 or 6 views of each.

    From K. Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU", 2024 (arXiv 2404.00498).

    Two: the image and its mirror image. Six: also both moved by a pixel up and left, and down and right, which count
    half as much. The logits, that is, the logarithms of the probabilities, are averaged.
    """
    logarithms = sum(
        weight * np.log(np.maximum(classify(view), 1e-37)) for weight, view in _weighted_views(images, views)
    )
    exponentials = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


def _weighted_views(images: np.ndarray, views: int) -> Iterator[tuple[float, np.ndarray]]:
    sides = [images] if views == 1 else [images, mirror(images, np.ones(len(images), bool))]
    for side in sides:
        yield (1 / 4 if views == 6 else 1 / views), side
    if views == 6:
        for side in sides:
            for by in (-1, 1):
                yield 1 / 8, shift(side, np.full((len(images), 2), by))
