"""A trained network asked about thousands of images: how sure it may be, what is strange to it, what it finds alike."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from cnn_core import architecture
from cnn_core.batches import training_rows
from cnn_core.config import IMAGE_SHAPE, ExperimentConfig
from cnn_core.data import DataSet, Split, strange_images, strange_kinds
from cnn_core.data.strange import IMAGES as STRANGE_IMAGES
from cnn_core.evaluation import (
    Calibration,
    Doubt,
    Neighbours,
    Projection,
    Study,
    along_axes,
    energy,
    fit_temperature,
    nearest,
    projection,
)
from cnn_core.progress import STUDY, Measuring, Stopped
from cnn_core.stoppable import unless_stopped
from cnn_core.training.loop import splits
from cnn_core.training.models import images_at_a_time

SEARCHED = 5_000  # training images among which a worker looks for the nearest: a class waits; `complete` searches all
_PIECE = 1_000  # training images whose features are compared at a time
_PERPLEXITY = 30  # scikit-learn's own, of about three times so many neighbours


class _Read(NamedTuple):
    logits: np.ndarray  # float32 (N, classes)
    features: np.ndarray  # float32 (N, d)


def study(
    model: keras.Model,
    config: ExperimentConfig,
    data: DataSet,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    searched: int | None = None,
    on_measuring: Callable[[Measuring], None] = lambda measuring: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Study:
    """What is known of the network of a run afterwards.

    Args:
        images: all of the test split, uint8 (N, 32, 32, 3), read once for whatever is measured on them.
        labels: (N,), from 0.
        searched: among how many training images each test image's nearest are looked for; None: all.
        on_measuring: called with how far it is, in images of all that are read.
        should_stop: asked again and again; if it returns True, Stopped is raised.
    """
    train, validation = splits(config, data)
    rows = np.sort(training_rows(config.training, len(train)))[:searched]
    kinds, watches_test = strange_kinds(data.name), config.training.validate_on == "test"
    total = len(images) + (0 if watches_test else len(validation)) + len(kinds) * STRANGE_IMAGES + len(rows)

    def tell(done: int) -> None:
        if should_stop():
            raise Stopped
        on_measuring(Measuring(STUDY, done, total))

    read = _reader(model, config, tell)
    # First what is asked for its logits alone: the features of the test images are large, and stay until the end.
    logits, known = (None, None) if watches_test else (read(validation.images()).logits, validation.labels)
    strange = {kind: energy(read(strange_images(kind)).logits) for kind in kinds}
    of_test = read(images)
    if watches_test:  # it has seen every other image: half of the test has to do
        half = len(images) // 2
        logits, known = of_test.logits[:half], labels[:half]
    return Study(
        Calibration(fit_temperature(logits, known), config.training.validate_on, len(known)),
        Doubt(energy(logits), energy(of_test.logits), strange),
        _find_neighbours(read, of_test.features, train, rows, should_stop),
        unless_stopped(partial(_project, of_test.features[: projection.IMAGES]), should_stop),
    )


def _reader(model: keras.Model, config: ExperimentConfig, tell: Callable[[int], None]) -> Callable[[np.ndarray], _Read]:
    """A function from images uint8 (N, 32, 32, 3) to their logits and features; `tell`: how many it has read in all."""
    values = model.get_layer(architecture.features(config.network).name).output
    if len(values.shape) == 4:
        values = keras.ops.mean(values, axis=(1, 2))
    both = keras.Model(model.input, [model.get_layer("logits").output, values])
    chunk, done = images_at_a_time(model), 0

    @tf.function(input_signature=[tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8)])
    def forward(images: tf.Tensor) -> list[tf.Tensor]:
        return both(images, training=False)

    def read(images: np.ndarray) -> _Read:
        nonlocal done
        found = _Read(*(np.empty((len(images), each.shape[-1]), np.float32) for each in both.outputs))
        for start in range(0, len(images), chunk):
            piece = images[start : start + chunk]
            for whole, part in zip(found, forward(piece), strict=True):
                whole[start : start + chunk] = part.numpy()
            done += len(piece)
            tell(done)
        return found

    return read


def _find_neighbours(
    read: Callable[[np.ndarray], _Read],
    features: np.ndarray,
    train: Split,
    rows: np.ndarray,
    should_stop: Callable[[], bool],
) -> Neighbours:
    """The nearest of the training images in these rows of the split."""
    pieces = (rows[start : start + _PIECE] for start in range(0, len(rows), _PIECE))
    found = nearest(features, (read(train.images(piece)).features for piece in pieces), should_stop=should_stop)
    return Neighbours(rows[found.numbers].astype(np.int32), found.similarity, found.searched)


def _project(features: np.ndarray) -> Projection:
    """The map of these images, by PCA and t-SNE."""
    from sklearn.manifold import TSNE  # a second; only worker and command line come here
    from threadpoolctl import threadpool_limits

    along, center, axes = along_axes(features)
    perplexity = min(_PERPLEXITY, (len(features) - 1) / 3)
    if along.shape[1] < 2 or not along.std(axis=0)[:2].all() or perplexity < 1:  # nothing to lay out
        spread = np.zeros((len(features), 2), np.float32)
    else:
        with threadpool_limits(1):  # its threads wait for each other in loops: beside other work ten times as long
            spread = TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(along)
    return Projection(spread, along, center, axes)
