"""Each convolution in the way that is fastest on this machine: the ways are timed on its own shapes before training.

What a gradient costs depends on the processor more than on the arithmetic. On two cores that multiply bfloat16,
TensorFlow's own gradient of the kernels runs at a third of the forward pass' rate; written as one more convolution,
with images and channels in exchanged roles, it was 1.3 to 2 times faster for maps of 8x8 and below, and slower for
large ones. As nine products of matrices it was 1.4 to 2.7 times faster for 7x7 maps of 192 and 384 channels, where
the processor multiplies tiles (AMX). All ways give the same numbers up to rounding; so that a seed gives the same
network bit for bit, a machine keeps what it has found, and a run that is resumed its ways.
"""

import math
import time
from collections.abc import Callable, Mapping, MutableMapping
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from cnn_core import processor
from cnn_core.progress import Stopped
from cnn_core.training import winograd

LEAST_WORK = 5e7  # multiply-adds of a batch in one layer: what has less takes a millisecond in any way
MUCH_WORK = 1e9  # below it, the nine calls of products cost more beside others than alone
ROUNDS, ENOUGH = 5, 1.0  # seconds of the processor, after which two rounds will do
LEAST_TIME = 0.02  # seconds of a round: of a call of 1.4 ms the processor's clock once told 0.3
LEAST_GAIN, FAR = 1.1, 1.5  # times as fast; between two measurements on a busy machine lay up to 1.05

FOUND: dict[str, str] = {}  # within a process a shape's way stays: a seed gives the same network, however busy it is


class TunedConv2D(keras.layers.Conv2D):
    """Keras' convolution, its gradients computed in the way that is chosen for it; `way` is one of WAYS."""

    way = "direct"  # TensorFlow's own
    in_bfloat16 = False

    def convolution_op(self, inputs: tf.Tensor, kernel: keras.Variable) -> tf.Tensor:
        if self.way == "direct" or not self.is_plain():
            return super().convolution_op(inputs, kernel)
        return convolve(self.way, inputs, tf.convert_to_tensor(kernel), in_bfloat16=self.in_bfloat16)

    def is_plain(self) -> bool:
        """Whether the other ways can compute it: 3x3, with zeros around the maps, step 1."""
        is_small = self.kernel_size == (3, 3) and self.padding == "same" and self.groups == 1
        return is_small and self.strides == self.dilation_rate == (1, 1) and self.data_format == "channels_last"


def convolve(way: str, maps: tf.Tensor, kernel: tf.Tensor, *, in_bfloat16: bool) -> tf.Tensor:
    """The same as `tf.nn.conv2d(maps, kernel, 1, "SAME")`, its gradients computed in one of WAYS.

    Args:
        maps: float32 or bfloat16 (N, height, width, in).
        kernel: of the same kind (3, 3, in, out).
        in_bfloat16: whether the kernel's gradient is computed so; all other products are as TensorFlow is set.

    Returns:
        (N, height, width, out), of the same kind.
    """
    if way == "winograd":  # float32 only: in bfloat16 its transforms would lose too many digits
        return winograd.convolve(maps, kernel)

    @tf.custom_gradient
    def with_gradient(maps: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            of_maps = tf.raw_ops.Conv2DBackpropInput(
                input_sizes=tf.shape(maps), filter=kernel, out_backprop=upstream, strides=[1] * 4, padding="SAME"
            )
            kind = tf.bfloat16 if in_bfloat16 else tf.float32
            of_kernel = _KERNEL_GRADIENTS[way](tf.cast(maps, kind), tf.cast(upstream, kind))
            return of_maps, tf.cast(of_kernel, kernel.dtype)

        return tf.nn.conv2d(maps, kernel, 1, "SAME"), gradient

    return with_gradient(maps, kernel)


def _direct(maps: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.Conv2DBackpropFilter(
        input=maps,
        filter_sizes=[3, 3, maps.shape[-1], upstream.shape[-1]],
        out_backprop=upstream,
        strides=[1] * 4,
        padding="SAME",
    )


def _transposed(maps: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
    """A convolution whose images are the channels in, whose channels are the images, and whose kernel is `upstream`."""
    swapped = tf.transpose(maps, [3, 1, 2, 0])  # (in, height, width, N)
    window = tf.transpose(upstream, [1, 2, 0, 3])  # (height, width, N, out)
    return tf.transpose(tf.nn.conv2d(swapped, window, 1, [[0, 0], [1, 1], [1, 1], [0, 0]]), [1, 2, 0, 3])


def _products(maps: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
    """Nine products of two matrices, one for each place of the kernel."""
    height, width, inputs = maps.shape[1:]
    padded = tf.pad(maps, [[0, 0], [1, 1], [1, 1], [0, 0]])
    flat = tf.reshape(upstream, [-1, upstream.shape[-1]])
    places = [padded[:, row : row + height, column : column + width] for row in range(3) for column in range(3)]
    products = [tf.matmul(tf.reshape(place, [-1, inputs]), flat, transpose_a=True) for place in places]
    return tf.reshape(tf.stack(products), [3, 3, inputs, upstream.shape[-1]])


# How the gradient of a kernel is computed from the maps (N, height, width, in) and the gradient of the outputs.
_KERNEL_GRADIENTS = {"direct": _direct, "transposed": _transposed, "products": _products}
WAYS = (*_KERNEL_GRADIENTS, "winograd")


def tune(
    model: keras.Model,
    batch_size: int,
    in_bfloat16: bool,
    ways: MutableMapping[str, str],
    should_stop: Callable[[], bool],
) -> dict[str, str]:
    """The fastest way of each of the model's convolutions, by the layer's name, where it is not the direct one.

    What `ways` has of this machine and a shape is taken from there, and what it lacks is added. That takes about as
    long as a few steps of training. Raises Stopped if it should stop.
    """
    chosen = {}
    for layer in model.layers:
        if not isinstance(layer, TunedConv2D) or not layer.is_plain():
            continue
        if should_stop():
            raise Stopped
        shape = (batch_size, *layer.input.shape[1:], layer.filters)
        kind = "bfloat16" if in_bfloat16 else "float32"
        case = f"{processor.name()}, {processor.cores()} cores, TensorFlow {tf.__version__}, {kind}, {shape}"
        if ways.get(case) not in WAYS:
            ways[case] = fastest(*shape, in_bfloat16)
        if ways[case] != "direct":
            chosen[layer.name] = ways[case]
    return chosen


def use(model: keras.Model, chosen: Mapping[str, str], *, in_bfloat16: bool) -> None:
    """Let the model's convolutions compute in these ways from now on; before its first step is compiled."""
    for layer in model.layers:
        if isinstance(layer, TunedConv2D):
            layer.way, layer.in_bfloat16 = chosen.get(layer.name, "direct"), in_bfloat16


def fastest(n: int, height: int, width: int, inputs: int, outputs: int, in_bfloat16: bool) -> str:
    """The way for a batch of n maps of this size and so many channels; "direct" where there is little to gain."""
    work = n * height * width * 9 * inputs * outputs
    if work < LEAST_WORK:
        return "direct"
    rng, kind = np.random.default_rng(0), tf.bfloat16 if in_bfloat16 else tf.float32
    shapes = (n, height, width, inputs), (n, height, width, outputs), (3, 3, inputs, outputs)
    maps, upstream, kernel = (tf.cast(rng.standard_normal(shape, np.float32), kind) for shape in shapes)
    names = [name for name in _KERNEL_GRADIENTS if name != "products" or work > MUCH_WORK]
    way = faster({name: _compiled(_KERNEL_GRADIENTS[name], maps, upstream) for name in names})
    if not in_bfloat16 and winograd.may_be_faster(inputs, outputs):
        whole = {name: _compiled(partial(_whole, name), maps, kernel, upstream) for name in (way, "winograd")}
        way = faster(whole)
    return way


def faster(alternatives: Mapping[str, Callable[[], object]]) -> str:
    """The name of the alternative that takes the least time of the processor, or of an earlier one about as fast.

    That time hardly depends on what else the machine does; the least of some rounds does even less. What is much slower
    than another is tried in one round only.
    """
    left = dict(alternatives)
    for compute in left.values():
        compute()  # the first time, TensorFlow makes its plans
    seconds, began = dict.fromkeys(left, math.inf), time.process_time()
    for number in range(ROUNDS):
        if number >= 2 and time.process_time() - began > ENOUGH:
            break
        for name, compute in left.items():
            seconds[name] = min(seconds[name], _cost(compute))
        least = min(seconds.values())
        left = {name: compute for name, compute in left.items() if seconds[name] < FAR * least}
    return next(name for name in alternatives if seconds[name] <= LEAST_GAIN * least)


def _cost(compute: Callable[[], object]) -> float:
    """Seconds of the processor that one call takes, from so many that its clock can be believed."""
    calls, spent, started = 0, 0.0, time.process_time()
    while spent < LEAST_TIME:
        compute()
        calls, spent = calls + 1, time.process_time() - started
    return spent / calls


def _compiled(compute: Callable[..., object], *values: tf.Tensor) -> Callable[[], object]:
    """As it is in training: eagerly, others win. Traced here, since TensorFlow warns of many traces by calls."""
    return partial(tf.function(compute, autograph=False).get_concrete_function(*values), *values)


def _whole(way: str, maps: tf.Tensor, kernel: tf.Tensor, upstream: tf.Tensor) -> list[tf.Tensor]:
    with tf.GradientTape() as tape:
        tape.watch([maps, kernel])
        outputs = convolve(way, maps, kernel, in_bfloat16=False)
    return [outputs, *tape.gradient(outputs, [maps, kernel], upstream)]
