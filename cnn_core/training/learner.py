"""A network, its optimizer and their compiled step, on the replicas of a strategy; and the network that is kept."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from cnn_core import processor
from cnn_core.batches import Batches
from cnn_core.config import IMAGE_SHAPE, ExperimentConfig
from cnn_core.stoppable import unless_stopped
from cnn_core.training import tuning
from cnn_core.training.models import (
    FAST_LAYERS,
    LayerClasses,
    build_model,
    first_kernels,
    images_at_a_time,
    initialize,
    logits_model,
    predictor,
)
from cnn_core.training.normalization import Statistics
from cnn_core.training.optimizers import build_optimizer
from cnn_core.training.pipeline import pipeline
from cnn_core.training.precision import bfloat16

STATISTICS_IMAGES = 2_000  # training images for new batch-norm statistics


class Learner:
    """Two forms of one network: the fast one for training, and Keras' own, which is validated, kept and exported.

    The second has copies of the weights, so that measuring it cannot affect training.
    """

    def __init__(
        self, config: ExperimentConfig, strategy: tf.distribute.Strategy, layer_classes: LayerClasses | None = None
    ) -> None:
        self._config = config
        self._strategy = strategy
        self._is_bfloat16 = processor.trains_in_bfloat16(config.training.precision)
        keras.utils.set_random_seed(config.training.seed)
        with strategy.scope():
            self._model = build_model(config.network, {**FAST_LAYERS, **(layer_classes or {})})
            self._optimizer = build_optimizer(config.training)
            self._optimizer.build(self._model.trainable_variables)
        self._logits = logits_model(self._model)
        self._compiled_step = tf.function(self._distributed_step, reduce_retracing=True)
        self._kept = build_model(config.network)  # last: the seed's first numbers are for the trained form
        self._classify = predictor(self._kept)
        self.images_at_a_time = images_at_a_time(self._kept)
        self._statistics = Statistics(self._kept, batch_size=self.images_at_a_time)
        self._statistics_images = np.zeros((0, *IMAGE_SHAPE), np.uint8)
        self._is_fresh = False  # whether the kept network is as the trained one
        self._has_new_statistics = False  # whether its batch-norm statistics were computed for it

    def variables(self) -> list[np.ndarray]:
        return [np.array(variable) for variable in self._variables()]

    def initialize(self, images: np.ndarray) -> None:
        """Set the initial weights that the configuration asks for; whitening is computed from these training images."""
        initialize(self._model, self._config.network, images)

    def restore(self, values: list[np.ndarray]) -> None:
        """Set every variable."""
        self._is_fresh = False
        for variable, value in zip(self._variables(), values, strict=True):
            variable.assign(value)

    def tune(self, gradients: Mapping[str, str] | None, should_stop: Callable[[], bool]) -> Mapping[str, str]:
        """Let convolutions compute their gradients in these ways, or in the fastest ones (see `tuning`): which it is.

        Before the first step. A GPU has its own ways. Raises Stopped if it should stop.
        """
        if gradients is None and not tf.config.list_physical_devices("GPU"):
            batch = max(1, self._config.training.batch_size // self._strategy.num_replicas_in_sync)
            gradients = tuning.tune(self._model, batch, in_bfloat16=self._is_bfloat16, should_stop=should_stop)
        tuning.use(self._model, gradients or {}, in_bfloat16=self._is_bfloat16)
        return gradients or {}

    def warm_up(self, batches: Batches, should_stop: Callable[[], bool]) -> None:
        """Take a step with a whole batch and one with the last, smaller one, and undo both; classify one image.

        TensorFlow compiles at the first call with a shape, which takes seconds; this way they are not part of the run.
        Raises Stopped if it should stop; the variables are then anything.
        """
        self._statistics_images = batches.first_images(STATISTICS_IMAGES)
        before = self.variables()
        for first_batch in {0, len(batches) - 1}:
            batch = next(iter(self.distribute(batches, 0, first_batch)))
            unless_stopped(partial(self.step, *batch), should_stop)  # a large network's takes seconds
        self.restore(before)
        self.refresh(should_stop)
        self.classify(np.zeros((1, *IMAGE_SHAPE), np.uint8))

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
        self._is_fresh = False
        with bfloat16(is_on=self._is_bfloat16):
            return self._compiled_step(images, labels).numpy()

    def refresh(self, should_stop: Callable[[], bool], *, new_statistics: bool = False) -> None:
        """Bring the kept network to the present state of training. Raises Stopped if it should stop.

        It gets the weights; or, if the recipe averages, their running averages (Polyak, 1992) and the batch-norm
        statistics that belong to these, computed from a fixed set of training images without augmentation, like the
        images that it will classify.

        Args:
            new_statistics: compute them in any case: after a quick finish those of training lag behind the weights.
        """
        new_statistics = new_statistics or self._optimizer.use_ema
        if self._is_fresh and self._has_new_statistics >= new_statistics:
            return
        self._kept.set_weights(self._model.get_weights())
        if self._optimizer.use_ema:
            self._optimizer.finalize_variable_values(self._kept.trainable_variables)
        if new_statistics:
            self._statistics.renew(self._statistics_images, should_stop)
        self._is_fresh, self._has_new_statistics = True, new_statistics

    def classify(self, images: np.ndarray, after_chunk: Callable[[int], None] | None = None) -> np.ndarray:
        """The probabilities float32 (N, classes) that the kept network gives; `after_chunk` as in `predictor`."""
        return self._classify(images, after_chunk)

    def first_kernels(self) -> np.ndarray:
        """The first kernels of the kept network, float32 (height, width, in, out)."""
        return first_kernels(self._kept)

    def kept_model(self) -> keras.Model:
        """The network as last kept, in Keras' own layers."""
        return self._kept

    def _variables(self) -> list[keras.Variable]:
        return [*self._model.variables, *self._optimizer.variables]

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
        difference = tf.one_hot(labels, self._config.network.classes) - tf.exp(log_probabilities)
        squared_error = tf.reduce_sum(tf.reduce_mean(difference**2, axis=1))
        return tf.stack([tf.reduce_sum(losses), correct, squared_error, count])

    def _smoothed(self, losses: tf.Tensor, log_probabilities: tf.Tensor) -> tf.Tensor:
        """The losses with label smoothing (Szegedy et al., 2016); the losses that are shown have none."""
        share = self._config.training.label_smoothing
        return (1 - share) * losses - share * tf.reduce_mean(log_probabilities, axis=1) if share else losses
