"""Convolutions by Winograd's method, against the sums written out, SciPy, and TensorFlow's own."""

from fractions import Fraction

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # every test here imports TensorFlow


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def with_gradients(convolve, maps, kernel, upstream):
    """Outputs and both gradients as training computes them: compiled, for any number of images."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((None, *values.shape[1:])) for values in (maps, upstream)])
    def compute(maps, upstream):
        with tf.GradientTape() as tape:
            tape.watch(maps)
            outputs = convolve(maps, variable)
        return [outputs, *tape.gradient(outputs, [maps, variable], upstream)]

    variable = tf.Variable(kernel)
    return [np.array(value) for value in compute(maps, upstream)]


def test_six_products_make_four_sums_of_three():
    """Exactly, in fractions: no rounding hides a wrong entry."""
    from cnn_core.training.winograd import FILTER_TRANSFORM, INPUT_TRANSFORM, OUTPUT_TRANSFORM

    rng = np.random.default_rng(0)
    d, g = ([Fraction(int(n)) for n in rng.integers(-99, 99, size)] for size in (6, 3))
    kernel = [[Fraction(round(24 * entry), 24) for entry in row] for row in FILTER_TRANSFORM]
    np.testing.assert_allclose(np.array(kernel, float), FILTER_TRANSFORM, atol=1e-15)
    products = [
        sum(int(a) * x for a, x in zip(row, d, strict=True)) * sum(b * y for b, y in zip(other, g, strict=True))
        for row, other in zip(INPUT_TRANSFORM, kernel, strict=True)
    ]
    sums = [sum(int(a) * product for a, product in zip(row, products, strict=True)) for row in OUTPUT_TRANSFORM]
    assert sums == [sum(d[i + j] * g[j] for j in range(3)) for i in range(4)]


@pytest.mark.parametrize(("height", "width"), [(7, 7), (8, 8), (15, 5), (4, 9), (1, 2)])
def test_it_is_scipy_s_convolution(height, width):
    from scipy.ndimage import correlate

    from cnn_core.training.winograd import convolve

    maps, kernel = random(2, height, width, 3), random(3, 3, 3, 5, seed=1)
    expected = np.zeros((2, height, width, 5))
    for image in range(2):
        for output in range(5):
            for channel in range(3):
                expected[image, ..., output] += correlate(
                    maps[image, ..., channel].astype(float), kernel[..., channel, output], mode="constant"
                )
    np.testing.assert_allclose(convolve(maps, kernel), expected, atol=2e-4)


@pytest.mark.parametrize("size", [7, 8, 15])
def test_outputs_and_gradients_are_tensorflow_s_own(size):
    import tensorflow as tf

    from cnn_core.training.winograd import convolve

    maps, kernel, upstream = random(3, size, size, 96), random(3, 3, 96, 128, seed=1), random(3, size, size, 128)
    own = with_gradients(lambda x, k: tf.nn.conv2d(x, k, 1, "SAME"), maps, kernel, upstream)
    ours = with_gradients(convolve, maps, kernel, upstream)
    for expected, value in zip(own, ours, strict=True):
        np.testing.assert_allclose(value, expected, atol=3e-4 * expected.std())
    for first, second in zip(ours, with_gradients(convolve, maps, kernel, upstream), strict=True):
        np.testing.assert_array_equal(first, second)  # so that a resumed run is the same run
