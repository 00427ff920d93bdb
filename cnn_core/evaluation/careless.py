"""What a careless split of a data set would have said: the same images, drawn into the splits one by one.

Frames of one burst then lie on both sides, so that the test asks for what was learned by heart.
"""

from typing import NamedTuple

import numpy as np

_MOST = 1_000_000  # images of a test


class Careless(NamedTuple):
    accuracy: float  # 0 to 1, mean over some draws
    n: int  # images of the test in each draw: as many as in the honest one

    def to_arrays(self) -> dict[str, np.ndarray]:
        """For a file of arrays."""
        return {name: np.array(value) for name, value in self._asdict().items()}

    @classmethod
    def from_arrays(cls, accuracy: np.ndarray, n: np.ndarray) -> "Careless":
        """Raises ValueError if these cannot be what `to_arrays` made."""
        if accuracy.shape or n.shape or n.dtype.kind not in "iu" or not (0 <= accuracy <= 1 and 1 <= n <= _MOST):
            raise ValueError("this is no share of a number of images")
        return cls(float(accuracy), int(n))
