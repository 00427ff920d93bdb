"""The parts of a recipe within the training loop: what each does to a run, and that all resume exactly together."""

from dataclasses import replace

import numpy as np
import pytest
from small_training import assert_identical, make_data_set, quiet_train, stop_after

from cnn_core.config import Block
from cnn_core.presets import PRESETS
from cnn_core.progress import TrainingState

pytestmark = pytest.mark.slow  # every test here imports TensorFlow

MINUTE = PRESETS["minute"]
CONFIG = replace(
    MINUTE,
    network=replace(MINUTE.network, blocks=(Block(8, 2), Block(12, 1, 0.1))),
    training=replace(MINUTE.training, epochs=2, seconds=None, batch_size=32, ema_momentum=0.8, precision="float32"),
)


@pytest.fixture(scope="module")
def data_set():
    return make_data_set()


def changed(**settings):
    return replace(CONFIG, training=replace(CONFIG.training, **settings))


def test_all_parts_together_go_on_bit_for_bit(data_set):
    whole = quiet_train(CONFIG, data_set)
    state, history, done = None, [], 0
    for stop_at in (4, 9):  # within the first epoch, and at its end
        part = quiet_train(CONFIG, data_set, state=state, **stop_after(stop_at - done))
        state, done = TrainingState.from_arrays(part.state.to_arrays()), stop_at
        history += part.history
    rest = quiet_train(CONFIG, data_set, state=state)
    assert_identical(whole.model.get_weights(), rest.model.get_weights())
    assert_identical(whole.state.variables, rest.state.variables)
    assert [row.val_loss for row in history + rest.history] == [row.val_loss for row in whole.history]


def test_the_average_is_kept_and_training_goes_on_without_it(data_set):
    """The network that is kept has the running averages; the one that is trained is the same with and without."""
    from cnn_core.training.models import build_model

    paths = [variable.path for variable in build_model(CONFIG.network).variables]
    states = {}
    for ema_momentum in (0.0, 0.8):
        recipe = changed(epochs=3, ema_momentum=ema_momentum, batch_size=260)  # an epoch is one step
        states[ema_momentum] = []
        told = states[ema_momentum].append
        outcome = quiet_train(recipe, data_set, on_epoch=lambda epoch, told=told: told(epoch.state.variables))
    for plain, averaging in zip(states[0.0], states[0.8], strict=True):
        assert_identical(plain[: len(paths)], averaging[: len(paths)])
    for weight in outcome.model.trainable_weights:
        first, second, third = (np.array(state[paths.index(weight.path)]) for state in states[0.0])
        np.testing.assert_allclose(np.array(weight), 0.64 * first + 0.16 * second + 0.2 * third, atol=1e-5)


def test_smoothing_is_keras_own_and_the_loss_that_is_shown_is_not_smoothed(data_set):
    """One step of plain gradient descent, against the gradient of Keras' smoothed loss."""
    import keras
    import tensorflow as tf

    from cnn_core.batches import Batches
    from cnn_core.training.models import build_model, logits_model

    network = replace(PRESETS["lesson"].network, blocks=(Block(4, 1),), dense_units=(), batch_norm=False)
    recipe = replace(
        PRESETS["lesson"].training, optimizer="sgd", learning_rate=0.1, label_smoothing=0.3, batch_size=260, epochs=1
    )
    recipe = replace(recipe, seconds=None, schedule="constant", precision="float32")
    outcome = quiet_train(replace(CONFIG, network=network, training=recipe), data_set)

    keras.utils.set_random_seed(recipe.seed)
    model = build_model(network)
    logits = logits_model(model)
    images, labels = next(Batches(recipe, data_set.split("train")).epoch(0))
    smoothed = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.3)
    with tf.GradientTape() as tape:
        loss = smoothed(tf.one_hot(labels, 10), logits(images, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    for ours, start, gradient in zip(
        outcome.model.trainable_weights, model.trainable_variables, gradients, strict=True
    ):
        np.testing.assert_allclose(np.array(ours), np.array(start) - 0.1 * 1.9 * gradient.numpy(), atol=1e-5)
    plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits(images, training=True))
    assert outcome.history[0].loss == pytest.approx(float(plain), rel=1e-4)
    assert outcome.history[0].loss != pytest.approx(float(loss), rel=1e-4)
