"""A network's backward pass as a LiteRT graph: what a small change of each pixel does to the logits.

LiteRT cannot differentiate, so the graph has the forward pass and, behind it, the gradient of each layer by the chain
rule, written with operations that LiteRT has; what two layers read gets the sum of their gradients. The web process
reads it without TensorFlow. Gradients are those of TensorFlow, ties included: a 2x2 max pooling passes a tie to its
first value, a global one shares it.

Each kernel is a mark in the graph, the same number throughout, which says where `weights` puts the kernel: with the
kernels themselves, TensorFlow's converter takes a gigabyte for the champion's.
"""

import zlib
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from cnn_core.config import IMAGE_SHAPE
from cnn_core.training.slopes import Pullback, activation

Rule = Callable[..., tuple[tf.Tensor, Pullback]]


def backward_graph(model: keras.Model) -> bytes:
    """The LiteRT file of the forward and the backward pass; its one signature is "serving_default".

    In: "images" float32 (N, 32, 32, 3) from 0 to 255, "weights" float32 (N, classes), how much of each logit is asked
    for, and "one", float32 (1,), always 1. Out: "logits" (N, classes); "image_gradient" (N, 32, 32, 3), of the sum of
    weights times logits; "maps", the last ones, which the head reads, (N, h, w, c); "maps_gradient", the same there.
    Without a convolution the maps are the scaled image. Kernels are marks, in the layouts of `inference.weights`.
    """
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    last = max(place for place, layer in enumerate(layers) if len(layer.output.shape) == 4)

    def explain(images: tf.Tensor, weights: tf.Tensor, one: tf.Tensor) -> dict[str, tf.Tensor]:
        made, pullbacks = {id(layers[0].input): images}, []
        for layer in layers[:-1]:  # without the softmax
            given = [made[id(read)] for read in _read_by(layer)]
            made[id(layer.output)], pullback = _RULES[type(layer).__name__](layer, _one_or_all(given), one)
            pullbacks.append(pullback)
        gradients = {id(layers[-2].output): weights}
        for layer, pullback in zip(layers[-2::-1], reversed(pullbacks), strict=True):
            found = pullback(gradients[id(layer.output)])
            for read, gradient in zip(_read_by(layer), found if isinstance(found, list) else [found], strict=True):
                before = gradients.get(id(read))  # of what reads the same and stands behind
                gradients[id(read)] = gradient if before is None else before + gradient
        maps = id(layers[last].output)
        found = {
            "logits": made[id(layers[-2].output)],
            "image_gradient": gradients[id(layers[0].input)],
            "maps": made[maps],
            "maps_gradient": gradients[maps],
        }
        return {name: tf.identity(value, name) for name, value in found.items()}

    specification = {
        "images": tf.TensorSpec((None, *IMAGE_SHAPE), tf.float32, "images"),
        "weights": tf.TensorSpec((None, layers[-1].output.shape[-1]), tf.float32, "weights"),
        "one": tf.TensorSpec((1,), tf.float32, "one"),
    }
    module = tf.Module()
    module.explain = tf.function(explain, autograph=False)
    concrete = module.explain.get_concrete_function(**specification)
    return tf.lite.TFLiteConverter.from_concrete_functions([concrete], module).convert()


def _read_by(layer: keras.layers.Layer) -> list[keras.KerasTensor]:
    """What the layer reads, each the very object that is another layer's output."""
    return layer.input if isinstance(layer.input, list) else [layer.input]


def _one_or_all(given: list[tf.Tensor]) -> tf.Tensor | list[tf.Tensor]:
    return given if len(given) > 1 else given[0]


def mark(layer: str, layout: str) -> np.float32:
    """The number that stands for the kernel of this layer in this layout; tests hold that no two are equal."""
    return np.float32(1 + zlib.crc32(f"{layer} {layout}".encode()) % 2**23 / 2**23)


def _marked(layer: keras.layers.Layer, layout: str) -> tf.Tensor:
    """A kernel of marks, as the layout's name says: of the layer itself, or with its channels in exchanged roles."""
    *window, before, after = layer.kernel.shape
    shape = [*window, *((before, after) if layout == "forward" else (after, before))]
    return tf.constant(mark(layer.name, layout), tf.float32, shape)  # one number, however large


def _numbers(variable: keras.Variable) -> np.ndarray:
    """Its value, while a graph is built: LiteRT reads no variable."""
    with tf.init_scope():
        return np.asarray(variable)


def _rescaling(layer: keras.layers.Rescaling, x: tf.Tensor, one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    return _affine(x, np.float32(layer.scale), np.float32(layer.offset), one)


def _normalization(layer: keras.layers.BatchNormalization, x: tf.Tensor, one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    mean, variance = _numbers(layer.moving_mean), _numbers(layer.moving_variance)
    scale = (_numbers(layer.gamma) if layer.scale else 1.0) / np.sqrt(variance + layer.epsilon)
    return _affine(x, scale.astype(np.float32), (_numbers(layer.beta) - mean * scale).astype(np.float32), one)


def _affine(x: tf.Tensor, scale: np.ndarray, offset: np.ndarray, one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    """Both depend on an input: the converter would compute constants into the kernel and the biases beside them."""
    factor = scale * one
    return x * factor + offset * one, lambda dy: dy * factor


def _convolution(layer: keras.layers.Conv2D, x: tf.Tensor, one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    """Backward it is a convolution too, with the kernel turned by 180 degrees, its channels in exchanged roles."""
    kernel, turned = _marked(layer, "forward"), _marked(layer, "backward")
    size = layer.kernel.shape[0]
    y = tf.nn.conv2d(x, kernel, 1, layer.padding.upper())
    y = tf.nn.bias_add(y, _numbers(layer.bias)) if layer.use_bias else y
    before = (size - 1) // 2 if layer.padding == "same" else 0  # zeros that the forward pass put around the map
    after = size - 1 - before if layer.padding == "same" else 0
    around = [size - 1 - before, size - 1 - after]

    def pullback(dy: tf.Tensor) -> tf.Tensor:
        if before == after and layer.padding == "same":
            return tf.nn.conv2d(dy, turned, 1, "SAME")
        return tf.nn.conv2d(tf.pad(dy, [[0, 0], around, around, [0, 0]]), turned, 1, "VALID")

    return y, pullback


def _dense(layer: keras.layers.Dense, x: tf.Tensor, one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    bias = _numbers(layer.bias) * one  # see `_affine`: two dense layers may follow each other
    y = tf.matmul(x, _marked(layer, "forward")) + bias
    return y, lambda dy: tf.matmul(dy, _marked(layer, "backward"))


def _flatten(layer: keras.layers.Flatten, x: tf.Tensor, one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    shape = x.shape[1:]
    return tf.reshape(x, (-1, int(np.prod(shape)))), lambda dy: tf.reshape(dy, (-1, *shape))


def _dropout(layer: keras.layers.Dropout, x: tf.Tensor, one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    return x, lambda dy: dy  # only training drops


def _max_pooling(layer: keras.layers.MaxPooling2D, x: tf.Tensor, one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    y = tf.nn.max_pool2d(x, 2, 2, "VALID")

    def pullback(dy: tf.Tensor) -> tf.Tensor:
        shares, is_free = [], 1.0
        for part in _quarters(x):
            wins = tf.cast(tf.equal(part, y), tf.float32) * is_free
            shares.append(wins * dy)
            is_free = is_free - wins
        return _together(shares, x)

    return y, pullback


def _average_pooling(layer: keras.layers.AveragePooling2D, x: tf.Tensor, one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    quarter = 0.25 * one  # see `_affine`
    return tf.nn.avg_pool2d(x, 2, 2, "VALID"), lambda dy: _together([dy * quarter] * 4, x)


def _quarters(x: tf.Tensor) -> list[tf.Tensor]:
    """Of each 2x2 window of (N, h, w, c) its four values, row by row: four tensors (N, h // 2, w // 2, c)."""
    height, width = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    return [x[:, row:height:2, column:width:2] for row in (0, 1) for column in (0, 1)]


def _together(quarters: list[tf.Tensor], like: tf.Tensor) -> tf.Tensor:
    """The inverse of `_quarters`; zeros in the last row and column where a side of `like` is odd."""
    _, height, width, channels = like.shape
    rows = [
        tf.reshape(tf.concat(pair, axis=3), (-1, height // 2, width // 2 * 2, channels))
        for pair in (quarters[:2], quarters[2:])
    ]
    whole = tf.reshape(tf.concat(rows, axis=2), (-1, height // 2 * 2, width // 2 * 2, channels))
    if height % 2 or width % 2:
        whole = tf.pad(whole, [[0, 0], [0, height % 2], [0, width % 2], [0, 0]])
    return whole


def _global_max(layer: keras.layers.GlobalMaxPooling2D, x: tf.Tensor, one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    y = tf.reduce_max(x, axis=(1, 2))

    def pullback(dy: tf.Tensor) -> tf.Tensor:
        wins = tf.cast(tf.equal(x, y[:, None, None, :]), tf.float32)
        return wins * (dy / tf.reduce_sum(wins, axis=(1, 2)))[:, None, None, :]

    return y, pullback


def _global_average(
    layer: keras.layers.GlobalAveragePooling2D, x: tf.Tensor, one: tf.Tensor
) -> tuple[tf.Tensor, Pullback]:
    _, height, width, _ = x.shape
    everywhere = np.full((1, height, width, 1), 1 / (height * width), np.float32)
    return tf.reduce_mean(x, axis=(1, 2)), lambda dy: (dy * one)[:, None, None, :] * everywhere  # see `_affine`


def _concatenate(layer: keras.layers.Concatenate, x: list[tf.Tensor], one: tf.Tensor) -> tuple[tf.Tensor, Pullback]:
    """Of rows of numbers; each gets its own part of the gradient."""
    ends = np.cumsum([part.shape[-1] for part in x])
    return tf.concat(x, axis=-1), lambda dy: [
        dy[:, end - part.shape[-1] : end] for part, end in zip(x, ends, strict=True)
    ]


_RULES: dict[str, Rule] = {
    "Rescaling": _rescaling,
    "Conv2D": _convolution,
    "BatchNormalization": _normalization,
    "Activation": activation,
    "MaxPooling2D": _max_pooling,
    "AveragePooling2D": _average_pooling,
    "GlobalMaxPooling2D": _global_max,
    "GlobalAveragePooling2D": _global_average,
    "Flatten": _flatten,
    "Dropout": _dropout,
    "Concatenate": _concatenate,
    "Dense": _dense,
}
