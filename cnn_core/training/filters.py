"""The facts of a trained network's filters, from its Keras form: much faster than LiteRT on a thousand images."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from cnn_core.config import IMAGE_SHAPE, NetworkConfig
from cnn_core.explanation.filters import FilterFacts, filter_facts, response_layers
from cnn_core.progress import Stopped
from cnn_core.training.models import images_at_a_time

_MOST_BYTES = 64e6  # of the maps that are out at a time


def watch_filters(
    model: keras.Model,
    network: NetworkConfig,
    images: np.ndarray,
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> FilterFacts:
    """What wakes the model's filters on these images uint8 (N, 32, 32, 3). Raises Stopped if it should stop."""
    outputs = {name: model.get_layer(name).output for name in response_layers(network)}
    if not outputs:
        return FilterFacts(len(images), {}, {})
    watched = keras.Model(model.input, outputs)

    @tf.function(input_signature=[tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8)])
    def forward(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return watched(images, training=False)

    def maps_of(images: np.ndarray) -> dict[str, np.ndarray]:
        if should_stop():
            raise Stopped
        return {name: maps.numpy() for name, maps in forward(images).items()}

    bytes_of_one = 4 * sum(int(np.prod(output.shape[1:])) for output in outputs.values())
    chunk = max(1, min(images_at_a_time(model), int(_MOST_BYTES // bytes_of_one)))
    return filter_facts(maps_of, network, images, chunk)
