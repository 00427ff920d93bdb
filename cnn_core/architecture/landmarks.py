"""What is asked of a network's layers: their table, what they cost together, and which of them are known by a role."""

from dataclasses import dataclass
from math import prod

import pandas as pd

from cnn_core.architecture.construction import Layer, layers
from cnn_core.config import NetworkConfig

MOST_FEATURES = 4_096  # of an image; 10,000 images of so many are 160 MB


def table(network: NetworkConfig) -> pd.DataFrame:
    """The summary table, one row a layer."""
    rows = [
        {
            "layer": layer.name,
            "kind": layer.kind,
            "output shape": " × ".join(map(str, layer.output_shape)),
            "parameters": layer.parameters,
            "how": layer.arithmetic,
            "multiply-adds": layer.multiply_adds,
            "receptive field": f"{layer.receptive_field} × {layer.receptive_field}",
        }
        for layer in layers(network)
    ]
    return pd.DataFrame(rows)


def map_of(network: NetworkConfig, convolution: str) -> str:
    """The layer whose maps are shown as those of this convolution's filters: its activation or norm, the later one.

    Where a block pools first, its pooling lies before them, and the maps are of half the size.
    """
    names = [layer.name for layer in layers(network)]
    found = convolution
    for layer in layers(network)[names.index(convolution) + 1 :]:
        if layer.kind in ("Conv2D", "Dropout", "Flatten", "Dense") or layer.kind.startswith("Global"):
            break
        if layer.kind in ("Activation", "BatchNormalization"):
            found = layer.name
    return found


def last_maps(network: NetworkConfig) -> Layer:
    """What the head reads: the last maps; without a convolution the scaled image."""
    return next(layer for layer in reversed(layers(network)) if len(layer.output_shape) == 3)


def features(network: NetworkConfig) -> Layer:
    """The layer whose values are the network's features of an image: what its last layer reads.

    Where that is flattened maps of very many values, the maps themselves: their means are the features then.
    """
    found = layers(network)[-3]  # before the logits and their softmax
    return last_maps(network) if prod(found.output_shape) > MOST_FEATURES else found


@dataclass(frozen=True, slots=True)
class Totals:
    """What the whole network costs, and how many layers of each sort it has."""

    parameters: int
    trainable: int
    multiply_adds: int  # one image, forward
    receptive_field: int  # of the last convolution block's output
    convolutions: int
    poolings: int
    dense: int


def totals(network: NetworkConfig) -> Totals:
    all_layers = layers(network)
    kinds = [layer.kind for layer in all_layers]
    return Totals(
        parameters=sum(layer.parameters for layer in all_layers),
        trainable=sum(layer.trainable for layer in all_layers),
        multiply_adds=sum(layer.multiply_adds for layer in all_layers),
        receptive_field=last_maps(network).receptive_field,
        convolutions=kinds.count("Conv2D"),
        poolings=sum(kind.endswith("Pooling2D") for kind in kinds),
        dense=kinds.count("Dense"),
    )
