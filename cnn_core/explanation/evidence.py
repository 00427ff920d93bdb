"""Evidence for a class: what each cell of the last maps adds to its logit, or takes from it, on one signed scale.

A cell is one place of the last maps, all channels together: their values times the gradients of the logit there
(Draelos and Carin, "HiResCAM", 2020, arXiv 2011.08891). Where the head is linear the cells and the bias are the logit,
exactly, since a linear sum is its numbers times its gradients. Everywhere else something is left over, and is said so.

No layer has to be chosen: the last maps are what the head reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.config import NetworkConfig
from cnn_core.explanation.maps import Explain

EXACT = "The cells and the bias add up to the logit, exactly, since the head of this network is linear."
NOT_EXACT = (
    "The cells do not add up to the logit: the dense layers behind the last maps bend. Each cell is its values times "
    "the gradient there; the rest is what these products do not hold."
)
LAST_BLOCK = (
    "The cells do not add up to the logit: the head of this network reads the maps of every block, and the cells hold "
    "the last block's share alone. The rest is the share of the blocks before it, and the bias."
)


@dataclass(frozen=True)
class Evidence:
    """The cells of one class, or of the difference between two."""

    map: np.ndarray  # float64 (h, w)
    logit: float  # of the class; or how much larger that of the first class is
    law: str  # what the map promises, in a sentence: one of the three above

    @property
    def sum(self) -> float:
        """All cells together."""
        return float(self.map.sum())

    @property
    def rest(self) -> float:
        """What is not in the map: the bias, where the head is linear."""
        return self.logit - self.sum

    @property
    def is_exact(self) -> bool:
        """Whether the rest is the bias, the same for every image."""
        return self.law == EXACT

    def __sub__(self, other: "Evidence") -> "Evidence":
        """Evidence for this class against the other."""
        return Evidence(self.map - other.map, self.logit - other.logit, self.law)


def law_of(network: NetworkConfig) -> str:
    """What the evidence of this network promises. A largest value is linear too, since it is one of the cells."""
    if network.dense_units and network.dense_activation != "linear":
        return NOT_EXACT
    return LAST_BLOCK if network.head == "blocks" and len(network.blocks) > 1 else EXACT


def of_classes(explain: Explain, image: np.ndarray, labels: Sequence[int], *, law: str) -> list[Evidence]:
    """The evidence for each of these classes on one image (32, 32, 3), uint8, or float from 0 to 255."""
    found = explain(np.repeat(image[np.newaxis], len(labels), 0), np.array(labels))
    maps = np.einsum("nhwc,nhwc->nhw", found.maps, found.maps_gradient, dtype=float)
    logits = found.logits.astype(float)
    return [Evidence(maps[place], float(logits[place, label]), law) for place, label in enumerate(labels)]


def of_class(explain: Explain, image: np.ndarray, label: int, *, law: str) -> Evidence:
    """The evidence for one class."""
    return of_classes(explain, image, [label], law=law)[0]


def grad_cam(explain: Explain, image: np.ndarray, label: int) -> np.ndarray:
    """Grad-CAM, float64 (h, w), of the logit of this class, for comparison; nothing below 0.

    It weighs each map by the mean of its gradients (Selvaraju et al., 2017, arXiv 1610.02391). Behind a global maximum
    the gradient is at one cell only: its mean credits the filter's other cells too, and nothing adds up.
    """
    found = explain(image[np.newaxis], np.array([label]))
    means = found.maps_gradient[0].astype(float).mean(axis=(0, 1))
    return np.maximum(found.maps[0].astype(float) @ means, 0.0)
