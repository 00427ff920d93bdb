"""The sweep: a kernel slides over an image by itself and leaves its feature map; Home's moving picture.

Python computes all numbers once (`cnn_core.convolution`), the browser shows one place after the other, without a rerun.
It starts still where the visitor's system asks for less motion, and one button pauses it.
"""

from typing import Any

import numpy as np

from cnn_core import convolution
from cnn_core.convolution import KERNELS
from cnn_core.data import shapes10
from pages.ui.components import component, png_url

_SEED, _STAR = 2, 63  # a star in one colour before a calm background
_KERNELS = ("vertical", "horizontal", "laplacian")
_STRONG = 99  # percent of the sums that are not the strongest: these have the full colour
SAID = "A window of 3 × 3 pixels slides over a drawn star of 32 × 32 pixels; its sums fill a feature map of 30 × 30."

_mount = component("sweep")


def sweep(*, key: str) -> None:
    """A drawn star, and its feature maps under three well-known kernels, one after the other; `SAID` in a sentence."""
    _mount(key=key, data=sweep_data())


def sweep_data() -> dict[str, Any]:
    """What the browser shows: the image, its brightness in reading order, and for each kernel the sum at each place."""
    images, _ = shapes10.generate(shapes10.CHUNK, seed=_SEED)
    brightness = np.rint(convolution.luma(images[_STAR])).astype(int)
    return {
        "alt": SAID,
        "image": png_url(images[_STAR]),
        "side": len(brightness),
        "brightness": brightness.ravel().tolist(),
        "films": [_film(name, brightness) for name in _KERNELS],
    }


def _film(name: str, brightness: np.ndarray) -> dict[str, Any]:
    kernel = KERNELS[name].weights(3)
    sums = convolution.conv2d(brightness, kernel)
    return {
        "title": KERNELS[name].title,
        "kernel": kernel.astype(int).ravel().tolist(),
        "sums": sums.astype(int).ravel().tolist(),
        "strong": float(np.percentile(np.abs(sums), _STRONG)),
    }
