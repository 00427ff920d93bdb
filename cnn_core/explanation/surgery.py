"""A network with a filter switched off, or with another kernel in its place: which of its kernels change, and how.

A filter is switched off where it is read: the next layer's weights for its map become 0. So the network computes
exactly what it would if the map, as that layer reads it, were 0 everywhere: after activation, batch-norm and pooling,
whatever their order. Padding, dropout and the filter's bias need no thought.
"""

from collections.abc import Sequence

import numpy as np

from cnn_core.architecture import Layer, layers
from cnn_core.config import NetworkConfig
from cnn_core.inference import Kernels


def convolutions(network: NetworkConfig) -> list[Layer]:
    """The layers whose filters can be operated on, from the first; none in a network without a convolution."""
    return [layer for layer in layers(network) if layer.kind == "Conv2D"]


def without_filter(kernels: Kernels, network: NetworkConfig, convolution: str, *filters: int) -> dict[str, np.ndarray]:
    """The kernels that change if these filters of a convolution are switched off: those of the layers that read them.

    Args:
        kernels: those of the convolution and of its readers, or all of the network; they stay as they are.
        convolution: the layer's name. filters: counted from 0.
    """
    changed = {reader: kernels[reader].copy() for reader in readers_of(network, convolution)}
    for kernel in changed.values():
        if kernel.ndim == 4:
            kernel[:, :, list(filters)] = 0
        else:  # it reads all values in the order row, column, filter; after global pooling one value a filter
            count = kernels[convolution].shape[-1]
            own = kernel[rows_of(network, convolution)]  # a view
            own.reshape(-1, count, kernel.shape[-1])[:, list(filters)] = 0
    return changed


def with_kernel(kernels: Kernels, convolution: str, filters: Sequence[int], own: np.ndarray) -> dict[str, np.ndarray]:
    """The kernels that change if these filters get a kernel (k, k) of one's own, of the layer's own size.

    All channels that a filter reads are weighted alike. The kernel is scaled to the length (root of the sum of squares)
    of the filter's own, so that the swap is fair: the bias and what follows expect sums of that size. A kernel of zeros
    stays one; the filter is then its bias alone.
    """
    kernel = kernels[convolution].copy()
    height, width, channels, _ = kernel.shape
    if own.shape != (height, width):
        raise ValueError(f"This layer's kernels are {height} x {width}; the given one is {own.shape}.")
    spread = np.repeat(own[:, :, None], channels, 2)
    length = np.linalg.norm(spread)
    for number in filters:
        kernel[..., number] = spread * (np.linalg.norm(kernel[..., number]) / length if length else 0)
    return {convolution: kernel}


def readers_of(network: NetworkConfig, convolution: str) -> list[str]:
    """The layers with weights that read the convolution's maps: the next, and the head where it reads all blocks."""
    every = layers(network)
    names = [layer.name for layer in every]
    learned = [layer.name for layer in every if layer.kind in ("Conv2D", "Dense")]
    found = [learned[learned.index(convolution) + 1]]
    read = {name for layer in every if len(layer.output_shape) == 1 for name in layer.reads}
    until = names.index(found[0])
    head = next(layer.name for layer in every if layer.kind == "Dense")
    if head not in found and read & set(names[names.index(convolution) : until]):
        found.append(head)
    return found


def rows_of(network: NetworkConfig, convolution: str) -> slice:
    """Which of the numbers that the first dense layer reads come from this convolution's maps."""
    if network.head != "blocks":
        return slice(None)
    block = convolution.partition("_")[0]
    before = 0
    for layer in layers(network):
        if layer.kind.startswith("Global"):
            if layer.name.startswith(f"{block}_"):
                return slice(before, before + 2 * layer.output_shape[0])  # means and largest values
            before += layer.output_shape[0]
    raise KeyError(convolution)


def most_active(maps: np.ndarray) -> list[int]:
    """The filters of maps (h, w, N), the one with the largest mean size first."""
    return np.argsort(-np.abs(maps).mean((0, 1)), kind="stable").tolist()
