"""The layers of a network in their order, built one after another from its configuration.

Each reads the one before it, but those of the head that reads all blocks: `Layer.reads` names what they read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import prod
from typing import Any

from cnn_core.config import IMAGE_SHAPE, Block, NetworkConfig


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: what it is, what comes out of it, and what it costs."""

    name: str  # unique in the network, and the name of its feature maps in the exported model
    kind: str  # the Keras class
    output_shape: tuple[int, ...]  # without the batch
    settings: dict[str, Any] = field(default_factory=dict)  # what the Keras class is built with
    parameters: int = 0
    trainable: int = 0
    arithmetic: str = ""  # the parameter count written out, e.g. "3x3x3x32 + 32 = 896"
    multiply_adds: int = 0  # of one image, forward
    receptive_field: int = 1  # side of the square of input pixels that one output value depends on
    reads: tuple[str, ...] = ()  # the names of the layers whose outputs it reads; empty: that of the layer before


def layers(network: NetworkConfig) -> list[Layer]:
    """Every layer in order, from the scaling of the pixels to the softmax."""
    return list(_layers(network))


@lru_cache(maxsize=64)  # one answer of the page Inside asks seventeen times
def _layers(network: NetworkConfig) -> tuple[Layer, ...]:
    builder = _Builder()
    if network.whitening:
        builder.plain("scale", "Rescaling", scale=1 / 64, offset=-1.9)  # CIFAR-10's pixels: mean 0, deviation 1
        builder.whitening()
        builder.plain("whiten_activation", "Activation", activation=network.activation)
    else:
        builder.plain("scale", "Rescaling", scale=1 / 255)
    ends = []
    for number, block in enumerate(network.blocks, 1):
        _append_block(builder, network, number, block)
        ends.append((builder.layers[-1], builder.step))
    if network.head == "flatten":
        builder.flatten()
    elif network.head == "blocks":
        builder.pool_blocks(ends)
    else:
        builder.global_pool(network.head)
    for number, units in enumerate(network.dense_units, 1):
        builder.dense(f"dense{number}", units)
        if network.dense_activation != "linear":
            builder.plain(f"dense{number}_activation", "Activation", activation=network.dense_activation)
    builder.dense("logits", network.classes)
    builder.plain("probabilities", "Softmax")
    return tuple(builder.layers)


def _append_block(builder: "_Builder", network: NetworkConfig, number: int, block: Block) -> None:
    """A block in the network's order; right before a batch-norm a convolution has no bias of its own."""
    is_early = network.block_order == "pool_norm_activation"
    for convolution in range(1, block.convolutions + 1):
        place = f"block{number}_{{}}{convolution}".format
        has_bias = not (is_early and network.batch_norm)
        builder.convolution(place("conv"), block.filters, network.kernel_size, network.padding, has_bias=has_bias)
        if is_early and convolution == 1:
            builder.pool(f"block{number}_pool", network.pooling)
        if is_early and network.batch_norm:
            builder.batch_norm(place("norm"), network.batch_norm_momentum, has_scale=False)
        builder.plain(place("activation"), "Activation", activation=network.activation)
        if not is_early and network.batch_norm:
            builder.batch_norm(place("norm"), network.batch_norm_momentum, has_scale=True)
    if not is_early:
        builder.pool(f"block{number}_pool", network.pooling)
    if block.dropout:
        builder.plain(f"block{number}_dropout", "Dropout", rate=block.dropout)


class _Builder:
    """Appends layers, and keeps track of the shape, the receptive field and the step between neighbouring outputs."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.shape: tuple[int, ...] = IMAGE_SHAPE
        self.field = 1  # receptive field, in input pixels
        self.step = 1  # input pixels between two neighbouring values of the current map
        self.reach = 1  # receptive field of all that is flattened, taken together

    def plain(self, name: str, kind: str, **settings: Any) -> None:
        """A layer without parameters that keeps the shape."""
        self._append(Layer(name, kind, self.shape, settings))

    def whitening(self) -> None:
        """The fixed first convolution: as many filters as a 2x2 patch has values, and the negative of each."""
        channels = self.shape[-1]
        self.convolution("whiten", 2 * 4 * channels, 2, "valid", has_bias=False, is_trained=False)

    def convolution(
        self, name: str, filters: int, kernel: int, padding: str, *, has_bias: bool, is_trained: bool = True
    ) -> None:
        height, width, channels = self.shape
        lost = kernel - 1 if padding == "valid" else 0
        self.shape = (height - lost, width - lost, filters)
        self.field += (kernel - 1) * self.step
        weights = kernel * kernel * channels * filters
        count = weights + filters * has_bias
        product = f"{kernel}×{kernel}×{channels}×{filters}"
        settings = {"filters": filters, "kernel_size": kernel, "padding": padding}
        if not has_bias:
            settings["use_bias"] = False
        if not is_trained:
            settings["trainable"] = False
        self._append(
            Layer(
                name,
                "Conv2D",
                self.shape,
                settings,
                parameters=count,
                trainable=count * is_trained,
                arithmetic=f"{product}{f' + {filters}' * has_bias} = {count:,}{', fixed' * (not is_trained)}",
                multiply_adds=weights * self.shape[0] * self.shape[1],
            )
        )

    def batch_norm(self, name: str, momentum: float, *, has_scale: bool) -> None:
        """Mean, variance and offset of each channel, and a factor too if it `has_scale`."""
        channels = self.shape[-1]
        trainable = (2 if has_scale else 1) * channels
        count = trainable + 2 * channels
        self._append(
            Layer(
                name,
                "BatchNormalization",
                self.shape,
                {"momentum": momentum} | ({} if has_scale else {"scale": False}),
                parameters=count,
                trainable=trainable,
                arithmetic=f"{count // channels}×{channels} = {count:,}, {trainable:,} trained",
            )
        )

    def pool(self, name: str, pooling: str) -> None:
        height, width, channels = self.shape
        self.shape = (height // 2, width // 2, channels)
        self.field += self.step
        self.step *= 2
        kind = {"max": "MaxPooling2D", "average": "AveragePooling2D"}[pooling]
        self._append(Layer(name, kind, self.shape, {"pool_size": 2}))

    def flatten(self) -> None:
        self.reach = self.field + (self.shape[0] - 1) * self.step  # of all positions together
        self.shape = (prod(self.shape),)
        self._append(Layer("flatten", "Flatten", self.shape))

    def global_pool(self, how: str) -> None:
        """One value of each map: its largest, or its mean."""
        self.field = max(self.field, min(self.field + (self.shape[0] - 1) * self.step, IMAGE_SHAPE[0]))
        self.reach = self.field
        self.shape = (self.shape[-1],)
        kind = {"max": "GlobalMaxPooling2D", "average": "GlobalAveragePooling2D"}[how]
        self._append(Layer("global_pool", kind, self.shape))

    def pool_blocks(self, ends: Sequence[tuple[Layer, int]]) -> None:
        """The mean and the largest value of each of the blocks' last maps, all in one row.

        ends: each block's last layer, and its step between neighbouring values. They stand behind the last maps, so
        that these and all before them are the same chain as under any other head.
        """
        read, widest = [], 1
        for number, (maps, step) in enumerate(ends, 1):
            side, _, filters = maps.output_shape
            self.field = max(maps.receptive_field, min(maps.receptive_field + (side - 1) * step, IMAGE_SHAPE[0]))
            widest = max(widest, self.field)
            for name, kind in (("mean", "GlobalAveragePooling2D"), ("max", "GlobalMaxPooling2D")):
                self._append(Layer(f"block{number}_{name}", kind, (filters,), reads=(maps.name,)))
                read.append(self.layers[-1])
        self.field = self.reach = widest
        self.shape = (sum(layer.output_shape[0] for layer in read),)
        self._append(Layer("features", "Concatenate", self.shape, reads=tuple(layer.name for layer in read)))

    def dense(self, name: str, units: int) -> None:
        inputs = self.shape[0]
        self.shape = (units,)
        self.field = max(self.field, min(self.reach, IMAGE_SHAPE[0]))  # it reads every position
        count = inputs * units + units
        self._append(
            Layer(
                name,
                "Dense",
                self.shape,
                {"units": units},
                parameters=count,
                trainable=count,
                arithmetic=f"{inputs:,}×{units} + {units} = {count:,}",
                multiply_adds=inputs * units,
            )
        )

    def _append(self, layer: Layer) -> None:
        self.layers.append(replace(layer, receptive_field=self.field))
