"""Learning from few images: the kernels of a network that saw many are kept, and the last layer alone is learned.

What a recorded network finds in an image, `architecture.features`, is worked out once for each training image; the last
layer is then a logistic regression on these numbers, scikit-learn's, instead of steps of a gradient: seconds. Its
penalty is chosen on the validation images, among a few. The curves are fits from nothing with 1, 2, 4 ... iterations,
each of which goes through all training images once: an epoch is an iteration.

The numbers are standardised for the fit, and the last layer's kernel and bias have that folded in: the network is
`build_model`'s, and everything that is asked of other networks can be asked of it. The same seed gives the same
network. What cannot be continued is not: a run that was stopped begins again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from cnn_core.batches import training_rows
from cnn_core.config import IMAGE_SHAPE, ConfigError, ExperimentConfig
from cnn_core.data import DataError, DataSet, Split
from cnn_core.evaluation import Scores, scores
from cnn_core.progress import Epoch, EpochScores, Look, Measuring, Stopped, TrainingState
from cnn_core.stoppable import unless_stopped
from cnn_core.training.logistic import Fit, Standard, choose_penalty, fit
from cnn_core.training.looking import Looks, first_of_each_class
from cnn_core.training.loop import SNAPSHOT_IMAGES, splits
from cnn_core.training.models import build_model, first_kernels, images_at_a_time
from cnn_core.training.outcome import Outcome

MOST_ITERATIONS = 256  # where the recipe has no number of epochs


def reuse(
    config: ExperimentConfig,
    data: DataSet,
    recorded: keras.Model,
    *,
    on_look: Callable[[Look], None] = lambda look: None,
    on_measuring: Callable[[Measuring], None] = lambda measuring: None,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Learn the last layer of the network of `config` anew; everything before it is as in `recorded`.

    Raises ConfigError if that network's layers do not fit, and DataError if the training images are of one class. A
    stop is heeded between two chunks of images and within a fit.
    """
    started = time.perf_counter()
    model = keeping(config, recorded)
    told: list[EpochScores] = []

    def seconds() -> float:
        return time.perf_counter() - started

    try:
        penalty = _learn(config, data, model, told, seconds, (on_look, on_measuring, on_epoch, should_stop))
    except Stopped:
        return Outcome(told, TrainingState(seconds=seconds()), False, _Kept(model))
    return Outcome(told, TrainingState(epoch=told[-1].epoch, seconds=seconds()), True, _Kept(model), penalty)


def keeping(config: ExperimentConfig, recorded: keras.Model) -> keras.Model:
    """The network of `config` with the kernels of `recorded`, and a last layer of zeros: all classes are as likely."""
    keras.utils.set_random_seed(config.training.seed)
    model = build_model(config.network)
    known = {layer.name: layer for layer in recorded.layers}
    for layer in model.layers:
        if layer.name == "logits":
            layer.set_weights([np.zeros(weight.shape, np.float32) for weight in layer.get_weights()])
        elif layer.weights:
            kept = known[layer.name].get_weights() if layer.name in known else []
            if [weight.shape for weight in kept] != [weight.shape for weight in layer.get_weights()]:
                raise ConfigError(f"The kernels of {config.reuse} do not fit into this network: its blocks are others.")
            layer.set_weights(kept)
    return model


def reader(model: keras.Model) -> Callable[..., np.ndarray]:
    """A function that reads a split's images in some rows, mirrored or not: what the last layer gets, float32 (n, d).

    It calls `tell` with how many more images are done; an exception there ends it.
    """
    inner = keras.Model(model.input, model.get_layer("logits").input)
    chunk = images_at_a_time(model)

    @tf.function(input_signature=[tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8)])
    def forward(images: tf.Tensor) -> tf.Tensor:
        return inner(images, training=False)

    def read(split: Split, rows: np.ndarray, tell: Callable[[int], None], *, mirrored: bool = False) -> np.ndarray:
        found = np.empty((len(rows), inner.output.shape[-1]), np.float32)
        for start in range(0, len(rows), chunk):
            images = split.images(rows[start : start + chunk])
            found[start : start + chunk] = forward(images[:, :, ::-1] if mirrored else images).numpy()
            tell(len(images))
        return found

    return read


@dataclass(frozen=True, slots=True)
class _Kept:
    """The network that `Outcome` hands on: there is nothing to bring up to date."""

    model: keras.Model

    def restore(self, variables: list[np.ndarray]) -> None:
        pass

    def refresh(self, should_stop: Callable[[], bool]) -> None:
        pass

    def kept_model(self) -> keras.Model:
        return self.model

    def first_kernels(self) -> np.ndarray:
        return first_kernels(self.model)


def _learn(
    config: ExperimentConfig,
    data: DataSet,
    model: keras.Model,
    told: list[EpochScores],
    seconds: Callable[[], float],
    listeners: tuple[Callable, ...],
) -> float:
    """Fit with more and more iterations, and put each into the model; the penalty. Raises Stopped if it should stop."""
    on_look, on_measuring, on_epoch, should_stop = listeners
    recipe, (train, val) = config.training, splits(config, data)
    rows = np.sort(training_rows(recipe, len(train)))
    if len(np.unique(train.labels[rows])) < 2:
        raise DataError("The training images are of one class only; two classes are the least to learn from.")
    own, seen, watched = _read_all(model, train, val, rows, recipe.flip, on_measuring, should_stop)
    labels = np.tile(train.labels[rows], 1 + recipe.flip)
    standard = Standard.of(own)
    own, seen = standard(own), standard(seen)
    classes, most = config.network.classes, recipe.epochs or MOST_ITERATIONS
    fits = partial(fit, own, labels, classes)
    chosen = unless_stopped(partial(choose_penalty, fits, seen, val.labels, most), should_stop)
    looks = Looks(watched, val.labels[watched], _Kept(model))
    iterations = 1
    while True:
        is_late = recipe.seconds is not None and seconds() >= recipe.seconds
        iterations = most if is_late else min(iterations, most)
        found = unless_stopped(partial(fits, chosen, iterations), should_stop)
        model.get_layer("logits").set_weights(standard.folded_into(found))
        probabilities = found.probabilities(seen).astype(np.float32)
        row = _row(found, scores(labels, found.probabilities(own)), scores(val.labels, probabilities), seconds())
        told.append(row)
        is_last = found.is_settled or iterations == most
        if look := looks.at_its_end(probabilities[watched], row.seconds, is_last=is_last):
            on_look(look)
        on_epoch(Epoch(row, first_kernels(model), probabilities[:SNAPSHOT_IMAGES], TrainingState()))
        if is_last:
            return chosen
        iterations *= 2


def _read_all(
    model: keras.Model,
    train: Split,
    val: Split,
    rows: np.ndarray,
    flip: bool,
    on_measuring: Callable[[Measuring], None],
    should_stop: Callable[[], bool],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features of the training images in these rows, behind them of their mirror images, and of the validation images.

    The third are the places of the validation images that a class watches.
    """
    total, done = len(rows) * (1 + flip) + len(val), 0

    def tell(more: int) -> None:
        nonlocal done
        if should_stop():
            raise Stopped
        done += more
        on_measuring(Measuring("training", done, total))

    read = reader(model)
    own = [read(train, rows, tell, mirrored=mirrored) for mirrored in (False, True)[: 1 + flip]]
    seen = read(val, np.arange(len(val)), tell)
    return np.concatenate(own), seen, first_of_each_class(val.labels)


def _row(found: Fit, of_training: Scores, of_validation: Scores, seconds: float) -> EpochScores:
    return EpochScores(
        epoch=found.iterations,
        passes=float(found.iterations),
        loss=of_training.loss,
        accuracy=of_training.accuracy,
        mse=of_training.mse,
        val_loss=of_validation.loss,
        val_accuracy=of_validation.accuracy,
        val_mse=of_validation.mse,
        learning_rate=0.0,  # L-BFGS finds the length of each step by itself
        seconds=seconds,
    )
