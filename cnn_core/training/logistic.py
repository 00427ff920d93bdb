"""A last layer by logistic regression: scikit-learn's, on numbers that are standardised, and what it says as a layer.

NumPy alone but for the fit. Numbers are float32 (n, d), labels int (n,) from 0.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnn_core.convolution.activations import softmax
from cnn_core.evaluation import scores

# scikit-learn's C, the weight of the images against that of small numbers in the kernel: the choice.
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)
_FLAT = 1e-4  # a number that varies less over the training images is left out: its share would be rounding
_NEVER = -30.0  # logit of a class that has no training image


@dataclass(frozen=True)
class Fit:
    """What was found: of logits on standardised numbers."""

    kernel: np.ndarray  # float64 (d, classes)
    bias: np.ndarray  # float64 (classes,)
    iterations: int  # that it took
    is_settled: bool  # whether more would change nothing

    def probabilities(self, numbers: np.ndarray) -> np.ndarray:
        """Float64 (n, classes)."""
        return softmax(numbers @ self.kernel + self.bias)


@dataclass(frozen=True)
class Standard:
    """The scale of each number: its mean and deviation over the training images."""

    mean: np.ndarray  # float64 (d,)
    factor: np.ndarray  # float64 (d,): one by the deviation; 0 where there is next to none

    @classmethod
    def of(cls, numbers: np.ndarray) -> "Standard":
        mean, deviation = numbers.mean(axis=0, dtype=float), numbers.std(axis=0, dtype=float)
        return cls(mean, np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > _FLAT))

    def __call__(self, numbers: np.ndarray) -> np.ndarray:
        """The numbers with mean 0 and deviation 1, float64: in float32 two ways to the same fit part too early."""
        found = numbers - self.mean
        found *= self.factor  # in place: all numbers of all images are here
        return found

    def folded_into(self, found: Fit) -> list[np.ndarray]:
        """Kernel and bias, float32, of the layer that gives the fit's logits for numbers as they are."""
        kernel = self.factor[:, None] * found.kernel
        return [kernel.astype(np.float32), (found.bias - self.mean @ kernel).astype(np.float32)]


def fit(numbers: np.ndarray, labels: np.ndarray, classes: int, penalty: float, iterations: int) -> Fit:
    """Logistic regression from nothing, with at most so many iterations of L-BFGS.

    A class without images gets a logit that makes it as good as impossible.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression  # a second; only the worker comes here
    from threadpoolctl import threadpool_limits

    regression = LogisticRegression(C=penalty, max_iter=iterations)
    with threadpool_limits(1), warnings.catch_warnings():  # one thread: the same sums in the same order
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is told to stop early
        regression.fit(numbers, labels)
    found, offsets = regression.coef_.astype(float), regression.intercept_.astype(float)
    if len(regression.classes_) == 2:  # one row then: of the second class against the first
        found, offsets = np.concatenate([-found, found]) / 2, np.concatenate([-offsets, offsets]) / 2
    kernel, bias = np.zeros((numbers.shape[1], classes)), np.full(classes, _NEVER)
    kernel[:, regression.classes_], bias[regression.classes_] = found.T, offsets
    done = int(np.max(regression.n_iter_))
    return Fit(kernel, bias, done, done < iterations)


def choose_penalty(
    fits: Callable[[float, int], Fit], numbers: np.ndarray, labels: np.ndarray, iterations: int
) -> float:
    """The one with which the fit loses least on these images, which it was not fitted on."""
    losses = {penalty: scores(labels, fits(penalty, iterations).probabilities(numbers)).loss for penalty in PENALTIES}
    return min(losses, key=losses.get)
