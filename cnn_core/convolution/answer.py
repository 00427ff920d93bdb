"""The last dense layer of a network: how a class's logit adds up from the numbers before it.

The weights are among the constants of the exported file; which of them they are, and the biases, is found from the
network's own answers, as the first layer's filters are. So what is shown adds up to what the network computes.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cnn_core.architecture import layers
from cnn_core.config import IMAGE_SHAPE, NetworkConfig

_CLOSE = 1e-3  # of a logit: LiteRT adds up in float32


class Network(Protocol):
    """What is asked of a network: `inference.Classifier` has it."""

    def feature_maps(self, image: np.ndarray) -> dict[str, np.ndarray]: ...

    def constants(self, shape: tuple[int, ...]) -> list[np.ndarray]: ...


@dataclass(frozen=True, slots=True)
class Head:
    """The layer that computes the logits, one a class."""

    reads: str  # the name of the layer before it
    weights: np.ndarray  # float64 (n, classes)
    biases: np.ndarray  # float64 (classes,)


@dataclass(frozen=True, slots=True)
class ClassSum:
    """One logit written out: the largest products, the sum of the others, the bias."""

    places: np.ndarray  # int (k,): which of the n numbers, the largest product first
    values: np.ndarray  # float64 (k,)
    weights: np.ndarray  # float64 (k,)
    rest: float
    others: int  # how many products are in the rest
    bias: float

    @property
    def products(self) -> np.ndarray:
        return self.values * self.weights

    @property
    def logit(self) -> float:
        return float(self.products.sum() + self.rest + self.bias)


def read_head(network: Network, config: NetworkConfig) -> Head | None:
    """The last layer; None where the file keeps its weights in a form that is not understood."""
    names = [layer.name for layer in layers(config)]
    reads = names[names.index("logits") - 1]
    noise = np.random.default_rng(0).integers(0, 256, IMAGE_SHAPE).astype(np.uint8)
    answers = [network.feature_maps(image) for image in (np.zeros(IMAGE_SHAPE, np.uint8), noise)]
    if reads not in answers[0]:
        return None
    for candidate in network.constants((config.classes, answers[0][reads].size)):
        weights = candidate.astype(float).T
        black, other = (maps["logits"] - maps[reads].astype(float) @ weights for maps in answers)
        if np.abs(black - other).max() < _CLOSE:
            return Head(reads, weights, black)
    return None


def sum_of_class(head: Head, values: np.ndarray, label: int, most: int = 6) -> ClassSum:
    """How the logit of class `label` adds up from the numbers (n,) that the last layer reads."""
    read, weights = values.astype(float), head.weights[:, label]
    products = read * weights
    order = np.argsort(-np.abs(products), kind="stable")
    top, others = order[:most], order[most:]
    return ClassSum(top, read[top], weights[top], float(products[others].sum()), len(others), float(head.biases[label]))
