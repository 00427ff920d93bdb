"""Integrated gradients: what each pixel adds to a logit, or to the difference of two, on the way from a gray image.

Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", 2017 (arXiv 1703.01365). All pixels together are
the difference between the image's logit and the gray image's; how well they are is measured, not supposed.
"""

from dataclasses import dataclass

import numpy as np

from cnn_core.explanation.maps import Explain

TOLERANCE = 0.01  # how far the sum may be off, as a share of the difference of logits
_OF_PIECES = 0.1  # of the difference, or of 1: the errors of all pieces without signs; the sum is no lucky accident
LEAST = 0.1  # a smaller difference of logits counts as this one: nobody needs 1% of nearly nothing
MOST_STEPS = 2048
_FIRST = 32  # steps that are always taken
_MORE = 8  # steps more, where the pieces are worst


@dataclass(frozen=True)
class Integrated:
    """The pixels' shares of a difference of logits."""

    map: np.ndarray  # float64 (32, 32): the three channels together
    logit: float  # of the image
    baseline_logit: float  # of the image that the way begins with
    steps: int  # how often the network was asked

    @property
    def sum(self) -> float:
        """All pixels together."""
        return float(self.map.sum())

    @property
    def difference(self) -> float:
        """What the sum has to be."""
        return self.logit - self.baseline_logit

    @property
    def error(self) -> float:
        """How far the sum is off, as a share of the difference, or of `LEAST` if that is more."""
        return abs(self.sum - self.difference) / max(abs(self.difference), LEAST)


def integrated_gradients(
    explain: Explain, image: np.ndarray, weights: np.ndarray, baseline: np.ndarray, most_steps: int = MOST_STEPS
) -> Integrated:
    """The integral of the gradient along the straight line from `baseline` to `image`, times what changed.

    The trapezoidal rule, finer where it is needed. Between two places on the line the logits say what the sum has to
    be, so that the error of each piece is known: the worst pieces are halved, eight at a time, until the sum is within
    1% of the difference, or `most_steps` are done.

    Args:
        image, baseline: (32, 32, 3), uint8, or float from 0 to 255.
        weights: float (classes,), how much of each logit is asked for.
    """
    start, change = baseline.astype(float), image.astype(float) - baseline
    asked: list[np.ndarray] = []  # the gradients float32 (n, 32, 32, 3), in the order in which they were asked for

    def ask(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The weighted logits (n,) at places from 0 to 1 on the line, and how fast they grow along it."""
        found = explain(start + places[:, None, None, None] * change, np.tile(weights, (len(places), 1)))
        asked.append(found.image_gradient)
        return found.logits @ weights.astype(float), np.einsum("nhwc,hwc->n", found.image_gradient, change)

    places = np.linspace(0.0, 1.0, _FIRST)
    order = np.arange(_FIRST)  # of the places, from left to right, in `asked`
    values, slopes = ask(places)
    while True:
        lengths = np.diff(places)
        errors = lengths * (slopes[1:] + slopes[:-1]) / 2 - np.diff(values)
        if len(places) >= most_steps or not np.isfinite(values).all() or _is_fine(errors, values[-1] - values[0]):
            break
        worst = np.sort(np.argsort(np.abs(errors))[-_MORE:])
        halves = (places[worst] + places[worst + 1]) / 2
        found = (halves, len(places) + np.arange(_MORE), *ask(halves))
        known = (places, order, values, slopes)
        places, order, values, slopes = (np.insert(old, worst + 1, new) for old, new in zip(known, found, strict=True))
    shares = np.empty(len(places))
    shares[order] = np.convolve(lengths, [0.5, 0.5])
    mean = np.einsum("n,nhwc->hwc", shares, np.concatenate(asked))
    return Integrated((mean * change).sum(axis=-1), float(values[-1]), float(values[0]), len(places))


def _is_fine(errors: np.ndarray, difference: float) -> bool:
    """Half the tolerance, since the sum is rounded later."""
    is_near = abs(errors.sum()) <= TOLERANCE / 2 * max(abs(difference), LEAST)
    return is_near and np.abs(errors).sum() <= _OF_PIECES * max(abs(difference), 1)
