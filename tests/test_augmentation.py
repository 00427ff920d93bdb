"""Test-time augmentation, against the average written out with NumPy and SciPy."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from cnn_core.augmentation import test_time_augmentation as average_over_views


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (7, 32, 32, 3), np.uint8)


@pytest.fixture
def classify():
    weights = np.random.default_rng(1).normal(0, 0.0005, (3072, 10))
    return lambda images: softmax(images.reshape(len(images), -1) @ weights, axis=1)


def test_one_view_is_the_answer_itself(images, classify):
    np.testing.assert_allclose(average_over_views(classify, images, 1), classify(images), rtol=1e-5)


def test_two_views_are_the_image_and_its_mirror_image(images, classify):
    both = (np.log(classify(images)) + np.log(classify(images[:, :, ::-1]))) / 2
    np.testing.assert_allclose(average_over_views(classify, images, 2), softmax(both, axis=1), rtol=1e-4)


def test_six_views_weigh_the_moved_ones_half(images, classify):
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    expected = 0
    for side in (padded, padded[:, :, ::-1]):
        for y, weight in ((0, 1 / 8), (1, 1 / 4), (2, 1 / 8)):
            view = side[:, y : y + 32, y : y + 32]
            expected = expected + weight * log_softmax(np.log(classify(view)), axis=1)
    np.testing.assert_allclose(average_over_views(classify, images, 6), softmax(expected, axis=1), rtol=1e-4)


def test_a_certain_answer_stays_a_number(images):
    certain = average_over_views(lambda images: np.eye(10)[np.zeros(len(images), int)], images, 6)
    assert np.isfinite(certain).all()
    np.testing.assert_allclose(certain.sum(axis=1), 1, rtol=1e-5)
