"""What training reports while it runs: plain records that travel between the loop, the worker's log and the pages.

NumPy only, so that a page may hold one without TensorFlow. Shares and accuracies are 0-1, losses natural logarithms,
seconds those of training, without interruptions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

SHORTEST_FINISH, FINISH_SHARE = 3.0, 0.2  # seconds; and of the time trained by then, whichever is longer
STUDY = "study"  # in place of a split's name: images of every kind, after the test


class Stopped(Exception):
    """A stop was requested in the middle of a computation."""


class Diverged(Exception):
    """The training has diverged: from here on every number would be NaN."""

    def __init__(self) -> None:
        super().__init__("It diverged: the loss is no longer a number. Lower the learning rate and start again.")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is after a batch; metrics are means over the epoch so far, with dropout and augmentation on."""

    epoch: int  # from 1
    batch: int  # from 1
    batches: int  # in an epoch
    fraction: float  # of the whole run, 0-1
    seconds: float  # since the first batch, interruptions not counted
    images_per_second: float  # in this epoch
    loss: float
    accuracy: float
    mse: float


@dataclass(frozen=True, slots=True)
class Sample:
    """How the network that is kept does on a small fixed sample of the validation images, between two epochs."""

    passes: float  # over the training images so far, 1.3 within the second epoch
    seconds: float
    n: int  # images of the sample
    val_loss: float
    val_accuracy: float
    val_mse: float


@dataclass(frozen=True, slots=True)
class Look:
    """What the network that is kept says about a few fixed images, always the same, and its first layer's kernels."""

    seconds: float
    positions: tuple[int, ...]  # of the images, at most 16, in the split that is validated on
    labels: tuple[int, ...]  # what they are, from 0
    answers: tuple[int, ...]  # the class with the highest probability
    probabilities: tuple[float, ...]  # of these answers, 0-1
    kernels: np.ndarray | None = None  # float32 (height, width, 3, at most 32); None: nothing new of them is told


@dataclass(frozen=True, slots=True)
class Measuring:
    """How far a pass over many images is, while no batch is trained on."""

    split: str  # "validation", "test" or STUDY
    done: int  # images
    total: int

    @property
    def what(self) -> str:
        return "measuring how sure it may be" if self.split == STUDY else f"measuring on the {self.split} split"


@dataclass(frozen=True, slots=True)
class EpochScores:
    """One row of the history: the figures at the end of an epoch."""

    epoch: int  # from 1
    passes: float  # over the training images at its end: 1.3 where a limit in seconds cut the second epoch short
    loss: float  # means over the epoch, with dropout and augmentation on and the weights changing
    accuracy: float
    mse: float
    val_loss: float  # of the network as it is kept, over the whole validation split
    val_accuracy: float
    val_mse: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Finish:
    """When a run began to finish before its time: its learning rate falls to zero, and it ends."""

    seconds: float
    fraction: float  # of the whole run that it had done, 0-1; its schedule says which rate that was

    @property
    def end(self) -> float:
        """The second at which the rate is zero, unless the run has gone as far as it was to before that."""
        return self.seconds + max(SHORTEST_FINISH, FINISH_SHARE * self.seconds)


@dataclass(frozen=True, slots=True)
class TrainingState:
    """All that a run needs to continue exactly: where it was, and every variable of the network and the optimizer."""

    epoch: int = 0  # epochs completed
    batch: int = 0  # batches completed in the current epoch
    seconds: float = 0.0
    sums: np.ndarray = field(default_factory=lambda: np.zeros(4))  # loss, correct, squared error, images of this epoch
    variables: list[np.ndarray] = field(default_factory=list)  # dropout's random state among them; empty: at the start
    finish: Finish | None = None
    # How the gradients of convolutions are computed, by layer, where not in TensorFlow's own way; None: not chosen yet.
    gradients: Mapping[str, str] | None = None

    def to_arrays(self) -> dict[str, np.ndarray]:
        """The state as named arrays, to be stored anywhere."""
        position = {"epoch": self.epoch, "batch": self.batch, "seconds": self.seconds, "sums": self.sums}
        variables = {f"variable_{i:04d}": value for i, value in enumerate(self.variables)}
        finish = {"finish": (self.finish.seconds, self.finish.fraction)} if self.finish else {}
        gradients = {"gradients": json.dumps(self.gradients)}
        return {name: np.asarray(value) for name, value in (position | variables | finish | gradients).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "TrainingState":
        variables = [arrays[name] for name in sorted(arrays) if name.startswith("variable_")]
        finish = Finish(*map(float, arrays["finish"])) if "finish" in arrays else None
        position = int(arrays["epoch"]), int(arrays["batch"]), float(arrays["seconds"])
        gradients = json.loads(str(arrays["gradients"])) if "gradients" in arrays else {}  # of before there were ways
        return cls(*position, arrays["sums"], variables, finish, gradients)


@dataclass(frozen=True, slots=True)
class Epoch:
    """The results of an epoch."""

    scores: EpochScores
    kernels: np.ndarray  # first convolution, float32 (height, width, in, out)
    probabilities: np.ndarray  # of the first validation images, float32 (n, classes)
    state: TrainingState


@dataclass(frozen=True, slots=True)
class Result:
    """The results on the test split, when a run finished or was stopped."""

    test_loss: float
    test_accuracy: float
    test_mse: float
    test_n: int
    seconds: float  # of training
    test_views: int | None = None  # of each image, where the test also averages over several
    test_accuracy_over_views: float | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """The process that last trained a run, and its machine."""

    pid: int
    started: float  # seconds since 1970
    cpu: str
    cores: int
    bfloat16: bool = False  # whether the training step multiplied in bfloat16
    birth: str = ""  # when the process was born, as the system counts; empty where it does not tell
    machines: int = 1  # that train it together
    gradients: str = ""  # how they are computed, as `TrainingState` has it: "block3_conv2 transposed, ..."
