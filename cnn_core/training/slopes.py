"""How each activation passes a gradient on, with operations that LiteRT has: part of `backward`."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

# From the gradient at a layer's output to that at its input; of several inputs a list.
Pullback = Callable[[tf.Tensor], tf.Tensor | list[tf.Tensor]]


def activation(layer: keras.layers.Activation, x: tf.Tensor, one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    if layer.activation.__name__ == "linear":
        return x * one, lambda dy: dy  # as `backward` says: the biases before it would go into the next layer's
    return _ACTIVATIONS[layer.activation.__name__](x)


def _relu(x: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    return tf.nn.relu(x), lambda dy: dy * tf.cast(x > 0, tf.float32)


def _leaky_relu(x: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    slope = 0.2  # Keras' own
    is_above = tf.cast(x > 0, tf.float32)
    return tf.nn.leaky_relu(x, slope), lambda dy: dy * (slope + (1 - slope) * is_above)


def _elu(x: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    return tf.nn.elu(x), lambda dy: dy * tf.exp(tf.minimum(x, 0.0))


def _silu(x: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    gate = tf.sigmoid(x)
    return x * gate, lambda dy: dy * (gate + x * gate * (1 - gate))


def _tanh(x: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    y = tf.tanh(x)
    return y, lambda dy: dy * (1 - y * y)


def _sigmoid(x: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    y = tf.sigmoid(x)
    return y, lambda dy: dy * y * (1 - y)


def _gelu(x: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    """LiteRT has GELU, but no error function: the share of a normal variable below x is read from y = x * share."""
    y = tf.nn.gelu(x, approximate=False)
    density_at_0 = np.float32(1 / np.sqrt(2 * np.pi))

    def pullback(dy: tf.Tensor) -> tf.Tensor:
        is_near = tf.cast(tf.abs(x) < 1e-3, tf.float32)  # of 0, where the quotient has no digits
        share = (1 - is_near) * (y / (x + is_near)) + is_near * (0.5 + density_at_0 * x)
        return dy * (share + density_at_0 * x * tf.exp(-0.5 * x * x))

    return y, pullback


_ACTIVATIONS = {
    "relu": _relu, "leaky_relu": _leaky_relu, "elu": _elu, "gelu": _gelu,
    "silu": _silu, "tanh": _tanh, "sigmoid": _sigmoid,
}  # fmt: skip
