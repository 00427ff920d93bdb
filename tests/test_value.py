"""One value taken apart, against a case by hand and against Keras: the sum that is printed is the convolution's."""

from decimal import Decimal

import numpy as np
import pytest
from small_training import lived_in

from cnn_core.architecture import layers
from cnn_core.config import Block, NetworkConfig
from cnn_core.explanation import flow
from cnn_core.explanation.flow import Reach
from cnn_core.explanation.value import Place, add_up, decimals_for, trace

NETWORKS = {
    "report's order": NetworkConfig(blocks=(Block(3, 2), Block(4, 1, 0.2)), activation="tanh", dense_units=(8,)),
    "pooled first": NetworkConfig(
        blocks=(Block(3, 2), Block(4, 2)), whitening=True, block_order="pool_norm_activation", head="max",
        activation="gelu", initialization="identity",
    ),
    "pooled first, averages": NetworkConfig(
        blocks=(Block(3, 1), Block(5, 2)), block_order="pool_norm_activation", head="average", pooling="average",
        activation="sigmoid", batch_norm=False,
    ),
    "even kernels": NetworkConfig(
        blocks=(Block(3, 2), Block(2, 1)), kernel_size=4, pooling="average", activation="elu"
    ),
    "valid": NetworkConfig(blocks=(Block(3, 1), Block(2, 2)), kernel_size=5, padding="valid", activation="silu"),
    "single pixels": NetworkConfig(blocks=(Block(2, 1),), kernel_size=1, batch_norm=False),
}  # fmt: skip


@pytest.fixture(scope="module", params=NETWORKS)
def opened(request):
    """A network that has lived, with the maps of one image, by layer."""
    import keras

    network = NETWORKS[request.param]
    model = lived_in(network, seed=5)
    every = keras.Model(model.input, {layer.name: layer.output for layer in model.layers[1:]})
    image = np.random.default_rng(1).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8)
    return network, model, {name: np.asarray(values)[0] for name, values in every(image, training=False).items()}


def places(shape, seed=0):
    """All four corners of a map and a few places within."""
    height, width, filters = shape
    rng = np.random.default_rng(seed)
    corners = [(row, column) for row in (0, height - 1) for column in (0, width - 1)]
    within = [(int(rng.integers(height)), int(rng.integers(width))) for _ in range(6)]
    return [Place(int(rng.integers(filters)), *cell) for cell in corners + within]


def test_the_sum_is_the_convolution_s_and_the_result_is_what_the_map_shows(opened):
    network, model, maps = opened
    found = flow.columns(network)
    assert [column.name for column in found] == [layer.name for layer in layers(network) if layer.kind == "Conv2D"]
    for column in found:
        layer = model.get_layer(column.name)
        bias = None if layer.bias is None else np.asarray(layer.bias)
        for at in places(column.maps.output_shape):
            value = trace(column, maps, np.asarray(layer.kernel), bias, at)
            assert value.sum == pytest.approx(maps[column.name][(*value.cell, at.filter)], abs=1e-4)
            assert value.result == pytest.approx(maps[column.maps.name][at.row, at.column, at.filter], abs=1e-4)


def test_each_step_follows_from_the_one_before(opened):
    from cnn_core.convolution.activations import ACTIVATIONS

    network, model, maps = opened
    for column in flow.columns(network):
        layer = model.get_layer(column.name)
        bias = None if layer.bias is None else np.asarray(layer.bias)
        at = places(column.maps.output_shape)[-1]
        value = trace(column, maps, np.asarray(layer.kernel), bias, at)
        before = value.sum
        for step in value.steps:
            assert min(abs(given - before) for given in step.given) < 1e-4
            expected = {
                "Activation": lambda step: ACTIVATIONS[step.function](step.given[0]),
                "BatchNormalization": lambda step: step.factor * step.given[0] + step.summand,
                "MaxPooling2D": lambda step: max(step.given),
                "AveragePooling2D": lambda step: np.mean(step.given),
            }[step.kind](step)
            assert step.result == pytest.approx(float(expected), abs=1e-3)
            before = step.result


def test_the_square_on_the_image_has_exactly_the_pixels_that_can_change_the_value(opened):
    import keras
    import tensorflow as tf

    network, model, _ = opened
    image = tf.Variable(np.random.default_rng(1).uniform(0, 1, (1, 32, 32, 3)).astype(np.float32))
    for column in flow.columns(network):
        part = keras.Model(model.get_layer("scale").output, model.get_layer(column.maps.name).output)
        for at in places(column.maps.output_shape)[:6]:
            with tf.GradientTape() as tape:
                value = part(image, training=False)[0, at.row, at.column, at.filter]
            touched = np.abs(tape.gradient(value, image)[0].numpy()).sum(2) > 0
            top, left, bottom, right = column.reach.square(at.row, at.column)
            outside = touched.copy()
            outside[top:bottom, left:right] = False
            assert not outside.any()
            if network.pooling == "average":  # where nothing is left out
                rows, columns = (np.flatnonzero(touched.any(axis)) for axis in (1, 0))
                assert (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1) == (top, left, bottom, right)


def test_a_case_by_hand():
    """Two 3 x 3 kernels in a row with padding, on an image of ones: a corner's window has four pixels of nine."""
    network = NetworkConfig(blocks=(Block(1, 2),), batch_norm=False, activation="linear")
    first, second = flow.columns(network)
    assert (first.reach, second.reach) == (Reach(3, 1, -1), Reach(5, 1, -2))
    assert second.reach.square(0, 31) == (0, 29, 3, 32)
    ones = np.ones((32, 32, 3), np.float32)
    maps = {"scale": ones, "block1_conv1": ones[..., :1], "block1_activation1": ones[..., :1]}
    value = trace(first, maps, np.full((3, 3, 3, 1), 0.5, np.float32), np.array([2.0], np.float32), Place(0, 0, 0))
    assert value.cell == (0, 0)
    np.testing.assert_array_equal(value.channel_sums, [2, 2, 2])
    assert value.sum == 8
    np.testing.assert_array_equal(value.window[..., 0], [[0, 0, 0], [0, 1, 1], [0, 1, 1]])


def test_pooled_columns_know_what_stands_between_them():
    late, early = (flow.columns(NETWORKS[name]) for name in ("report's order", "pooled first"))
    assert [column.pooling and column.pooling.kind for column in late] == [None, "MaxPooling2D", "MaxPooling2D"]
    assert [column.ratio for column in late] == [1, 1, 2]
    assert [column.pooling for column in early] == [None] * 5
    assert [column.maps.output_shape[:2] for column in early] == [(31, 31), (15, 15), (15, 15), (7, 7), (7, 7)]
    assert flow.columns(NetworkConfig(blocks=())) == []


@pytest.mark.parametrize("seed", range(20))
def test_rounded_terms_add_up_to_the_rounded_sum_as_printed(seed):
    rng = np.random.default_rng(seed)
    terms = rng.normal(0, 10.0 ** rng.integers(-2, 3), rng.integers(1, 9)).tolist()
    decimals = decimals_for(terms)
    rounded, total = add_up(terms, decimals)
    assert sum(Decimal(f"{term:.{decimals}f}") for term in rounded) == Decimal(f"{total:.{decimals}f}")
    assert total == pytest.approx(sum(terms), abs=0.51 * 10**-decimals)
    assert all(abs(one - other) < 10**-decimals for one, other in zip(rounded, terms, strict=True))


def test_the_strongest_channels_come_first():
    network = NetworkConfig(blocks=(Block(1, 1),), batch_norm=False)
    maps = {name: np.ones((32, 32, 3), np.float32) for name in ("scale", "block1_conv1", "block1_activation1")}
    kernel = np.zeros((3, 3, 3, 1), np.float32)
    kernel[1, 1, :, 0] = 1, -3, 2
    value = trace(flow.columns(network)[0], maps, kernel, None, Place(0, 5, 5))
    assert value.strongest(2).tolist() == [1, 2]
    assert value.bias == 0
