"""What an experiment is: settings that are checked when they are made, compared with `==`, and stored as JSON.

Nothing here computes; `architecture` says what a network costs, `training` trains it. `schema` checks the values.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar

from cnn_core.network_config import (
    ACTIVATIONS,
    BLOCK_ORDER_NAMES,
    BLOCK_ORDERS,
    CLASSES,
    HEAD_NAMES,
    HEADS,
    IMAGE_SHAPE,
    INITIALIZATIONS,
    LEAST_CLASSES,
    MOST_CLASSES,
    PADDINGS,
    POOLINGS,
    Block,
    NetworkConfig,
)
from cnn_core.schema import Choice, ConfigError, Range, Settings

__all__ = [
    "ACTIVATIONS",
    "BLOCK_ORDERS",
    "BLOCK_ORDER_NAMES",
    "CLASSES",
    "DATA_SETS",
    "HEADS",
    "HEAD_NAMES",
    "IMAGE_SHAPE",
    "INITIALIZATIONS",
    "LEAST_CLASSES",
    "LONGEST_NAME",
    "MOST_CLASSES",
    "OF_REUSE",
    "OPTIMIZERS",
    "PADDINGS",
    "POOLINGS",
    "PRECISIONS",
    "SCHEDULES",
    "SCHEMA_VERSION",
    "TEST_TIME_VIEWS",
    "Block",
    "ConfigError",
    "ExperimentConfig",
    "NetworkConfig",
    "OwnData",
    "TrainingConfig",
]

SCHEMA_VERSION = 2
_RENAMED = {  # what version 1 called a setting, and what it is called now
    "norm_momentum": "batch_norm_momentum",
    "bias_rate": "bias_rate_multiplier",
    "head_rate": "head_rate_multiplier",
    "averaging": "ema_momentum",
    "test_views": "test_time_views",
    "images": "training_images",
}

DATA_SETS = ("cifar10", "shapes10")  # those that every server has; the others are its users' own
LONGEST_NAME = 30  # characters of its title and of a class's name
_OWN_NAME = r"[a-z0-9-]{1,40}@[0-9a-f]{8}"  # its name, and which state of it

OPTIMIZERS = ("adamax", "adam", "sgd", "muon")
SCHEDULES = ("constant", "linear", "cosine", "trapezoid")
FALL = 0.4  # the last part of a trapezoid's run, in which its rate falls to 0; before, it stays up
TEST_TIME_VIEWS = (1, 2, 6)
PRECISIONS = ("auto", "float32")

# What a training that reuses kernels heeds of its recipe; its epochs are iterations of a fit.
OF_REUSE = ("epochs", "seconds", "training_images", "flip", "validate_on", "test_time_views", "seed")

_Share = Annotated[float, Range(0.0, 0.9)]
_Multiplier = Annotated[float, Range(0.0, 1000.0)]


@dataclass(frozen=True, slots=True)
class TrainingConfig(Settings):
    """A recipe. At least one of `epochs` and `seconds` limits the run; the schedule fits whichever ends it first."""

    _title: ClassVar[str] = "The training"
    _labels: ClassVar[Mapping[str, str]] = {
        "bias_rate_multiplier": "Bias learning-rate multiplier",
        "head_rate_multiplier": "Head learning-rate multiplier",
        "ema_momentum": "Weight averaging",
        "test_time_views": "Test-time augmentation",
    }

    optimizer: Annotated[str, Choice(OPTIMIZERS)] = "adam"
    learning_rate: Annotated[float, Range(1e-6, 10.0)] = 2e-3
    bias_rate_multiplier: _Multiplier = 1.0  # of the learning rate, for biases and batch-norm offsets
    head_rate_multiplier: _Multiplier = 1.0  # of the learning rate, for the last dense layer's weights
    schedule: Annotated[str, Choice(SCHEDULES)] = "cosine"  # from learning_rate to 0 over the run; or constant
    label_smoothing: _Share = 0.0  # this share of the label is divided among all classes
    # The evaluated network has a running average of the weights, which keeps this share of itself at each step.
    ema_momentum: Annotated[float, Range(0.0, 0.9999)] = 0.0
    batch_size: Annotated[int, Range(1, 2048)] = 128
    epochs: Annotated[int, Range(1, 1000)] | None = 10
    seconds: Annotated[float, Range(1, 86_400)] | None = None  # wall time from the first batch, validation included
    training_images: Annotated[int, Range(10, 50_000)] | None = None  # how many, drawn with the seed; None: all
    flip: bool = True  # mirror a random half of the images left-right each epoch
    alternating_flip: bool = False  # with flip: draw the half once, then mirror the other half in every second epoch
    shift: Annotated[int, Range(0, 8)] = 2  # move each image by up to this many pixels, borders mirrored
    cutout: Annotated[int, Range(0, 16)] = 0  # cover a square of this side, in pixels, in each image
    # "test" repeats the report: train on train + val, watch the test split
    validate_on: Annotated[str, Choice(("val", "test"))] = "val"
    # The final test also averages over this many mirrored and moved views of each image.
    test_time_views: Annotated[int, Choice(TEST_TIME_VIEWS)] = 1
    # auto: the training step multiplies in bfloat16 where the processor can; whatever is measured is in float32
    precision: Annotated[str, Choice(PRECISIONS)] = "auto"
    seed: Annotated[int, Range(0, 2**31 - 1)] = 0

    @property
    def train_on(self) -> str:
        """The split that is trained on."""
        return "train+val" if self.validate_on == "test" else "train"

    def __post_init__(self) -> None:
        Settings.__post_init__(self)
        if self.epochs is None and self.seconds is None:
            raise ConfigError("The training needs a limit: give epochs, seconds, or both.")


@dataclass(frozen=True, slots=True)
class OwnData(Settings):
    """A data set of one's own, as a run learned it: what is shown of it where its images are not."""

    _title: ClassVar[str] = "The own data set"

    title: str
    class_names: Annotated[tuple[str, ...], Range(LEAST_CLASSES, MOST_CLASSES)]  # in the order of the labels
    train: Annotated[int, Range(1, 1_000_000)]  # images of each split
    val: Annotated[int, Range(1, 1_000_000)]
    test: Annotated[int, Range(1, 1_000_000)]

    def __post_init__(self) -> None:
        Settings.__post_init__(self)
        for name in (self.title, *self.class_names):
            if not (name.strip() and name.isprintable() and len(name) <= LONGEST_NAME):
                raise ConfigError(
                    f"A data set and its classes have names of 1 to {LONGEST_NAME} visible characters; this one is "
                    f"called {name[:LONGEST_NAME]!r}."
                )
        if len(set(self.class_names)) < len(self.class_names):
            raise ConfigError("Two classes of the data set have the same name.")


@dataclass(frozen=True, slots=True)
class ExperimentConfig(Settings):
    """All that determines a run: the same config, seed and machine give the same network, bit for bit, on a CPU.

    A limit in seconds breaks that, since the clock then decides how many batches are seen; so may a GPU's kernels.
    """

    _title: ClassVar[str] = "The experiment"

    data_set: str = "cifar10"  # one of DATA_SETS, or "pets@1a2b3c4d": an own one's name and its state
    own: OwnData | None = None  # what an own data set is; `data.on` fills it in
    # The recorded run whose kernels are kept, with a new last layer only ("minute-8-epochs"); empty: all is learned.
    reuse: str = ""
    preset: str = "custom"  # the preset it started from: shown, and part of the run's name
    network: NetworkConfig = field(default_factory=NetworkConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        Settings.__post_init__(self)
        if not re.fullmatch(r"[\w-]{1,40}", self.preset):
            raise ConfigError(f"Preset must be up to 40 letters, digits, - and _; it is {self.preset!r}.")
        if not re.fullmatch(r"[\w-]{0,60}", self.reuse):
            raise ConfigError(f"Reuse must be the name of a recorded run, or empty; it is {self.reuse!r}.")
        if self.reuse and (self.network.dense_units or self.training.validate_on != "val"):
            raise ConfigError(
                "Reuse learns the last layer alone and chooses on the validation images: "
                "the network has no hidden dense layer then, and validate_on is 'val'."
            )
        if self.own is None and self.data_set not in DATA_SETS:
            raise ConfigError(f"Data set (data_set) must be one of {', '.join(DATA_SETS)}; it is {self.data_set!r}.")
        if self.own and not re.fullmatch(_OWN_NAME, self.data_set):
            raise ConfigError(f"An own data set is called like pets@1a2b3c4d; this one is called {self.data_set!r}.")
        classes = len(self.own.class_names) if self.own else CLASSES
        if self.network.classes != classes:
            raise ConfigError(f"The data set has {classes} classes, and the network {self.network.classes}.")

    def to_dict(self) -> dict[str, Any]:
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    @classmethod
    def from_dict(cls, values: object) -> "ExperimentConfig":
        """The config written by `to_dict`, or by an earlier version. Raises ConfigError for everything else."""
        if not isinstance(values, dict):
            return cls.build(values)  # says what was expected
        settings = dict(values)
        version = settings.pop("schema_version", None)
        if type(version) is not int or version < 1:
            raise ConfigError(f"schema_version must be a whole number, today {SCHEMA_VERSION}; it is {version!r}.")
        if version > SCHEMA_VERSION:
            raise ConfigError(
                f"This config was written by a later version of the app (schema version {version}; this one reads up "
                f"to {SCHEMA_VERSION}). Update the app to use it."
            )
        return cls.build(_renamed(settings) if version == 1 else settings)

    @classmethod
    def from_json(cls, text: str | bytes) -> "ExperimentConfig":
        """The config in a file's text, or in its bytes: UTF-8, UTF-16 or UTF-32. A run's own config.json will do."""
        try:
            values = json.loads(text.removeprefix("\ufeff") if isinstance(text, str) else text)
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise ConfigError(f"The config is not valid JSON: {error.msg}, {where}.") from None
        except (ValueError, RecursionError):  # not text in any encoding, a number of 5,000 digits, 200,000 brackets
            raise ConfigError("The config is not valid JSON: a text with the settings in braces, { }.") from None
        if isinstance(values, dict) and "schema_version" not in values and "experiment" in values:
            values = values["experiment"]  # the file of a run, which also says when and by what it was made
        return cls.from_dict(values)


def _renamed(values: Any) -> Any:
    """Settings of version 1, in whatever section, under their present names."""
    if not isinstance(values, dict):
        return values
    return {_RENAMED.get(name, name): _renamed(value) for name, value in values.items()}
