"""Keras networks from a configuration.

Pixels go in unchanged (uint8, 0-255); scaling is the first layer. The network ends in two separate layers, `logits`
and `probabilities`, so that a loss and a gradient can be taken of the logits.
"""

from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

from cnn_core.architecture import layers
from cnn_core.config import IMAGE_SHAPE, NetworkConfig
from cnn_core.training.activations import FusedActivation
from cnn_core.training.normalization import FusedBatchNormalization
from cnn_core.training.tuning import TunedConv2D

LayerClasses = Mapping[str, type[keras.layers.Layer]]  # by the name of the Keras class that each replaces

CHUNK_WORK = 2e10  # multiply-adds of the images classified at a time: a fraction of a second on two cores
LARGEST_CHUNK = 500  # images


def build_model(network: NetworkConfig, layer_classes: LayerClasses | None = None) -> keras.Model:
    """An untrained network: uint8 (N, 32, 32, 3) in, probabilities float32 (N, classes) out.

    Initial weights follow Keras' global seed; layer names are those of `architecture.layers`. `layer_classes` puts
    other classes in place of Keras' own: `FAST_LAYERS` for training. The variables and their order are the same, so
    `set_weights` moves a network from one form to the other.
    """
    layer_classes = layer_classes or {}
    images = keras.Input(IMAGE_SHAPE, dtype="uint8", name="images")
    values, made = images, {}
    for layer in layers(network):
        layer_class = layer_classes.get(layer.kind) or getattr(keras.layers, layer.kind)
        read = [made[name] for name in layer.reads] or [values]
        values = layer_class(name=layer.name, **layer.settings)(read if len(read) > 1 else read[0])
        made[layer.name] = values
    return keras.Model(images, values, name="network")


# Layers that compute faster than Keras' own, with the same results up to rounding.
FAST_LAYERS = {"Activation": FusedActivation, "BatchNormalization": FusedBatchNormalization, "Conv2D": TunedConv2D}


def initialize(model: keras.Model, network: NetworkConfig, images: np.ndarray) -> None:
    """Give a new network the initial weights of its configuration; whitening is computed from these images.

    Images are uint8 (N, 32, 32, 3).

    Identity ("Dirac") initialization: Zagoruyko and Komodakis, "DiracNets", 2017 (arXiv 1706.00388), as Jordan 2024
    uses it. The first filters of each convolution pass their channels on; the others are uniform within
    1 / sqrt(inputs of a filter). The output layer starts with a deviation of 1 / inputs, so that no class is favoured.
    """
    for layer in model.layers:
        if layer.name == "whiten":
            layer.kernel.assign(whitening_filters(np.asarray(model.get_layer("scale")(images)), layer.kernel.shape[0]))
        elif network.initialization == "identity" and isinstance(layer, keras.layers.Conv2D):
            layer.kernel.assign(_identity_start(np.asarray(layer.kernel)))
        elif network.initialization == "identity" and layer.name == "logits":
            inputs, classes = layer.kernel.shape
            layer.kernel.assign(np.asarray(layer.kernel) * np.sqrt((inputs + classes) / 2) / inputs)


def whitening_filters(images: np.ndarray, size: int) -> np.ndarray:
    """Filters float32 (size, size, channels, 2n) whose outputs on the patches of `images` are uncorrelated.

    The n eigenvectors of the patches' second moments, each divided by its patches' deviation, and the negative of
    each, because the activation after it would cut one half off. From D. Page, "How to train your ResNet 8", 2019.

    Args:
        images: float (N, height, width, channels), scaled as the network scales them.
    """
    channels = images.shape[-1]
    moments, count = np.zeros((size * size * channels,) * 2), 0
    for start in range(0, len(images), 500):  # the patches of all of them would fill half a gigabyte
        some = images[start : start + 500]
        windows = np.lib.stride_tricks.sliding_window_view(some, (size, size), axis=(1, 2))  # (..., channels, y, x)
        patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, len(moments)).astype(np.float64)
        moments += patches.T @ patches
        count += len(patches)
    values, vectors = np.linalg.eigh(moments / count)
    filters = (vectors / np.sqrt(values + 5e-4))[:, ::-1]  # the largest first; the constant is Jordan's
    filters = filters.reshape(size, size, channels, -1)
    return np.concatenate([filters, -filters], axis=-1).astype(np.float32)


def _identity_start(kernel: np.ndarray) -> np.ndarray:
    """The same kernel (height, width, in, out) from Glorot's uniform distribution, with the start of `initialize`."""
    height, width, inputs, outputs = kernel.shape
    kernel = kernel * np.sqrt((inputs + outputs) / (6 * inputs))
    shared = min(inputs, outputs)
    kernel[..., :shared] = 0
    kernel[(height - 1) // 2, (width - 1) // 2, range(shared), range(shared)] = 1  # the pixel itself, with "same"
    return kernel


def logits_model(model: keras.Model) -> keras.Model:
    """The same layers and weights, ending at the logits."""
    return keras.Model(model.input, model.get_layer("logits").output, name="logits_of_network")


def first_kernels(model: keras.Model) -> np.ndarray:
    """The kernels of the first convolution, float32 (height, width, in, out); empty (0, 0, 3, 0) without one."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            return np.asarray(layer.kernel)
    return np.zeros((0, 0, IMAGE_SHAPE[2], 0), np.float32)


def predictor(model: keras.Model, *, chunk: int | None = None) -> Callable[..., np.ndarray]:
    """A function from images uint8 (N, 32, 32, 3) to probabilities float32 (N, classes), compiled once.

    It takes `chunk` images at a time; by default as many as keep a processor busy for a fraction of a second. After
    each chunk it calls `after_chunk`, if given, with the number of images done; an exception there ends it.
    """
    chunk = chunk or images_at_a_time(model)

    @tf.function(input_signature=[tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8)])
    def forward(images: tf.Tensor) -> tf.Tensor:
        return model(images, training=False)

    def classify(images: np.ndarray, after_chunk: Callable[[int], None] | None = None) -> np.ndarray:
        probabilities = []
        for start in range(0, len(images), chunk):
            probabilities.append(forward(images[start : start + chunk]).numpy())
            if after_chunk:
                after_chunk(min(start + chunk, len(images)))
        return np.concatenate(probabilities)

    return classify


def images_at_a_time(model: keras.Model) -> int:
    """As many images as keep the wait for a stop short and the memory small, for a wide network too."""
    work = sum(
        layer.kernel.shape.num_elements() * np.prod(layer.output.shape[1:-1])  # the whole kernel at each position
        for layer in model.layers
        if hasattr(layer, "kernel")
    )
    return int(np.clip(CHUNK_WORK / max(work, 1), 1, LARGEST_CHUNK))
