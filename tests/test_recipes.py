"""The parts of a recipe within the training loop: what each does to a run, and that all resume exactly together."""

from dataclasses import replace

import numpy as np
import pytest

from cnn_core.config import Block
from cnn_core.presets import PRESETS

pytestmark = pytest.mark.slow  # every test here imports TensorFlow

MINUTE = PRESETS["minute"]
CONFIG = replace(
    MINUTE,
    network=replace(MINUTE.network, blocks=(Block(8, 2), Block(12, 1, 0.1))),
    training=replace(MINUTE.training, epochs=2, seconds=None, batch_size=32, ema_momentum=0.8),
)


def train(config, data, **options):
    from cnn_core import training

    return training.train(config, data, **{"on_batch": lambda _: None, "on_epoch": lambda _: None, **options})


def changed(**settings):
    return replace(CONFIG, training=replace(CONFIG.training, **settings))


def test_all_parts_together_go_on_bit_for_bit(tiny_data):
    from cnn_core.progress import TrainingState

    whole = train(CONFIG, tiny_data)
    for stop_after in (4, 9, 13):  # within the first epoch, at its end, within the second
        seen = []
        part = train(CONFIG, tiny_data, on_batch=seen.append, should_stop=lambda: len(seen) == stop_after)  # noqa: B023
        rest = train(CONFIG, tiny_data, state=TrainingState.from_arrays(part.state.to_arrays()))
        for one, other in zip(whole.model.get_weights(), rest.model.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
        assert [row.val_loss for row in part.history + rest.history] == [row.val_loss for row in whole.history]


def test_the_average_is_kept_and_training_goes_on_without_it(tiny_data):
    """The network that is kept has the running averages; the one that is trained is the same with and without."""
    config = changed(epochs=1, ema_momentum=0.0, batch_size=87)
    weights = []
    for batches in (1, 2, 3):
        seen = []
        stopped = train(config, tiny_data, on_batch=seen.append, should_stop=lambda: len(seen) == batches)  # noqa: B023
        weights.append([np.array(weight) for weight in stopped.model.trainable_weights])
    expected = weights[0]
    for current in weights[1:]:
        expected = [0.8 * average + 0.2 * weight for average, weight in zip(expected, current, strict=True)]
    averaged = train(changed(epochs=1, ema_momentum=0.8, batch_size=87), tiny_data)
    for ours, average in zip(averaged.model.trainable_weights, expected, strict=True):
        np.testing.assert_allclose(np.array(ours), average, atol=1e-5)


def test_smoothing_is_keras_own_and_the_loss_that_is_shown_is_not_smoothed(tiny_data):
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
    outcome = train(replace(CONFIG, network=network, training=recipe), tiny_data)

    keras.utils.set_random_seed(recipe.seed)
    model = build_model(network)
    logits = logits_model(model)
    images, labels = next(Batches(recipe, tiny_data.split("train")).epoch(0))
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


@pytest.mark.parametrize(
    ("precision", "has_it", "is_used"), [("auto", True, True), ("auto", False, False), ("float32", True, False)]
)
def test_bfloat16_is_used_where_it_is_wanted_and_there(precision, has_it, is_used, tiny_data, monkeypatch):
    import tensorflow as tf

    from cnn_core import training

    monkeypatch.setattr(training.learner, "has_bfloat16", lambda: has_it)
    monkeypatch.setattr(training.learner.Learner, "step", lambda *_: np.ones(4))  # this processor may have no bfloat16
    seen = []

    def note(_):
        options = tf.config.optimizer.get_experimental_options()
        seen.append(options.get("auto_mixed_precision_onednn_bfloat16", False))

    try:
        train(changed(precision=precision), tiny_data, on_batch=note, should_stop=lambda: True)
    finally:
        training.use_bfloat16(is_wanted=False)
    assert seen == [is_used]
