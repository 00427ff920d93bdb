"""One adversarial step: the smallest change that says most about what a network relies on."""

from collections.abc import Callable, Sequence

import numpy as np

from cnn_core.explanation.altering import whole_pixels
from cnn_core.explanation.maps import Explain


def attack(explain: Explain, images: np.ndarray, classes: Sequence[int]) -> Callable[[float], np.ndarray]:
    """One adversarial step: every number is changed by the same amount, up or down, against the given classes.

    The sign is that of the gradient of the loss, -ln(probability of the class): I. Goodfellow, J. Shlens and
    C. Szegedy, "Explaining and Harnessing Adversarial Examples", 2015 (arXiv 1412.6572). The gradient is computed once,
    at the images as they are; the strength is the amount in pixel values.
    """
    direction = np.sign(loss_gradient(explain, images, classes))
    return lambda amount: whole_pixels(images + amount * direction)


def loss_gradient(explain: Explain, images: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """The direction float (N, 32, 32, 3) in which each image's loss grows fastest; its length is not the gradient's.

    The loss's gradient is that of the logits, weighted by the probabilities, less 1 for the class. The weights are
    divided by the largest, so that those of a network that is nearly sure do not vanish in float32.
    """
    rows = np.arange(len(images))
    logits = explain(images, np.asarray(classes)).logits.astype(float)
    logits[rows, classes] = -np.inf  # their weight follows from the others: 1 - p would round to 0
    weights = np.exp(logits - logits.max(1, keepdims=True))
    weights[rows, classes] = -weights.sum(1)
    return explain(images, weights / np.abs(weights).max(1, keepdims=True)).image_gradient
