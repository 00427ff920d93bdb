"""Keras networks from a configuration.

Pixels go in as they are (uint8, 0-255); scaling is the first layer. The network ends in two separate layers, `logits`
and `probabilities`, so that a loss and a gradient can be taken of the logits.
"""

from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf

from cnn_core.architecture import layers
from cnn_core.config import IMAGE_SHAPE, NetworkConfig
from cnn_core.training.winograd import WinogradConv2D


class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalization over the last axis, computed by TensorFlow's one fused kernel: the same numbers.

    Keras 3 builds it from separate operations that each pass over the feature maps. Fused, the report's network
    trained more than a quarter faster (410 images a second against 319: batch 32, float32, two cores). Used while
    training only; saved networks carry Keras' own layer. On several replicas mean and variance are those of the whole
    batch, so that the result does not depend on how many share it.
    """

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: None = None) -> tf.Tensor:
        if not training:
            return self._fused(inputs, self.moving_mean, self.moving_variance, is_training=False)[0]
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            outputs, mean, variance = self._over_all_replicas(inputs)
        else:
            outputs, mean, unbiased = self._fused(inputs, [], [], is_training=True)[:3]
            n = tf.cast(tf.size(inputs) / tf.shape(inputs)[-1], tf.float32)
            variance = unbiased * (n - 1) / n  # the kernel divides by n - 1, Keras by n
        self.moving_mean.assign(self.moving_mean * self.momentum + mean * (1 - self.momentum))
        self.moving_variance.assign(self.moving_variance * self.momentum + variance * (1 - self.momentum))
        return outputs

    def _over_all_replicas(self, inputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Outputs, mean and variance. In two passes: Keras' difference of two large sums loses three digits here."""

        def total(values: tf.Tensor) -> tf.Tensor:
            of_this_replica = tf.reduce_sum(values, axis=range(len(values.shape) - 1))
            return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, of_this_replica)

        n = total(tf.ones_like(inputs))
        mean = total(inputs) / n
        variance = total((inputs - mean) ** 2) / n
        scale = self.gamma if self.scale else None
        return tf.nn.batch_normalization(inputs, mean, variance, self.beta, scale, self.epsilon), mean, variance

    def _fused(self, inputs: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, *, is_training: bool) -> tuple:
        return tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma if self.scale else tf.ones_like(self.beta),
            offset=self.beta,
            mean=mean,
            variance=variance,
            epsilon=self.epsilon,
            is_training=is_training,
        )


def build_model(network: NetworkConfig, kinds: Mapping[str, type[keras.layers.Layer]] | None = None) -> keras.Model:
    """An untrained network: uint8 (N, 32, 32, 3) in, probabilities float32 (N, 10) out.

    Initial weights follow Keras' global seed; layer names are those of `architecture.layers`. `kinds` puts other
    classes in place of Keras' own, by name: `fast_kinds` for training. The variables and their order are the same,
    so `set_weights` moves a network from one form to the other.
    """
    kinds = kinds or {}
    images = keras.Input(IMAGE_SHAPE, dtype="uint8", name="images")
    values = images
    for layer in layers(network):
        kind = kinds.get(layer.kind) or getattr(keras.layers, layer.kind)
        values = kind(name=layer.name, **layer.settings)(values)
    return keras.Model(images, values, name="network")


def fast_kinds(*, winograd: bool) -> dict[str, type[keras.layers.Layer]]:
    """What computes Keras' layers faster, equal to them up to rounding.

    `winograd` is for processors that multiply in float32: a GPU has fast convolutions of its own, and in bfloat16 the
    transforms would lose too many digits.
    """
    kinds = {"BatchNormalization": FusedBatchNormalization}
    return kinds | {"Conv2D": WinogradConv2D} if winograd else kinds


def prepare(model: keras.Model, network: NetworkConfig, images: np.ndarray) -> None:
    """Give an untrained network the start that its configuration asks for; `images` uint8 (N, 32, 32, 3) are whitened.

    Identity ("Dirac") initialization: Zagoruyko and Komodakis, "DiracNets", 2017 (arXiv 1706.00388), as Jordan 2024
    uses it. The first filters of each convolution pass their channels on; the others are uniform within
    1 / sqrt(inputs of a filter). The last layer starts with a deviation of 1 / inputs, so that no class is favoured.
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
    """Filters float32 (size, size, channels, 2n) whose answers to the patches of `images` are uncorrelated.

    The n eigenvectors of the patches' second moments, each divided by its patches' deviation, and the negative of
    each, since an activation that follows would cut one half off. From D. Page, "How to train your ResNet 8", 2019.

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
    """The same kernel (height, width, in, out) from Glorot's uniform distribution, with the start of `prepare`."""
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


def predictor(model: keras.Model, *, batch_size: int = 500) -> Callable[[np.ndarray], np.ndarray]:
    """A function from images uint8 (N, 32, 32, 3) to probabilities float32 (N, 10), compiled once."""

    @tf.function(input_signature=[tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8)])
    def forward(images: tf.Tensor) -> tf.Tensor:
        return model(images, training=False)

    def classify(images: np.ndarray) -> np.ndarray:
        batches = range(0, len(images), batch_size)
        return np.concatenate([forward(images[i : i + batch_size]).numpy() for i in batches])

    return classify
