"""Is a map about what was learned? The network is scrambled step by step from the top, and the map has to change.

Adebayo et al., "Sanity checks for saliency maps", 2018 (arXiv 1810.03292). Here a scrambled layer keeps its numbers and
loses their order, so that its sums stay about as large. The whitening stays: it was not learned.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from cnn_core.architecture import layers
from cnn_core.config import NetworkConfig
from cnn_core.convolution import luma
from cnn_core.explanation.maps import rank_correlation
from cnn_core.inference import Kernels

MapOf = Callable[[Kernels], np.ndarray]  # the map once these kernels, too, are in the place of the network's own

ALIKE = 0.7  # a rank correlation from which on two maps order most of their values alike


@dataclass(frozen=True)
class Stage:
    """The network with some of its layers scrambled."""

    scrambled: tuple[str, ...]  # from the top down; none at first
    map: np.ndarray
    similarity: float | None  # the rank correlation with the first stage's map; None if a map has no order


def from_the_top(network: NetworkConfig) -> list[str]:
    """The layers with a kernel that was learned, the last first."""
    learned = [layer for layer in layers(network) if layer.kind in ("Conv2D", "Dense") and layer.trainable]
    return [layer.name for layer in reversed(learned)]


def steps(order: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """The layers in groups of neighbours, as even as can be and at most `most`: each costs a network to open."""
    bounds = np.linspace(0, len(order), min(most, len(order)) + 1).astype(int)
    return [tuple(order[start:end]) for start, end in pairwise(bounds)]


def scramble(kernels: Mapping[str, np.ndarray], some: Sequence[str], seed: int) -> dict[str, np.ndarray]:
    """The kernels of some layers, each with its numbers in another order; always the same for a layer and a seed."""
    changed = {}
    for layer in some:
        random = np.random.default_rng([seed, *layer.encode()])
        changed[layer] = random.permutation(kernels[layer].ravel()).reshape(kernels[layer].shape)
    return changed


def cascade(
    kernels: Mapping[str, np.ndarray], order: Sequence[tuple[str, ...]], map_of: MapOf, seed: int
) -> list[Stage]:
    """The map of the network itself, then with the first group of layers scrambled, with two, and so on to all."""
    fresh = [(), *order]
    scrambled = [tuple(chain(*fresh[: depth + 1])) for depth in range(len(fresh))]
    return compare(scrambled, [map_of(scramble(kernels, some, seed)) for some in fresh])


def compare(scrambled: Sequence[tuple[str, ...]], found: Sequence[np.ndarray]) -> list[Stage]:
    """The stages of these maps, each against the first."""
    return [
        Stage(some, values, rank_correlation(found[0], values)) for some, values in zip(scrambled, found, strict=True)
    ]


def edges(image: np.ndarray) -> np.ndarray:
    """How strongly the brightness changes at each pixel of an image (h, w, 3): float (h, w), 0 or more.

    It asks no network. It stands beside the maps because it looks as if it explained something.
    """
    down, right = np.gradient(luma(image))
    return np.hypot(down, right)
