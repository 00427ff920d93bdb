"""A network, its optimizer and their compiled step, on the replicas of a strategy."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from cnn_core import cluster
from cnn_core.batches import Batches
from cnn_core.config import CLASSES, IMAGE_SHAPE, ConfigError, ExperimentConfig, TrainingConfig
from cnn_core.processor import has_bfloat16
from cnn_core.training.models import build_model, fast_kinds, first_kernels, logits_model, predictor, prepare
from cnn_core.training.optimizers import build_optimizer


class Learner:
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


def use_bfloat16(*, is_wanted: bool) -> bool:
    """Let TensorFlow's graphs compute in bfloat16 where the processor can; returns whether they will.

    That is for convolutions, matrix products and what lies between two of them; every variable stays float32. It holds
    for the whole process.
    """
    is_used = is_wanted and has_bfloat16()
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": is_used})
    return is_used
