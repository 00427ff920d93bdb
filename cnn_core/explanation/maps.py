"""What all maps have in common: whether there is anything to show, and how much two of them agree."""

from collections.abc import Callable

import numpy as np

from cnn_core.inference import Explained

# Images (N, 32, 32, 3), uint8 or float 0 to 255, and weights float (N, classes): how much of each logit is asked for.
# Or integers (N,): the class whose logit alone is asked for.
Explain = Callable[[np.ndarray, np.ndarray], Explained]

NOT_NUMBERS = "The network's values are not numbers: its training diverged. Choose another run."
ALL_ZERO = "Every value of the map is 0: nothing in this image adds to the answer or takes from it."


def nothing_to_show(values: np.ndarray) -> str | None:
    """Why there is no map to draw, in a sentence; None if there is one."""
    if not np.isfinite(values).all():
        return NOT_NUMBERS
    return None if np.any(values) else ALL_ZERO


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float | None:
    """Spearman's: 1 if two maps of one shape order their values alike, 0 without relation, -1 in reverse order.

    None if a map has no order: a single value everywhere, or no numbers.
    """
    if first.shape != second.shape:
        raise ValueError(f"Expected two maps of one shape; they are {first.shape} and {second.shape}.")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return None
    ranks = [_ranks(values.ravel()) - (values.size - 1) / 2 for values in (first, second)]
    length = np.sqrt(np.prod([np.sum(rank**2) for rank in ranks]))
    return float(np.sum(ranks[0] * ranks[1]) / length) if length else None


def _ranks(values: np.ndarray) -> np.ndarray:
    """From 0; equal values share the mean of their places."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts) - 1
    return (last - (counts - 1) / 2)[place]
