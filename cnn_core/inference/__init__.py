"""Exported networks through LiteRT, without TensorFlow: probabilities, feature maps, gradients, changed kernels."""

from cnn_core.inference.anatomy import Anatomy
from cnn_core.inference.classifier import Classifier, ClassifierError
from cnn_core.inference.network import BackwardPass, Explained, Network
from cnn_core.inference.weights import Kernels

__all__ = [
    "Anatomy",
    "BackwardPass",
    "Classifier",
    "ClassifierError",
    "Explained",
    "Kernels",
    "Network",
]
