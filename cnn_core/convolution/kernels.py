"""Kernels with well-known names, and the operations that change a kernel.

Orientation is the report's: `vertical` is positive where the image is brighter on the left, `horizontal` where it is
brighter above. Weights are float64; every operation returns a new array and works on the first two axes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np

from cnn_core.convolution.notation import write

SIZES = (1, 3, 5, 7)


@dataclass(frozen=True, slots=True)
class Preset:
    """A kernel with a name: what it does, in one sentence, and its weights at a given size."""

    title: str
    sentence: str
    build: Callable[[int], np.ndarray]  # odd size -> float64 (size, size)

    def weights(self, size: int = 3) -> np.ndarray:
        """float64 (size, size); for an even size, which has no middle, the next larger."""
        return self.build(size | 1)


def _fixed(rows: list[list[float]]) -> Callable[[int], np.ndarray]:
    """These weights, in a frame of zeros when a larger kernel is asked for, and their middle when a smaller one is."""
    return lambda size: resize(np.array(rows, float), size)


def _identity(size: int) -> np.ndarray:
    return np.outer(*[np.arange(size) == size // 2] * 2).astype(float)


def _gaussian(size: int) -> np.ndarray:
    row = np.array([comb(size - 1, i) for i in range(size)], float)
    return np.outer(row, row) / row.sum() ** 2


KERNELS: dict[str, Preset] = {
    "identity": Preset("Identity", "Copies the image: only the centre pixel counts.", _identity),
    "box_blur": Preset(
        "Box blur",
        "Each output is the plain average of its neighbourhood, so detail melts away.",
        lambda size: np.full((size, size), 1 / size**2),
    ),
    "gaussian_blur": Preset(
        "Gaussian blur", "An average in which near pixels count more than far ones: a softer blur.", _gaussian
    ),
    "sharpen": Preset(
        "Sharpen",
        "Adds the difference between a pixel and its four neighbours: edges gain contrast.",
        _fixed([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    ),
    "outline": Preset(
        "Outline",
        "A pixel against all eight neighbours: edges of every direction show.",
        _fixed([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    ),
    "emboss": Preset(
        "Emboss",
        "Brightens what grows towards the lower right and darkens the opposite: the image seems lit from one side.",
        _fixed([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
    ),
    "vertical": Preset(
        "Vertical edges",
        "Left column minus right column: positive where bright turns dark from left to right.",
        _fixed([[1, 0, -1]] * 3),
    ),
    "horizontal": Preset(
        "Horizontal edges",
        "Top row minus bottom row: positive where bright turns dark from top to bottom.",
        _fixed([[1, 1, 1], [0, 0, 0], [-1, -1, -1]]),
    ),
    "sobel_x": Preset(
        "Sobel x",
        "Vertical edges, with the middle row counting double: less disturbed by noise.",
        _fixed([[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
    ),
    "sobel_y": Preset(
        "Sobel y",
        "Horizontal edges, with the middle column counting double.",
        _fixed([[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
    ),
    "scharr_x": Preset(
        "Scharr x",
        "Sobel's idea with weights 3, 10, 3: edges at an angle are measured more evenly.",
        _fixed([[3, 0, -3], [10, 0, -10], [3, 0, -3]]),
    ),
    "scharr_y": Preset(
        "Scharr y",
        "The same, turned: horizontal edges.",
        _fixed([[3, 10, 3], [0, 0, 0], [-3, -10, -3]]),
    ),
    "laplacian": Preset(
        "Laplacian",
        "Four neighbours minus four times the centre: it changes sign in the middle of an edge.",
        _fixed([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    ),
    "motion_blur": Preset(
        "Motion blur",
        "The average along one diagonal: as if the camera had moved.",
        lambda size: np.eye(size) / size,
    ),
}


def preset_of(kernel: np.ndarray) -> str | None:
    """The name of the preset with exactly these weights, or None for any other kernel."""
    size = len(kernel)
    if size not in SIZES[1:]:  # at 1x1 the presets are all alike
        return None
    return next((name for name, preset in KERNELS.items() if _is_same(preset.weights(size), kernel)), None)


def _is_same(kernel: np.ndarray, other: np.ndarray) -> bool:
    return np.allclose(kernel, other, rtol=1e-12, atol=1e-12)  # a normalized kernel may differ in its last digits


def resize(kernel: np.ndarray, size: int) -> np.ndarray:
    """The kernel's middle, or the kernel in a frame of zeros: (size, size)."""
    lost = max(len(kernel) - size, 0) // 2
    kept = kernel[lost : lost + size, lost : lost + size]
    before = (size - len(kept)) // 2
    return np.pad(kept, (before, size - len(kept) - before))


def rotate(kernel: np.ndarray) -> np.ndarray:
    """A quarter turn clockwise."""
    return np.rot90(kernel, -1)


def flip(kernel: np.ndarray) -> np.ndarray:
    """Half a turn: what makes a cross-correlation a convolution."""
    return np.rot90(kernel, 2)


def negate(kernel: np.ndarray) -> np.ndarray:
    return 0.0 - kernel  # 0 - 0 is 0, while -0.0 would be shown with its sign


def normalise(kernel: np.ndarray) -> np.ndarray:
    """Weights that sum to 1; if they sum to 0, weights whose absolute values sum to 1."""
    total = kernel.sum()
    scale = np.abs(kernel).sum() if np.isclose(total, 0) else total
    return kernel / scale if scale else kernel.copy()


def sum_sentence(kernel: np.ndarray) -> str:
    """What the sum of the weights means for flat areas."""
    total = float(kernel.sum())
    if np.isclose(total, 0):
        return "The weights sum to 0: flat areas become 0, and only changes remain."
    if np.isclose(total, 1):
        return "The weights sum to 1: flat areas keep their brightness."
    return f"The weights sum to {write(total)}: flat areas are multiplied by {write(total)}."
