"""How sure a network may be: one number a run, the temperature, that makes its probabilities true.

Logits are divided by it before the softmax, so the order of the classes, and with it every answer, stays as it is.
Guo et al., "On Calibration of Modern Neural Networks", 2017 (arXiv 1706.04599).
"""

from dataclasses import dataclass

import numpy as np

BINS = 15  # of equal width, as usual for the expected calibration error
_COLDEST, _HOTTEST = 0.05, 20.0  # a network that is never wrong has no best temperature
_FEW = 1_000  # images: of fewer, one more might be the first that it has wrong


@dataclass(frozen=True, slots=True)
class Calibration:
    """A run's temperature and where it comes from."""

    temperature: float  # above 1: the network is too sure as it was trained; below 1: too timid
    split: str  # "val"; "test" of a run that has no other images left, because it trains on the validation images too
    n: int  # the images that it was fitted on: the first ones of the split

    @property
    def unseen(self) -> slice:
        """The test images that it was not fitted on: what it promises is measured on these."""
        return slice(self.n if self.split == "test" else 0, None)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """For a file of arrays."""
        return {name: np.array(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_arrays(cls, temperature: np.ndarray, split: np.ndarray, n: np.ndarray) -> "Calibration":
        """Raises ValueError if these cannot be what `to_arrays` made."""
        found = cls(float(temperature), str(split), int(n))
        if not _COLDEST <= found.temperature <= _HOTTEST or found.split not in ("val", "test") or found.n < 1:
            raise ValueError("this is no temperature")
        return found


@dataclass(frozen=True, slots=True)
class Reliability:
    """What was promised and what held, in bins of equal width of the largest probability."""

    edges: np.ndarray  # float64 (bins + 1,), from 0 to 1; a bin has its upper edge, not its lower one
    counts: np.ndarray  # int64 (bins,): images
    confidence: np.ndarray  # float64 (bins,): their mean largest probability; 0 in an empty bin
    accuracy: np.ndarray  # float64 (bins,): the share of them that is right; 0 in an empty bin

    @property
    def error(self) -> float:
        """The expected calibration error: the gap of each bin, weighted with its images. Between 0 and 1."""
        return float(np.average(np.abs(self.accuracy - self.confidence), weights=self.counts))


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the smallest mean cross-entropy on these images; between 0.05 and 20.

    A handful of images that are all right prove no certainty. So of few, each label counts for (n + 1) / (n + 2), the
    chance that the next is right by Laplace's rule, and the other classes share the rest (Platt, 1999, did so).

    Args:
        logits: float (N, classes), not of training images.
        labels: integers (N,).
    """
    logits = logits.astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    n, classes = logits.shape
    of_label = logits[np.arange(n), labels]
    if n < _FEW:
        of_others = (logits.sum(axis=1) - of_label) / (classes - 1)
        of_label = ((n + 1) * of_label + of_others) / (n + 2)

    def slope(inverse: float) -> float:
        """Of the cross-entropy over 1 / temperature, in which it is convex: the slope only grows."""
        powers = np.exp(logits * inverse)
        return float(((powers * logits).sum(axis=1) / powers.sum(axis=1) - of_label).mean())

    low, high = 1 / _HOTTEST, 1 / _COLDEST
    for _ in range(60):  # halvings: to the last digit
        middle = (low + high) / 2
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return 1 / high if high < 1 / _COLDEST else _COLDEST


def calibrated(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """The probabilities float64 (..., classes) that the same logits give at this temperature.

    In float64 two classes that differ in float32 still differ, so the answer stays the same. Only a probability too
    small for float32 is lost: it counts as the smallest one, which is felt from a temperature of about 8 on.
    """
    logs = np.log(np.maximum(probabilities.astype(np.float64), np.finfo(np.float32).tiny)) / temperature
    powers = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def reliability(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> Reliability:
    """What these probabilities promised for the predicted class, and what held."""
    sure = probabilities.max(axis=1).astype(np.float64)
    is_right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, bins + 1)
    place = bin_of(sure, bins)
    counts = np.bincount(place, minlength=bins)
    shared = np.maximum(counts, 1)
    confidence, right = (np.bincount(place, each, bins) / shared for each in (sure, is_right))
    return Reliability(edges, counts, confidence, right)


def bin_of(confidence: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The bin, from 0, of each of these probabilities."""
    return np.clip(np.searchsorted(np.linspace(0, 1, bins + 1), confidence, side="left") - 1, 0, bins - 1)
