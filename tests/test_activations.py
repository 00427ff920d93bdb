"""Activations, softmax and cross-entropy against Keras and against their own laws."""

import numpy as np
import pytest

from cnn_core import config
from cnn_core.convolution.activations import ACTIVATIONS, cross_entropy, cross_entropy_gradient, softmax


def test_every_activation_of_a_config_is_here():
    assert set(ACTIVATIONS) == set(config.ACTIVATIONS)


@pytest.mark.slow
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_functions_are_keras(name):
    activations = pytest.importorskip("keras").activations
    x = np.concatenate([np.linspace(-6, 6, 241), [-80, 80]]).astype("float32")
    np.testing.assert_allclose(ACTIVATIONS[name](x), activations.get(name)(x), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_in_training_they_and_their_gradients_are_keras_own(name):
    import keras
    import tensorflow as tf

    from cnn_core.training.activations import FusedActivation

    x = tf.constant(np.concatenate([np.linspace(-6, 6, 240), [-1e4, -40, 40, 1e4]]).reshape(2, 2, 61), tf.float32)
    upstream = tf.constant(np.random.default_rng(0).normal(size=x.shape), tf.float32)
    found = []
    for layer in (keras.layers.Activation(name), FusedActivation(name)):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x)
        found.append([outputs, tape.gradient(outputs, x, upstream)])
    for own, fused in zip(*found, strict=True):
        np.testing.assert_allclose(fused, own, rtol=1e-5, atol=1e-6)  # a silent unit stays silent


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_large_numbers_do_not_overflow(name):
    assert np.isfinite(ACTIVATIONS[name]([-1e4, 1e4])).all()


def test_softmax_shares():
    np.testing.assert_allclose(softmax([0, np.log(3)]), [0.25, 0.75])
    np.testing.assert_allclose(softmax([1e4, 1e4]), [0.5, 0.5])
    np.testing.assert_allclose(softmax([0, np.log(3)], temperature=1e6), [0.5, 0.5], atol=1e-5)
    assert softmax([1, 2, 4], temperature=0.1).max() > 0.99


def test_cross_entropy():
    assert cross_entropy(np.full(10, 0.7), 3) == pytest.approx(np.log(10))
    logits = np.array([0.3, -1.2, 2.0])
    assert cross_entropy(logits, 1) == pytest.approx(-np.log(softmax(logits)[1]))
    assert cross_entropy(np.array([1000.0, 0.0]), 0) == 0
    assert cross_entropy(np.array([1000.0, 0.0]), 1) == 1000


def test_the_gradient_is_the_slope_of_the_loss():
    logits, label, tiny = np.array([0.3, -1.2, 2.0, 0.1]), 1, 1e-6
    for i, slope in enumerate(cross_entropy_gradient(softmax(logits), label)):
        step = tiny * (np.arange(4) == i)
        up, down = (cross_entropy(logits + sign * step, label) for sign in (1, -1))
        assert slope == pytest.approx((up - down) / (2 * tiny), abs=1e-6)
