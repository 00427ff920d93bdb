"""Images changed by a given strength: moved, turned, blurred, made brighter, and the like.

Images are uint8 (N, 32, 32, 3), and so are the results: whole numbers from 0 to 255, as a picture has them. What enters
at a border is the reflection of the pixels there, as in training (`augmentation.shift`): so a network meets nothing at
a border that it has not learned with, and a change of its answer is due to the place, the angle or the size.
"""

import numpy as np

from cnn_core import augmentation
from cnn_core.convolution import luma

_NOISE_SEED = 0


def shift_across(images: np.ndarray, pixels: float) -> np.ndarray:
    """Moved to the right by whole pixels; to the left if `pixels` is below 0."""
    return augmentation.shift(images, np.full((len(images), 2), [0, int(pixels)]))


def shift_down(images: np.ndarray, pixels: float) -> np.ndarray:
    return augmentation.shift(images, np.full((len(images), 2), [int(pixels), 0]))


def rotate(images: np.ndarray, degrees: float) -> np.ndarray:
    """Turned clockwise about the middle."""
    angle = np.deg2rad(degrees)
    back = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return _resample(images, back)


def scale(images: np.ndarray, factor: float) -> np.ndarray:
    """Enlarged about the middle; below 1 the image gets smaller, and its surroundings are its reflection."""
    return _resample(images, np.eye(2) / factor)


def blur(images: np.ndarray, deviation: float) -> np.ndarray:
    """A Gaussian blur; its standard deviation is in pixels."""
    if deviation == 0:
        return images.copy()
    reach = int(4 * deviation + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weights /= weights.sum()
    values = images.astype(float)
    for axis in (1, 2):
        size = images.shape[axis]
        inside = _reflected(np.arange(-reach, size + reach), size)
        spread = np.take(values, inside, axis)
        values = sum(weight * np.take(spread, range(start, start + size), axis) for start, weight in enumerate(weights))
    return whole_pixels(values)


def add_noise(images: np.ndarray, deviation: float) -> np.ndarray:
    """Every number changed by chance, the same noise at every strength; the standard deviation is in pixel values."""
    noise = np.random.default_rng(_NOISE_SEED).standard_normal(images.shape)
    return whole_pixels(images + deviation * noise)


def brighten(images: np.ndarray, by: float) -> np.ndarray:
    return whole_pixels(images + float(by))


def contrast(images: np.ndarray, factor: float) -> np.ndarray:
    """Every number's distance to the image's mean brightness multiplied; at 0 only that gray is left."""
    mean = luma(images).mean((1, 2))[:, None, None, None]
    return whole_pixels(mean + factor * (images - mean))


def fade(images: np.ndarray, share: float) -> np.ndarray:
    """Without this share of its colour: at 1 each pixel is the gray of its brightness."""
    gray = luma(images)[..., None]
    return whole_pixels(images + share * (gray - images))


def cover(images: np.ndarray, side: float) -> np.ndarray:
    """A gray square over the middle."""
    corner = (images.shape[1] - int(side)) // 2
    return augmentation.cut_out(images, np.full((len(images), 2), corner), int(side))


def _resample(images: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Each pixel taken from where `back` (2, 2) leads from it, seen from the middle; between four pixels, linearly."""
    side = images.shape[1]
    middle = (side - 1) / 2
    grid = np.stack(np.meshgrid(*[np.arange(side) - middle] * 2, indexing="ij"))
    places = np.tensordot(back, grid, 1) + middle
    low = np.floor(places).astype(int)
    shares = (places - low)[..., None]
    result = np.zeros(images.shape)
    for down in (0, 1):
        for right in (0, 1):
            rows, columns = _reflected(low[0] + down, side), _reflected(low[1] + right, side)
            weight = np.abs(1 - down - shares[0]) * np.abs(1 - right - shares[1])
            result += weight * images[:, rows, columns]
    return whole_pixels(result)


def _reflected(places: np.ndarray, size: int) -> np.ndarray:
    """Places beyond 0 to size - 1, mirrored back; the border itself is not repeated."""
    period = 2 * (size - 1)
    places = np.abs(places) % period
    return np.minimum(places, period - places)


def whole_pixels(values: np.ndarray) -> np.ndarray:
    """Whole numbers from 0 to 255, as a picture has them."""
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)
