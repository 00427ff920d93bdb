"""What follows the sums of a network: activation functions, softmax, cross-entropy; NumPy, Keras' definitions."""

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

LEAK = 0.2  # Keras' slope of leaky ReLU below 0

_erf = np.vectorize(erf, otypes=[float])


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -x))  # 1 / (1 + exp(-x)) without overflow


@dataclass(frozen=True, slots=True)
class Activation:
    """A nonlinear function of the sums; without one, stacked layers are still a single linear map."""

    title: str
    formula: str  # LaTeX
    sentence: str
    function: Callable[[np.ndarray], np.ndarray]

    def __call__(self, x: np.ndarray | float) -> np.ndarray:
        return self.function(np.asarray(x, float))


# The names are Keras' and those of config.ACTIVATIONS.
ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation("None", "g(z) = z", "Passes every sum on unchanged.", lambda x: x),
    "relu": Activation(
        "ReLU", r"g(z) = \max(0, z)", "Negative sums become 0, positive ones pass.", lambda x: np.maximum(x, 0)
    ),
    "leaky_relu": Activation(
        "Leaky ReLU",
        r"g(z) = \max(0.2\,z,\; z)",
        "Negative sums keep a fifth of their size, so their slope is never 0.",
        lambda x: np.maximum(x, LEAK * x),
    ),
    "elu": Activation(
        "ELU",
        r"g(z) = z \;\text{if}\; z > 0 \;\text{else}\; e^z - 1",
        "Bends smoothly towards −1 on the negative side.",
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    ),
    "gelu": Activation(
        "GELU",
        r"g(z) = z\,\Phi(z)",
        "A rounded ReLU that dips a little below 0.",
        lambda x: 0.5 * x * (1 + _erf(x / sqrt(2))),
    ),
    "silu": Activation(
        "SiLU", r"g(z) = z\,\sigma(z)", "The sum times its own sigmoid; close to GELU.", lambda x: x * _sigmoid(x)
    ),
    "tanh": Activation("tanh", r"g(z) = \tanh z", "Squeezes every sum between −1 and 1; flat for large ones.", np.tanh),
    "sigmoid": Activation(
        "Sigmoid",
        r"g(z) = \frac{e^z}{1 + e^z}",
        "Squeezes every sum between 0 and 1; flat for large ones.",
        _sigmoid,
    ),
}


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Positive shares that sum to 1 over the last axis. A high temperature evens them out; training uses 1."""
    scaled = np.asarray(logits, float) / temperature
    powers = np.exp(scaled - scaled.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def cross_entropy(logits: np.ndarray, label: int) -> float:
    """Minus the logarithm of the true class's softmax share: 0 is perfect, ln 10 = 2.30 is guessing among ten.

    From the logits, so that it is exact even where the share is too small for a float.
    """
    return float(np.logaddexp.reduce(logits) - logits[label])


def cross_entropy_gradient(probabilities: np.ndarray, label: int) -> np.ndarray:
    """How the loss changes with each logit: the probabilities, minus 1 at the true class."""
    return probabilities - (np.arange(len(probabilities)) == label)
