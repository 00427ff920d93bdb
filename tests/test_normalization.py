"""Batch normalization in its fast form, and the statistics of averaged weights, against Keras' own layers."""

from dataclasses import replace

import numpy as np
import pytest
from small_training import CONFIG, lived_in, make_data_set, quiet_train, stop_after

from cnn_core.config import BLOCK_ORDERS, Block, NetworkConfig

pytestmark = pytest.mark.slow  # every test here imports TensorFlow

SMALL = NetworkConfig(blocks=(Block(4, 2, 0.2), Block(8, 1)), dense_units=(6,))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3), np.uint8)


def normalizations(model):
    import keras

    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


def moments_of_inputs(model, layer, images):
    """Mean and variance of each channel that goes into a layer while the network answers."""
    import keras

    inputs = keras.Model(model.input, layer.input)(images, training=False).numpy().astype(np.float64)
    return inputs.mean(axis=(0, 1, 2)), inputs.var(axis=(0, 1, 2))


@pytest.mark.parametrize("order", BLOCK_ORDERS)
def test_fused_batch_normalization_is_keras_own(order, images):
    """Same outputs while predicting and training, same running statistics, same gradients."""
    import tensorflow as tf

    from cnn_core.training.models import FAST_LAYERS, logits_model

    results = {}
    labels = np.random.default_rng(1).integers(0, 10, 16)
    network = NetworkConfig(blocks=(Block(4, 2), Block(8, 1)), block_order=order)  # no dropout: nothing random
    for fused in (False, True):
        model = lived_in(network, FAST_LAYERS if fused else None)
        with tf.GradientTape() as tape:
            logits = logits_model(model)(images, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        gradients = tape.gradient(loss, model.trainable_variables)
        results[fused] = [logits, *gradients, *model.weights, model(images, training=False)]
    for plain, fused in zip(results[False], results[True], strict=True):
        plain, fused = np.array(plain), np.array(fused)
        np.testing.assert_allclose(plain, fused, atol=2e-4 * max(1, np.abs(plain).max()))


def test_weights_move_from_the_fused_form_to_keras_own(images):
    from cnn_core.training.models import FAST_LAYERS, build_model, predictor

    fused = lived_in(SMALL, FAST_LAYERS)
    plain = build_model(SMALL)
    plain.set_weights(fused.get_weights())
    np.testing.assert_allclose(predictor(plain)(images), predictor(fused)(images), atol=1e-6)


@pytest.mark.parametrize("order", BLOCK_ORDERS)
def test_renewed_statistics_are_those_of_what_goes_into_each_layer(order, images):
    from cnn_core.training.normalization import Statistics

    model = lived_in(replace(SMALL, block_order=order))
    weights = [np.array(weight) for weight in model.trainable_weights]
    Statistics(model, batch_size=500).renew(images)
    for layer in normalizations(model):
        mean, variance = moments_of_inputs(model, layer, images)
        np.testing.assert_allclose(layer.moving_mean, mean, atol=1e-4)
        np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-3)
    for before, after in zip(weights, model.trainable_weights, strict=True):
        np.testing.assert_array_equal(before, np.array(after))


def test_over_several_batches_they_are_the_mean_and_the_variance_of_all(images):
    """Against Keras' own layers without memory (momentum 0), which leave each batch's mean and variance behind."""
    from cnn_core.training.normalization import Statistics

    network = replace(SMALL, blocks=(Block(4, 2), Block(8, 1)))  # no dropout
    model, by_keras = lived_in(network), lived_in(replace(network, batch_norm_momentum=0.0))
    Statistics(model, batch_size=6).renew(images)
    means, variances = [], []
    for batch in (images[:6], images[6:12], images[12:]):
        by_keras(batch, training=True)
        means.append([np.array(layer.moving_mean, np.float64) for layer in normalizations(by_keras)])
        variances.append([np.array(layer.moving_variance, np.float64) for layer in normalizations(by_keras)])
    shares = [6 / 16, 6 / 16, 4 / 16]
    for number, layer in enumerate(normalizations(model)):
        mean = sum(share * of_batch[number] for share, of_batch in zip(shares, means, strict=True))
        squares = [v[number] + m[number] ** 2 for v, m in zip(variances, means, strict=True)]
        variance = sum(share * square for share, square in zip(shares, squares, strict=True)) - mean**2
        np.testing.assert_allclose(layer.moving_mean, mean, atol=1e-4)
        np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-3)


def test_a_network_without_normalization_has_nothing_to_renew(images):
    from cnn_core.training.normalization import Statistics

    model = lived_in(replace(SMALL, batch_norm=False))
    before = model.get_weights()
    Statistics(model, batch_size=6).renew(images)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_averaged_weights_are_kept_with_statistics_of_their_own():
    """Those of the training images as they are, under the averages; without averages the training's own stay."""
    data_set = make_data_set()
    images = data_set.split("train").images()
    for ema_momentum in (0.9, 0.0):
        config = replace(CONFIG, training=replace(CONFIG.training, ema_momentum=ema_momentum))
        outcome = quiet_train(config, data_set, **stop_after(7))
        distances = []
        for layer in normalizations(outcome.model):
            mean, variance = moments_of_inputs(outcome.model, layer, images)
            distances += [
                np.abs(np.array(layer.moving_mean) - mean),
                np.abs(np.array(layer.moving_variance) - variance),
            ]
        assert (max(d.max() for d in distances) < 1e-3) == (ema_momentum > 0)
