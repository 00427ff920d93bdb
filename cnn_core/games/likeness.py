"""How alike the pictures are that two kernels make of one image, and when a kernel counts as found.

Correlation alone does not decide that: any two blurs of a photograph correlate above 0.9. A kernel is found when its
picture, times one positive factor, is the target; since the image's nine shifted copies differ, the nine numbers are
then the hidden ones times that factor.
"""

from dataclasses import dataclass

import numpy as np

from cnn_core.convolution import conv2d

_SAME = 1e-9  # share of the target's variance that rounding may leave


@dataclass(frozen=True, slots=True)
class Likeness:
    """correlation: of all values of the two pictures, -1 to 1; 0 where one of them is the same everywhere.

    factor: what the player's picture has to be multiplied with to come nearest to the target; 0 if nothing helps.
    rest: what differs then, as a share of the target's variance; it may be above 1.
    """

    correlation: float
    factor: float
    rest: float

    @property
    def is_found(self) -> bool:
        return self.factor > 0 and self.rest < _SAME

    @property
    def is_turned(self) -> bool:
        """Whether it is the target with all signs the other way round."""
        return self.factor < 0 and self.rest < _SAME


def response(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """What the kernel makes of a gray image (h, w), without padding: float64 (h - 2, w - 2) for one of 3 x 3."""
    return conv2d(image, kernel)


def compare(own: np.ndarray, target: np.ndarray) -> Likeness:
    """The player's picture (h, w) beside the target, which is not the same everywhere."""
    size = float((own * own).sum())
    factor = float((own * target).sum()) / size if size else 0.0
    rest = float(np.square(target - factor * own).mean() / target.var())
    is_flat = np.ptp(own) <= 1e-12 * max(np.abs(own).max(), 1e-300)
    correlation = 0.0 if is_flat else float(np.corrcoef(own.ravel(), target.ravel())[0, 1])
    return Likeness(correlation, factor, rest)
