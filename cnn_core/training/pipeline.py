"""Batches on their way to the machines, and how many machines there are."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from cnn_core import cluster
from cnn_core.batches import Batches
from cnn_core.config import IMAGE_SHAPE, ConfigError, TrainingConfig
from cnn_core.progress import TrainingState


def choose_strategy(recipe: TrainingConfig, state: TrainingState | None = None) -> tf.distribute.Strategy:
    """All machines of the cluster, else all GPUs, else TensorFlow's default. Call it before any computation.

    Raises ConfigError for what needs one clock on several machines, because each has its own: a limit in seconds, or a
    `state` in which the run has begun to finish.
    """
    if cluster.size() > 1:
        if recipe.seconds is not None:
            raise ConfigError("Several machines cannot share a limit in seconds; give a number of epochs instead.")
        if state and state.finish:
            raise ConfigError("This run has begun to finish, which several machines cannot do; resume it on one.")
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(tf.config.list_physical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def pipeline(
    batches: Batches, epoch: int, first_batch: int = 0, context: tf.distribute.InputContext | None = None
) -> tf.data.Dataset:
    """The batches of an epoch as a tf.data pipeline, which prepares the next batch during the training step.

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

    options = tf.data.Options()
    options.autotune.enabled = False  # there is nothing to tune, and its thread may hold up the end of an epoch: 20 s
    return tf.data.Dataset.from_generator(shares, output_signature=signature).prefetch(2 * here).with_options(options)
