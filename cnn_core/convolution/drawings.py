"""Images for the lab: the report's example, drawings with a predictable result, and ways to show a result."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# The report's figures 9-13; with the vertical kernel the first sum is -5.
REPORT_IMAGE = np.array(
    [
        [3, 0, 1, 2, 7, 4],
        [1, 5, 8, 9, 3, 1],
        [2, 7, 2, 5, 1, 3],
        [0, 1, 3, 1, 7, 8],
        [4, 2, 1, 6, 2, 8],
        [2, 4, 5, 2, 3, 9],
    ]
)
REPORT_IMAGE.flags.writeable = False

DARK, BRIGHT = 40, 215
LUMA = np.array([0.299, 0.587, 0.114])  # Rec. 601, as in JPEG


@dataclass(frozen=True, slots=True)
class Stimulus:
    """A drawing so simple that one can predict what a kernel makes of it."""

    title: str
    inside: Callable[[np.ndarray, np.ndarray], np.ndarray]  # rows, columns in 0..1 -> True where it is bright

    def draw(self, size: int) -> np.ndarray:
        """uint8 (size, size)."""
        rows, columns = (np.indices((size, size)) + 0.5) / size
        return np.where(self.inside(rows, columns), BRIGHT, DARK).astype(np.uint8)


STIMULI: dict[str, Stimulus] = {
    "step": Stimulus("Step edge", lambda r, c: c < 0.5),
    "bar": Stimulus("Bar", lambda r, c: abs(c - 0.5) < 0.125),
    "checkerboard": Stimulus("Checkerboard", lambda r, c: (r * 4 // 1 + c * 4 // 1) % 2 == 0),
    "circle": Stimulus("Circle", lambda r, c: (r - 0.5) ** 2 + (c - 0.5) ** 2 < 0.09),
}


def luma(image: np.ndarray) -> np.ndarray:
    """The brightness of RGB images (..., H, W, 3) as the eye weighs it: float64 (..., H, W), same range."""
    return np.asarray(image, float) @ LUMA


def fit(image: np.ndarray, side: int) -> np.ndarray:
    """The upper left part of an image (H, W, ...), repeated where the image is too small: (side, side, ...)."""
    missing = [(0, max(side - length, 0)) for length in image.shape[:2]]
    return np.pad(image, missing + [(0, 0)] * (image.ndim - 2), mode="wrap")[:side, :side]


# How a result with negative numbers is shown. "signed" is for a diverging colour scale.
DISPLAY_MODES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "signed": np.asarray,
    "absolute": np.abs,
    "relu": lambda values: np.maximum(values, 0),
    "clipped": lambda values: np.clip(np.rint(values), 0, 255),
}
