"""The training loop: a configuration and a data set in, a trained network out.

It knows no files. What happens is told to two functions, `on_batch` and `on_epoch`; `should_stop` is asked after every
batch. All that is random comes from the seed, the epoch and the batch number, but for dropout, whose state is among
the variables; so a run that continues from a `TrainingState` does exactly what it would have done without the
interruption. A limit in seconds is the exception: there the clock decides how far the run gets.

The loop is written out rather than left to `keras.Model.fit`, because `fit` can neither stop within an epoch and go on
exactly nor run on several machines (Keras 3.15); the tests hold it equal to `fit` on the same batches.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

import keras
import numpy as np
import tensorflow as tf

from cnn_core.batches import Batches
from cnn_core.clock import Clock, Speedometer
from cnn_core.config import ExperimentConfig, TrainingConfig
from cnn_core.data import DataSet, Split
from cnn_core.evaluation import Scores, scores
from cnn_core.progress import Epoch, EpochScores, Progress, TrainingState
from cnn_core.training.learner import Learner

WHITENED_IMAGES = 5_000  # training images whose patches the whitening is computed from
SNAPSHOT_IMAGES = 2_000  # validation images whose probabilities are kept after every epoch


@dataclass(frozen=True, slots=True)
class Outcome:
    model: keras.Model  # with Keras' own layers, ready to be saved
    history: list[EpochScores]  # one row an epoch that was completed in this call
    state: TrainingState
    is_finished: bool  # False: stopped on request


def print_batch(progress: Progress) -> None:
    if progress.batch % 100 == 0 or progress.batch == progress.batches:
        print(
            f"epoch {progress.epoch}  {progress.batch}/{progress.batches}  accuracy {progress.accuracy:.4f}", end="\r"
        )


def print_epoch(epoch: Epoch) -> None:
    print("  ".join(f"{name} {value:.4g}" for name, value in asdict(epoch.scores).items()))


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
    learner = Learner(config, strategy or tf.distribute.get_strategy())
    state = state or TrainingState()
    if state.variables:
        learner.restore(state.variables)
    else:
        learner.prepare(batches.first_images(WHITENED_IMAGES))
    learner.compile(batches)
    clock = Clock(recipe, len(batches), state.seconds)
    epoch, batch, sums = state.epoch, state.batch, state.sums
    history: list[EpochScores] = []

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
        measured = scores(validation.labels, probabilities)
        row = _epoch_scores(epoch + batch / len(batches), sums, measured, learner.learning_rate, clock)
        epoch, batch, sums = epoch + 1, 0, np.zeros(4)
        state = current_state()
        history.append(row)
        on_epoch(Epoch(row, kernels, probabilities[:SNAPSHOT_IMAGES], state))
    return Outcome(learner.portable(), history, state, is_finished=True)


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


def _epoch_scores(passes: float, sums: np.ndarray, validation: Scores, rate: float, clock: Clock) -> EpochScores:
    loss, correct, squared_error, seen = map(float, sums)
    return EpochScores(
        epoch=math.ceil(passes),
        passes=passes,
        loss=loss / seen,
        accuracy=correct / seen,
        mse=squared_error / seen,
        val_loss=validation.loss,
        val_accuracy=validation.accuracy,
        val_mse=validation.mse,
        learning_rate=rate,
        seconds=clock.seconds(),
    )
