"""The training loop: a configuration and a data set in, a trained network out.

It knows no files. What happens is told to two functions, `on_batch` and `on_epoch`; `should_stop` is asked after every
batch. All that is random comes from the seed, the epoch and the batch number, so a run that continues from a
`TrainingState` does exactly what it would have done without the interruption. A limit in seconds is the exception:
there the clock decides how far the run gets.

The loop is written out rather than left to `keras.Model.fit`, because `fit` can neither stop within an epoch and go on
exactly nor run on several machines (Keras 3.15); the tests hold it equal to `fit` on the same batches.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf

from cnn_core.batches import Batches
from cnn_core.config import CLASSES, IMAGE_SHAPE, ExperimentConfig, TrainingConfig
from cnn_core.data import DataSet, Split
from cnn_core.evaluation import Scores, scores
from cnn_core.models import build_model, first_kernels, logits_model, predictor

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
        state: of an `Epoch` or `Outcome` of the same config; the run goes on there.
    """
    recipe = config.training
    train_split, validation = splits(config, data)
    validation_images = validation.images()
    batches = Batches(recipe, train_split)
    keras.utils.set_random_seed(recipe.seed)
    strategy = strategy or tf.distribute.get_strategy()
    with strategy.scope():
        model = build_model(config.network, fused=True)
        optimizer = build_optimizer(recipe)
        optimizer.build(model.trainable_variables)
    variables = [*model.variables, *optimizer.variables]
    state = state or TrainingState()
    if state.variables:
        for variable, value in zip(variables, state.variables, strict=True):
            variable.assign(value)
    step = _compiled_step(strategy, model, optimizer, batches)
    classify = predictor(model)
    clock = _Clock(recipe, len(batches), state.seconds)
    epoch, batch, sums = state.epoch, state.batch, state.sums
    history: list[dict[str, float]] = []

    def current_state() -> TrainingState:
        return TrainingState(epoch, batch, clock.seconds(), sums, [np.array(variable) for variable in variables])

    while not clock.is_over(epoch):
        speed = _Speedometer(sums[3])
        for images, labels in strategy.experimental_distribute_dataset(pipeline(batches, epoch, batch)):
            optimizer.learning_rate = learning_rate(recipe, clock.fraction(epoch, batch))
            sums = sums + step(images, labels).numpy()
            batch += 1
            on_batch(_progress(epoch, batch, sums, batches, clock, speed))
            if should_stop():
                return Outcome(_portable(config, model), history, current_state(), is_finished=False)
            if clock.is_out_of_time():
                break
        probabilities = classify(validation_images)
        row = _history_row(epoch + 1, sums, scores(validation.labels, probabilities), optimizer, clock)
        epoch, batch, sums = epoch + 1, 0, np.zeros(4)
        state = current_state()
        history.append(row)
        on_epoch(Epoch(row, first_kernels(model), probabilities[:SNAPSHOT_IMAGES], state))
    return Outcome(_portable(config, model), history, state, is_finished=True)


def splits(config: ExperimentConfig, data: DataSet) -> tuple[Split, Split]:
    """What this run trains on and what it watches."""
    if config.training.validate_on == "test":
        return data.split("train+val"), data.split("test")
    return data.split("train"), data.split("val")


def build_optimizer(recipe: TrainingConfig) -> keras.optimizers.Optimizer:
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(recipe.learning_rate, momentum=0.9, nesterov=True)
    return {"adam": keras.optimizers.Adam, "adamax": keras.optimizers.Adamax}[recipe.optimizer](recipe.learning_rate)


def learning_rate(recipe: TrainingConfig, fraction: float) -> float:
    """The rate after `fraction` (0-1) of the run."""
    if recipe.schedule == "constant":
        return recipe.learning_rate
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * min(fraction, 1.0)))


def pipeline(batches: Batches, epoch: int, first_batch: int = 0) -> tf.data.Dataset:
    """The batches of an epoch as a tf.data pipeline, which prepares the next while one is trained on."""
    signature = (tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8), tf.TensorSpec((None,), tf.int64))
    batch_by_batch = tf.data.Dataset.from_generator(
        lambda: batches.epoch(epoch, first_batch), output_signature=signature
    )
    return batch_by_batch.prefetch(2)


def _compiled_step(
    strategy: tf.distribute.Strategy, model: keras.Model, optimizer: keras.optimizers.Optimizer, batches: Batches
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """One gradient step as a graph; it returns the sums of loss, correct answers and squared error, and the count."""
    logits_of = logits_model(model)

    def step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        count = tf.cast(tf.shape(labels)[0], tf.float32)
        in_all_replicas = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, count)
        with tf.GradientTape() as tape:
            logits = logits_of(images, training=True)
            loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
            mean_loss = loss / in_all_replicas
        optimizer.apply(tape.gradient(mean_loss, model.trainable_variables), model.trainable_variables)
        correct = tf.reduce_sum(tf.cast(tf.argmax(logits, axis=1) == labels, tf.float32))
        difference = tf.one_hot(labels, CLASSES) - tf.nn.softmax(logits)
        squared_error = tf.reduce_sum(tf.reduce_mean(difference**2, axis=1))
        return tf.stack([loss, correct, squared_error, count])

    def distributed_step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(step, args=(images, labels)), axis=None)

    specification = strategy.experimental_distribute_dataset(pipeline(batches, 0)).element_spec
    return tf.function(distributed_step, input_signature=specification)


def _portable(config: ExperimentConfig, model: keras.Model) -> keras.Model:
    """The trained weights in a network of Keras' own layers."""
    portable = build_model(config.network)
    portable.set_weights(model.get_weights())
    return portable


def _progress(
    epoch: int, batch: int, sums: np.ndarray, batches: Batches, clock: "_Clock", speed: "_Speedometer"
) -> Progress:
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


def _history_row(
    epoch: int, sums: np.ndarray, validation: Scores, optimizer: keras.optimizers.Optimizer, clock: "_Clock"
) -> dict[str, float]:
    loss, correct, squared_error, seen = sums
    return {
        "epoch": epoch,
        "loss": float(loss / seen),
        "accuracy": float(correct / seen),
        "mse": float(squared_error / seen),
        "val_loss": validation.loss,
        "val_accuracy": validation.accuracy,
        "val_mse": validation.mse,
        "learning_rate": float(optimizer.learning_rate.numpy()),
        "seconds": clock.seconds(),
    }


class _Clock:
    """How far a run is, by epochs and by seconds; the limit that is nearer counts."""

    def __init__(self, recipe: TrainingConfig, batches: int, seconds_before: float) -> None:
        self._epochs = recipe.epochs or math.inf
        self._limit = recipe.seconds or math.inf
        self._batches = batches
        self._started = time.monotonic() - seconds_before

    def seconds(self) -> float:
        return time.monotonic() - self._started

    def is_out_of_time(self) -> bool:
        return self.seconds() >= self._limit

    def is_over(self, epoch: int) -> bool:
        return epoch >= self._epochs or self.is_out_of_time()

    def fraction(self, epoch: int, batch: int) -> float:
        by_epochs = (epoch + batch / self._batches) / self._epochs
        return min(1.0, max(by_epochs, self.seconds() / self._limit))


class _Speedometer:
    """Images a second since it was made, when `seen` had been seen in this epoch."""

    def __init__(self, seen: float) -> None:
        self._seen, self._started = seen, time.perf_counter()  # Windows' monotonic clock ticks slower than batches pass

    def images_per_second(self, seen: float) -> float:
        return float(seen - self._seen) / (time.perf_counter() - self._started)
