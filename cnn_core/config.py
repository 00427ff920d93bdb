"""What an experiment is: settings that are checked when they are made, compared with `==`, and stored as JSON.

Nothing here computes; `architecture` says what a network costs, `training` carries a recipe out.
"""

import json
import re
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

SCHEMA_VERSION = 2
_RENAMED = {  # what version 1 called a setting, and what it is called now
    "norm_momentum": "batch_norm_momentum",
    "bias_rate": "bias_rate_multiplier",
    "head_rate": "head_rate_multiplier",
    "averaging": "ema_momentum",
    "test_views": "test_time_views",
    "images": "training_images",
}

DATA_SETS = ("cifar10", "shapes10")
IMAGE_SHAPE = (32, 32, 3)
CLASSES = 10

ACTIVATIONS = ("linear", "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid")
PADDINGS = ("same", "valid")
POOLINGS = ("max", "average")
BLOCK_ORDERS = ("activation_norm_pool", "pool_norm_activation")
HEADS = ("flatten", "max", "average")
INITIALIZATIONS = ("glorot", "identity")
OPTIMIZERS = ("adamax", "adam", "sgd", "muon")
SCHEDULES = ("constant", "linear", "cosine")
TEST_TIME_VIEWS = (1, 2, 6)
PRECISIONS = ("auto", "float32")


class ConfigError(ValueError):
    """A setting that cannot be used; the message says what was expected and what came."""


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise ConfigError(f"{name} must be between {low:,} and {high:,}; it is {value!r}.")


def _build(cls: type, values: Any) -> Any:
    """An instance of the dataclass `cls` from plain JSON values, strictly: no unknown key. Types it checks itself."""
    if not isinstance(values, dict):
        raise ConfigError(f"{cls.__name__} is a JSON object; this is {values!r}.")
    unknown = values.keys() - {f.name for f in fields(cls)}
    if unknown:
        raise ConfigError(f"{cls.__name__} has no setting called {', '.join(sorted(unknown))}.")
    needed = {f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING}
    if missing := needed - values.keys():
        raise ConfigError(f"{cls.__name__} needs a value for {', '.join(sorted(missing))}.")
    return cls(**values)


def _renamed(values: Any) -> Any:
    """Settings of version 1, in whatever section, under their present names."""
    if not isinstance(values, dict):
        return values
    return {_RENAMED.get(name, name): _renamed(value) for name, value in values.items()}


def _convert(name: str, hint: Any, value: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):  # X | None
        return None if value is None else _convert(name, get_args(hint)[0], value)
    if get_origin(hint) is tuple:
        if not isinstance(value, (list, tuple)):
            raise ConfigError(f"{name} is a list; this is {value!r}.")
        return tuple(_convert(name, get_args(hint)[0], item) for item in value)
    if is_dataclass(hint):
        return value if isinstance(value, hint) else _build(hint, value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ConfigError(f"{name} is a value of type {hint.__name__}; this is {value!r}.")
    return value


def _check_types(config: Any) -> None:
    """Bring every field to the type it is declared with, so that a config equals its copy from JSON.

    A list becomes a tuple and a whole number of seconds a float; anything else of another type is a ConfigError.
    """
    hints = get_type_hints(type(config))
    for name, hint in hints.items():
        value = _convert(f"{type(config).__name__}.{name}", hint, getattr(config, name))
        object.__setattr__(config, name, value)  # frozen from here on


def _check_choice(name: str, value: object, choices: tuple) -> None:
    if value not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(map(str, choices))}; it is {value!r}.")


@dataclass(frozen=True, slots=True)
class Block:
    """Convolutions of one width, each followed by the activation, then a 2x2 pooling and dropout."""

    filters: int
    convolutions: int = 2
    dropout: float = 0.0  # share of the block's outputs set to zero while training

    def __post_init__(self) -> None:
        _check_types(self)
        _check_range("filters", self.filters, 1, 512)
        _check_range("convolutions", self.convolutions, 1, 4)
        _check_range("dropout", self.dropout, 0.0, 0.9)


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Convolution blocks, then dense layers, then ten classes. No block and no dense layer: a linear classifier.

    The defaults are the report's way to build. The other way, that of fast training, follows K. Jordan, "94% on
    CIFAR-10 in 3.29 seconds on a single GPU", 2024 (arXiv 2404.00498): whitening, identity, pool_norm_activation, max.
    """

    blocks: tuple[Block, ...] = (Block(16, 1), Block(32, 1), Block(64, 1))
    kernel_size: int = 3
    padding: str = "same"
    activation: str = "relu"
    batch_norm: bool = True  # after each activation, as in the report
    batch_norm_momentum: float = (
        0.99  # of the running mean and variance; 0.99 (Keras') settles after some hundred batches
    )
    pooling: str = "max"
    dense_units: tuple[int, ...] = ()
    dense_activation: str = "relu"
    whitening: bool = False  # first a fixed 2x2 convolution that takes apart what neighbouring pixels share
    block_order: str = "activation_norm_pool"  # pool_norm_activation: pool after the first convolution, less to compute
    head: str = "flatten"  # what the dense layers read of the last maps: every value, or each map's max or average
    initialization: str = "glorot"  # identity: a convolution starts by passing its input on

    def __post_init__(self) -> None:
        _check_types(self)
        _check_range("blocks", len(self.blocks), 0, 5)
        _check_range("kernel_size", self.kernel_size, 1, 7)
        _check_choice("padding", self.padding, PADDINGS)
        _check_choice("activation", self.activation, ACTIVATIONS)
        _check_range("batch_norm_momentum", self.batch_norm_momentum, 0.0, 0.999)
        _check_choice("pooling", self.pooling, POOLINGS)
        _check_range("dense layers", len(self.dense_units), 0, 3)
        for units in self.dense_units:
            _check_range("dense_units", units, 1, 2048)
        _check_choice("dense_activation", self.dense_activation, ACTIVATIONS)
        _check_choice("block_order", self.block_order, BLOCK_ORDERS)
        _check_choice("head", self.head, HEADS)
        _check_choice("initialization", self.initialization, INITIALIZATIONS)
        self._check_sizes()

    def _check_sizes(self) -> None:
        """Refuse a network whose feature maps shrink to nothing."""
        lost = self.kernel_size - 1 if self.padding == "valid" else 0
        size = IMAGE_SHAPE[0] - (1 if self.whitening else 0)
        for number, block in enumerate(self.blocks, 1):
            before = size
            if self.block_order == "pool_norm_activation":
                size = (size - lost) // 2 - lost * (block.convolutions - 1)
            else:
                size = (size - lost * block.convolutions) // 2
            if size < 1:
                raise ConfigError(
                    f"Block {number} gets {before}x{before} feature maps; {block.convolutions} convolution(s) of "
                    f"{self.kernel_size}x{self.kernel_size} with {self.padding!r} padding and a 2x2 pooling leave "
                    "nothing of them. Use fewer blocks or convolutions, a smaller kernel, or 'same' padding."
                )


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """A recipe. At least one of `epochs` and `seconds` limits the run; the schedule fits whichever ends it first."""

    optimizer: str = "adam"
    learning_rate: float = 2e-3
    bias_rate_multiplier: float = 1.0  # biases and normalization offsets learn so many times as fast
    head_rate_multiplier: float = 1.0  # the last layer's weights learn so many times as fast
    schedule: str = "cosine"  # from learning_rate to 0 over the run, or constant
    label_smoothing: float = 0.0  # this share of the label is divided among all classes
    ema_momentum: float = 0.0  # of the weights: the running average that is evaluated keeps this share at every step
    batch_size: int = 128
    epochs: int | None = 10
    seconds: float | None = None  # wall time from the first batch, validation included
    training_images: int | None = None  # train on this many, drawn with the seed; None: all
    flip: bool = True  # mirror half of the images left-right, anew each epoch
    alternating_flip: bool = False  # with flip: draw the half once, then mirror the other half in every second epoch
    shift: int = 2  # move each image by up to this many pixels, borders mirrored
    cutout: int = 0  # cover a square of this side, in pixels, in each image
    validate_on: str = "val"  # "test" repeats the report: train on train + val, watch the test split
    test_time_views: int = 1  # the final test also averages over so many mirrored and moved views of each image
    precision: str = "auto"  # bfloat16 products where the processor has them, or float32 everywhere
    seed: int = 0

    def __post_init__(self) -> None:
        _check_types(self)
        _check_choice("optimizer", self.optimizer, OPTIMIZERS)
        _check_range("learning_rate", self.learning_rate, 1e-6, 10.0)
        _check_range("bias_rate_multiplier", self.bias_rate_multiplier, 0.0, 1000.0)
        _check_range("head_rate_multiplier", self.head_rate_multiplier, 0.0, 1000.0)
        _check_range("label_smoothing", self.label_smoothing, 0.0, 0.9)
        _check_range("ema_momentum", self.ema_momentum, 0.0, 0.9999)
        _check_choice("schedule", self.schedule, SCHEDULES)
        _check_range("batch_size", self.batch_size, 1, 2048)
        if self.epochs is None and self.seconds is None:
            raise ConfigError("A run needs a limit: give epochs, seconds, or both.")
        if self.epochs is not None:
            _check_range("epochs", self.epochs, 1, 1000)
        if self.seconds is not None:
            _check_range("seconds", self.seconds, 1, 86_400)
        if self.training_images is not None:
            _check_range("training_images", self.training_images, 10, 50_000)
        _check_range("shift", self.shift, 0, 8)
        _check_range("cutout", self.cutout, 0, 16)
        _check_choice("validate_on", self.validate_on, ("val", "test"))
        _check_choice("test_time_views", self.test_time_views, TEST_TIME_VIEWS)
        _check_choice("precision", self.precision, PRECISIONS)
        _check_range("seed", self.seed, 0, 2**31 - 1)


@dataclass(frozen=True, slots=True)
class ExperimentConfig:
    """All that decides a run: the same config, seed and machine give the same network, bit for bit, on a processor.

    A limit in seconds breaks that, since the clock then decides how many batches are seen; so may a GPU's kernels.
    """

    data_set: str = "cifar10"
    preset: str = "custom"  # the preset it started from: shown, and part of the run's name
    network: NetworkConfig = field(default_factory=NetworkConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        _check_types(self)
        _check_choice("data_set", self.data_set, DATA_SETS)
        if not re.fullmatch(r"[\w-]{1,40}", self.preset):
            raise ConfigError(f"preset must be up to 40 letters, digits, - and _; it is {self.preset!r}.")

    def to_dict(self) -> dict[str, Any]:
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ExperimentConfig":
        """The config written by `to_dict`. Raises ConfigError for another schema, unknown keys and bad values."""
        if not isinstance(values, dict):
            raise ConfigError(f"An experiment config is a JSON object; this is {type(values).__name__}.")
        values = dict(values)
        version = values.pop("schema_version", None)
        if version == 1:
            values = _renamed(values)
        elif version != SCHEMA_VERSION:
            raise ConfigError(f"This config has schema version {version}; this program reads {SCHEMA_VERSION}.")
        return _build(cls, values)

    @classmethod
    def from_json(cls, text: str) -> "ExperimentConfig":
        try:
            return cls.from_dict(json.loads(text))
        except json.JSONDecodeError as error:
            raise ConfigError(f"The config is not valid JSON: {error}.") from None
