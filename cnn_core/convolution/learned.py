"""The filters of a network's first layer and what follows their sums, found from the network's own answers.

A convolution and a batch-norm are affine functions, so a few images made for the purpose reveal them: the answer
to a black image is the bias, the answer to a single bright pixel is the kernel turned by 180 degrees, and two values
before and after a batch-norm give its factor and its summand. So no weight is read from a file of any format, and the
page shows what the network computes. Tests compare the result with the recorded networks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnn_core.architecture import Layer, layers
from cnn_core.config import IMAGE_SHAPE, NetworkConfig
from cnn_core.convolution.geometry import geometry

Maps = dict[str, np.ndarray]  # by the layer's name: float (h, w, N)
_SPOT = 16  # row and column of the bright pixel
_FLAT = 1e-6  # a map that varies less than this tells nothing about the factor after it


@dataclass(frozen=True, slots=True)
class Filters:
    """The N filters of the first layer, with all that the network does to their sums before the next convolution."""

    kernels: np.ndarray  # float64 (k, k, 3, N), for pixels from 0 to 1
    biases: np.ndarray  # float64 (N,); 0 where the layer has none
    scales: np.ndarray | None  # float64 (N,): the batch-norm's factors, NaN where they cannot be seen; None: no norm
    shifts: np.ndarray | None  # float64 (N,): its summands


def chain(network: NetworkConfig) -> list[Layer]:
    """The first convolution and the layers of maps behind it, up to the next convolution; empty without one."""
    found: list[Layer] = []
    for layer in layers(network):
        is_convolution = layer.kind == "Conv2D"
        if found and (is_convolution or len(layer.output_shape) != 3):
            break
        if (found and layer.kind != "Dropout") or is_convolution:
            found.append(layer)
    return found


def read_filters(answer: Callable[[np.ndarray], Maps], network: NetworkConfig) -> Filters:
    """The first layer's filters.

    Args:
        answer: the maps of a network for an image uint8 (32, 32, 3), as `Classifier.feature_maps` gives them.
        network: its configuration, with at least one block and without whitening.
    """
    first, *behind = chain(network)
    size = network.kernel_size
    biases = answer(np.zeros(IMAGE_SHAPE, np.uint8))[first.name][_SPOT, _SPOT].astype(float)
    walk = geometry(IMAGE_SHAPE[:2], (size, size), padding=network.padding)
    window = slice(_SPOT + walk.rows.before - size + 1, _SPOT + walk.rows.before + 1)
    turned = [answer(_spot(channel))[first.name][window, window] - biases for channel in range(3)]
    kernels = np.stack([values[::-1, ::-1] for values in turned], 2).astype(float)
    norm = next((place for place, layer in enumerate(behind, 1) if layer.kind == "BatchNormalization"), None)
    if norm is None:
        return Filters(kernels, biases, None, None)
    before, after = chain(network)[norm - 1].name, chain(network)[norm].name
    answers = [answer(image) for image in _varied()]
    scales, shifts = line(*(np.concatenate([maps[name] for maps in answers]) for name in (before, after)))
    return Filters(kernels, biases, scales, shifts)


def liveliest(sums: np.ndarray, bent: np.ndarray) -> int:
    """Which of N filters shows the most edges on an image, counted from 0.

    Args:
        sums: float (h, w, N), what the filters compute; each is shown by the strength of its own largest.
        bent: float (h, w, N), what the activation leaves of them, so that a filter that it silences is not chosen.
    """
    steps = sum(np.abs(np.diff(bent, axis=axis)).mean((0, 1)) for axis in (0, 1))
    largest = np.abs(sums).max((0, 1))
    return int(np.divide(steps, largest, out=np.zeros_like(steps), where=largest > 0).argmax())


def line(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lines after = scale * before + shift, one a filter, through the extremes of (h, w, N): two arrays (N,)."""
    x, y = (values.reshape(-1, values.shape[-1]).astype(float) for values in (before, after))
    filters = np.arange(x.shape[1])
    low, high = x.argmin(0), x.argmax(0)
    run = x[high, filters] - x[low, filters]
    rise = y[high, filters] - y[low, filters]
    scales = np.divide(rise, run, out=np.full(len(filters), np.nan), where=run > _FLAT)
    return scales, y[low, filters] - np.nan_to_num(scales) * x[low, filters]


def _spot(channel: int) -> np.ndarray:
    """A black image with one bright pixel in one channel."""
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    image[_SPOT, _SPOT, channel] = 255
    return image


def _varied() -> list[np.ndarray]:
    """Images to which nearly every filter responds: noise, strong and of every colour, and flat areas."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, IMAGE_SHAPE)
    strong = np.where(rng.random(IMAGE_SHAPE) < 0.5, 0, 255)
    flat = np.where(rng.random((8, 8, 3)) < 0.5, 0, 255).repeat(4, 0).repeat(4, 1)
    return [image.astype(np.uint8) for image in (noise, strong, flat)]
