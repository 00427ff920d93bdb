"""What a network is: blocks of convolutions, a head, dense layers. `config` passes all of it on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from cnn_core.schema import Choice, ConfigError, Range, Settings

IMAGE_SHAPE = (32, 32, 3)
CLASSES = 10  # of the data sets that every server has
LEAST_CLASSES, MOST_CLASSES = 2, 10  # of a data set of one's own

ACTIVATIONS = ("linear", "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid")
PADDINGS = ("same", "valid")
POOLINGS = ("max", "average")
BLOCK_ORDERS = ("activation_norm_pool", "pool_norm_activation")
BLOCK_ORDER_NAMES = {
    "activation_norm_pool": "activation, batch-norm, pooling last",
    "pool_norm_activation": "pooling first, batch-norm, activation",
}
HEADS = ("flatten", "max", "average", "blocks")
HEAD_NAMES = {
    "flatten": "every value",
    "max": "the largest",
    "average": "the average",
    "blocks": "mean and largest of all blocks",
}
INITIALIZATIONS = ("glorot", "identity")

_Activation = Annotated[str, Choice(ACTIVATIONS)]
_Share = Annotated[float, Range(0.0, 0.9)]


@dataclass(frozen=True, slots=True)
class Block(Settings):
    """Convolutions of one width, each followed by the activation, then a 2x2 pooling and dropout."""

    _title: ClassVar[str] = "A block"

    filters: Annotated[int, Range(1, 512)]
    convolutions: Annotated[int, Range(1, 4)] = 2
    dropout: _Share = 0.0  # this share of the block's outputs is set to zero while training


@dataclass(frozen=True, slots=True)
class NetworkConfig(Settings):
    """Convolution blocks, then dense layers, then the classes. Without blocks and dense layers: a linear classifier.

    The defaults build the report's network. The parts of fast training follow K. Jordan, "94% on
    CIFAR-10 in 3.29 seconds on a single GPU", 2024 (arXiv 2404.00498): whitening, identity, pool_norm_activation, max.
    """

    _title: ClassVar[str] = "The network"
    _labels: ClassVar[Mapping[str, str]] = {
        "batch_norm": "Batch-norm",
        "batch_norm_momentum": "Batch-norm momentum",
        "dense_units": "Units",
        "block_order": "Order within a block",
        "initialization": "Initial weights",
    }

    blocks: Annotated[tuple[Block, ...], Range(0, 5)] = (Block(16, 1), Block(32, 1), Block(64, 1))
    kernel_size: Annotated[int, Range(1, 7)] = 3
    padding: Annotated[str, Choice(PADDINGS)] = "same"
    activation: _Activation = "relu"
    batch_norm: bool = True  # after each activation, as in the report
    # Of the running mean and variance. Keras' 0.99 needs some hundred batches to settle.
    batch_norm_momentum: Annotated[float, Range(0.0, 0.999)] = 0.99
    pooling: Annotated[str, Choice(POOLINGS)] = "max"
    dense_units: Annotated[tuple[Annotated[int, Range(1, 2048)], ...], Range(0, 3)] = ()
    dense_activation: _Activation = "relu"
    whitening: bool = False  # first a fixed 2x2 convolution that decorrelates neighbouring pixels
    # pool_norm_activation: pool after the first convolution, which leaves less to compute for the others
    block_order: Annotated[str, Choice(BLOCK_ORDERS)] = "activation_norm_pool"
    # What the dense layers read of the last feature maps: every value, or the largest or the mean of each map.
    # blocks: mean and largest value of each of the last maps of every block, early ones too.
    head: Annotated[str, Choice(HEADS)] = "flatten"
    # identity: each convolution starts by passing its input on
    initialization: Annotated[str, Choice(INITIALIZATIONS)] = "glorot"
    classes: Annotated[int, Range(LEAST_CLASSES, MOST_CLASSES)] = CLASSES  # those of the data set

    def __post_init__(self) -> None:
        Settings.__post_init__(self)
        self._check_sizes()

    def _check_sizes(self) -> None:
        """Refuse a network whose feature maps shrink to nothing, or whose head reads what is not there."""
        if self.head == "blocks" and not self.blocks:
            raise ConfigError("The head 'blocks' reads the maps of all blocks, and this network has none.")
        lost = self.kernel_size - 1 if self.padding == "valid" else 0
        size = IMAGE_SHAPE[0] - (1 if self.whitening else 0)
        for number, block in enumerate(self.blocks, 1):
            before = size
            if self.block_order == "pool_norm_activation":
                size = (size - lost) // 2 - lost * (block.convolutions - 1)
            else:
                size = (size - lost * block.convolutions) // 2
            if size < 1:
                convolutions = "one convolution" if block.convolutions == 1 else f"{block.convolutions} convolutions"
                raise ConfigError(
                    f"Block {number} gets {before}x{before} feature maps; {convolutions} of "
                    f"{self.kernel_size}x{self.kernel_size} with {self.padding!r} padding and a 2x2 pooling leave "
                    "nothing of them. Use fewer blocks or convolutions, a smaller kernel, or 'same' padding."
                )
