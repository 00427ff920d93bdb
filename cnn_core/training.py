"""The training loop: a configuration and a data set in, a trained network out.

It knows no files. What happens is told to two functions, `on_batch` and `on_epoch`; `should_stop` is asked after every
batch. All that is random comes from the seed, the epoch and the batch number, but for dropout, whose state is among
the variables; so a run that continues from a `TrainingState` does exactly what it would have done without the
interruption. A limit in seconds is the exception: there the clock decides how far the run gets.

The loop is written out rather than left to `keras.Model.fit`, because `fit` can neither stop within an epoch and go on
exactly nor run on several machines (Keras 3.15); the tests hold it equal to `fit` on the same batches.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf

from cnn_core import cluster
from cnn_core.batches import Batches
from cnn_core.clock import Clock, Speedometer
from cnn_core.config import CLASSES, IMAGE_SHAPE, ConfigError, ExperimentConfig, TrainingConfig
from cnn_core.data import DataSet, Split
from cnn_core.evaluation import Scores, scores
from cnn_core.models import build_model, fast_kinds, first_kernels, logits_model, predictor, prepare
from cnn_core.optimizers import build_optimizer
from cnn_core.processor import has_bfloat16

WHITENED_IMAGES = 5_000  # training images whose patches the whitening is computed from
SNAPSHOT_IMAGES = 2_000  # validation images whose probabilities are kept after every epoch


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands after a batch; metrics are means over the epoch so far, with dropout and augmentation on."""

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
class TrainingState:
    """All that a run needs to go on exactly: where it was, and every variable of the network and the optimizer."""

    epoch: int = 0  # epochs completed
    batch: int = 0  # batches completed in the current epoch
    seconds: float = 0.0
    sums: np.ndarray = field(default_factory=lambda: np.zeros(4))  # loss, correct, squared error, images of this epoch
    variables: list[np.ndarray] = field(default_factory=list)  # dropout's random state among them; empty: at the start

    def to_arrays(self) -> dict[str, np.ndarray]:
        """The state as named arrays, to be stored anywhere."""
        position = {"epoch": self.epoch, "batch": self.batch, "seconds": self.seconds, "sums": self.sums}
        variables = {f"variable_{i:04d}": value for i, value in enumerate(self.variables)}
        return {name: np.asarray(value) for name, value in (position | variables).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "TrainingState":
        variables = [arrays[name] for name in sorted(arrays) if name.startswith("variable_")]
        return cls(int(arrays["epoch"]), int(arrays["batch"]), float(arrays["seconds"]), arrays["sums"], variables)


@dataclass(frozen=True, slots=True)
class Epoch:
    """What an epoch ended with."""

    row: dict[str, float]  # one row of the history: see _history_row
    kernels: np.ndarray  # first convolution, float32 (height, width, in, out)
    probabilities: np.ndarray  # of the first SNAPSHOT_IMAGES validation images, float32 (n, 10)
    state: TrainingState


@dataclass(frozen=True, slots=True)
class Outcome:
    model: keras.Model  # with Keras' own layers, ready to be saved
    history: list[dict[str, float]]  # one row an epoch that was completed in this call
    state: TrainingState
    is_finished: bool  # False: stopped on request


def print_batch(progress: Progress) -> None:
    if progress.batch % 100 == 0 or progress.batch == progress.batches:
        print(
            f"epoch {progress.epoch}  {progress.batch}/{progress.batches}  accuracy {progress.accuracy:.4f}", end="\r"
        )


def print_epoch(epoch: Epoch) -> None:
    print("  ".join(f"{name} {value:.4g}" for name, value in epoch.row.items()))


def train(
    config: ExperimentConfig,
    data: DataSet,
    *,
    strategy: tf.distribute.Strategy | None = None,
    state: TrainingState | None = None,
    on_batch: Callable[[Progress], None] = print_batch,
    on_epoch: Callable[[Epoch], None] = print_epoch,
    should_stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train one network, from the beginning or from `state`.

    Args:
        strategy: where to compute; None is TensorFlow's default. Each batch is divided among its replicas.
        state: of an `Epoch` or `Outcome` of the same config; the run goes on there. Another network's is a ValueError.
    """
    recipe = config.training
    train_split, validation = splits(config, data)
    validation_images = validation.images()
    batches = Batches(recipe, train_split)
    learner = _Learner(config, strategy or tf.distribute.get_strategy())
    state = state or TrainingState()
    if state.variables:
        learner.restore(state.variables)
    else:
        learner.prepare(batches.first_images(WHITENED_IMAGES))
    learner.compile(batches)
    clock = Clock(recipe, len(batches), state.seconds)
    epoch, batch, sums = state.epoch, state.batch, state.sums
    history: list[dict[str, float]] = []

    def current_state() -> TrainingState:
        return TrainingState(epoch, batch, clock.seconds(), sums, learner.variables())

    while batch or not clock.is_over(epoch):  # an epoch that was begun is also validated
        speed = Speedometer(sums[3])
        for images, labels in learner.distribute(batches, epoch, batch):
            learner.learning_rate = learning_rate(recipe, clock.fraction(epoch, batch))
            sums = sums + learner.step(images, labels)
            batch += 1
            on_batch(_progress(epoch, batch, sums, batches, clock, speed))
            if should_stop():
                state = current_state()  # before the network is built, which takes time
                return Outcome(learner.portable(), history, state, is_finished=False)
            if clock.is_out_of_time():
                break
        probabilities, kernels = learner.evaluate(validation_images)
        row = _history_row(epoch + 1, sums, scores(validation.labels, probabilities), learner.learning_rate, clock)
        epoch, batch, sums = epoch + 1, 0, np.zeros(4)
        state = current_state()
        history.append(row)
        on_epoch(Epoch(row, kernels, probabilities[:SNAPSHOT_IMAGES], state))
    return Outcome(learner.portable(), history, state, is_finished=True)


def choose_strategy(recipe: TrainingConfig) -> tf.distribute.Strategy:
    """All workers of the cluster, else all GPUs, else TensorFlow's default. Call it before anything is computed.

    Raises ConfigError for a limit in seconds on several machines, each of which would look at a clock of its own.
    """
    if cluster.size() > 1:
        if recipe.seconds is not None:
            raise ConfigError("Several machines cannot share a limit in seconds; give a number of epochs instead.")
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(tf.config.list_physical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def splits(config: ExperimentConfig, data: DataSet) -> tuple[Split, Split]:
    """What this run trains on and what it watches."""
    if config.training.validate_on == "test":
        return data.split("train+val"), data.split("test")
    return data.split("train"), data.split("val")


def learning_rate(recipe: TrainingConfig, fraction: float) -> float:
    """The rate after `fraction` (0-1) of the run."""
    left = 1 - min(fraction, 1.0)
    factor = {"constant": 1.0, "linear": left, "cosine": 0.5 * (1 - math.cos(math.pi * left))}[recipe.schedule]
    return recipe.learning_rate * factor


def pipeline(
    batches: Batches, epoch: int, first_batch: int = 0, context: tf.distribute.InputContext | None = None
) -> tf.data.Dataset:
    """The batches of an epoch as a tf.data pipeline, which prepares the next while one is trained on.

    With a `context` of several replicas it gives this process's shares of each batch, one replica's after the other.
    """
    signature = (tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8), tf.TensorSpec((None,), tf.int64))
    replicas = context.num_replicas_in_sync if context else 1
    here = replicas // context.num_input_pipelines if context else 1
    first = context.input_pipeline_id * here if context else 0

    def shares() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for images, labels in batches.epoch(epoch, first_batch):
            for replica in range(first, first + here):
                yield images[replica::replicas], labels[replica::replicas]

    return tf.data.Dataset.from_generator(shares, output_signature=signature).prefetch(2 * here)


class _Learner:
    """A network, its optimizer and their compiled step, on the replicas of a strategy."""

    def __init__(self, config: ExperimentConfig, strategy: tf.distribute.Strategy) -> None:
        self._config = config
        self._strategy = strategy
        is_bfloat16 = use_bfloat16(is_wanted=config.training.precision == "auto")
        has_gpu = bool(tf.config.list_physical_devices("GPU"))
        keras.utils.set_random_seed(config.training.seed)
        with strategy.scope():
            self._model = build_model(config.network, fast_kinds(winograd=not (is_bfloat16 or has_gpu)))
            self._optimizer = build_optimizer(config.training)
            self._optimizer.build(self._model.trainable_variables)
        self._logits = logits_model(self._model)
        self._classify = predictor(self._model)
        self._compiled_step = tf.function(self._distributed_step, reduce_retracing=True)

    def variables(self) -> list[np.ndarray]:
        return [np.array(variable) for variable in self._variables()]

    def prepare(self, images: np.ndarray) -> None:
        """Begin: the weights get the start that the configuration asks for; these training images are whitened."""
        prepare(self._model, self._config.network, images)

    def restore(self, values: list[np.ndarray]) -> None:
        """Set every variable."""
        for variable, value in zip(self._variables(), values, strict=True):
            variable.assign(value)

    def compile(self, batches: Batches) -> None:
        """Take a step with a whole batch and one with the last, smaller one, and undo both; classify one image.

        TensorFlow compiles at the first call with a shape, which takes seconds; so they are not the run's.
        """
        before = self.variables()
        for first_batch in {0, len(batches) - 1}:
            self.step(*next(iter(self.distribute(batches, 0, first_batch))))
        self.restore(before)
        self._classify(np.zeros((1, *IMAGE_SHAPE), np.uint8))

    def distribute(self, batches: Batches, epoch: int, first_batch: int) -> Iterable:
        """The batches of an epoch, each divided among all replicas."""
        return self._strategy.distribute_datasets_from_function(
            lambda context: pipeline(batches, epoch, first_batch, context)
        )

    @property
    def learning_rate(self) -> float:
        return float(self._optimizer.learning_rate.numpy())

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._optimizer.learning_rate = rate

    def step(self, images: tf.Tensor, labels: tf.Tensor) -> np.ndarray:
        """One step; returns the sums of loss, correct answers and squared error, and the number of images."""
        return self._compiled_step(images, labels).numpy()

    def evaluate(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The probabilities float32 (N, 10) that the network as it would be kept gives, and its first kernels."""
        with self._averaged():
            return self._classify(images), first_kernels(self._model)

    def portable(self) -> keras.Model:
        """The network as it is kept: the trained weights, or their averages, in Keras' own layers."""
        portable = build_model(self._config.network)
        with self._averaged():
            portable.set_weights(self._model.get_weights())
        return portable

    def _variables(self) -> list[keras.Variable]:
        return [*self._model.variables, *self._optimizer.variables]

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """Within, the network has the running averages of its weights, if the recipe keeps any (Polyak, 1992)."""
        if not self._optimizer.use_ema:
            yield
            return
        weights = [np.array(variable) for variable in self._model.trainable_variables]
        self._optimizer.finalize_variable_values(self._model.trainable_variables)
        yield
        for variable, weight in zip(self._model.trainable_variables, weights, strict=True):
            variable.assign(weight)

    def _distributed_step(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        sums = self._strategy.run(self._replica_step, args=(images, labels))
        return self._strategy.reduce(tf.distribute.ReduceOp.SUM, sums, axis=None)

    def _replica_step(self, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        count = tf.cast(tf.shape(labels)[0], tf.float32)
        in_all_replicas = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, count)
        variables = self._model.trainable_variables
        with tf.GradientTape() as tape:
            log_probabilities = tf.nn.log_softmax(self._logits(images, training=True))
            losses = -tf.gather(log_probabilities, labels, axis=1, batch_dims=1)
            smoothed = self._smoothed(losses, log_probabilities)
            mean_loss = tf.reduce_sum(smoothed) / in_all_replicas
        self._optimizer.apply(tape.gradient(mean_loss, variables), variables)
        correct = tf.reduce_sum(tf.cast(tf.argmax(log_probabilities, axis=1) == labels, tf.float32))
        difference = tf.one_hot(labels, CLASSES) - tf.exp(log_probabilities)
        squared_error = tf.reduce_sum(tf.reduce_mean(difference**2, axis=1))
        return tf.stack([tf.reduce_sum(losses), correct, squared_error, count])

    def _smoothed(self, losses: tf.Tensor, log_probabilities: tf.Tensor) -> tf.Tensor:
        """The losses for labels that leave a share to every class (Szegedy et al., 2016); what is shown stays plain."""
        share = self._config.training.label_smoothing
        return (1 - share) * losses - share * tf.reduce_mean(log_probabilities, axis=1) if share else losses


def use_bfloat16(*, is_wanted: bool) -> bool:
    """Let TensorFlow's graphs compute in bfloat16 where the processor can; returns whether they will.

    That is for convolutions, matrix products and what lies between two of them; every variable stays float32. It holds
    for the whole process.
    """
    is_used = is_wanted and has_bfloat16()
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": is_used})
    return is_used


def _progress(epoch: int, batch: int, sums: np.ndarray, batches: Batches, clock: Clock, speed: Speedometer) -> Progress:
    loss, correct, squared_error, seen = map(float, sums)
    return Progress(
        epoch=epoch + 1,
        batch=batch,
        batches=len(batches),
        fraction=clock.fraction(epoch, batch),
        seconds=clock.seconds(),
        images_per_second=speed.images_per_second(seen),
        loss=loss / seen,
        accuracy=correct / seen,
        mse=squared_error / seen,
    )


def _history_row(epoch: int, sums: np.ndarray, validation: Scores, rate: float, clock: Clock) -> dict[str, float]:
    loss, correct, squared_error, seen = sums
    return {
        "epoch": epoch,
        "loss": float(loss / seen),
        "accuracy": float(correct / seen),
        "mse": float(squared_error / seen),
        "val_loss": validation.loss,
        "val_accuracy": validation.accuracy,
        "val_mse": validation.mse,
        "learning_rate": rate,
        "seconds": clock.seconds(),
    }
