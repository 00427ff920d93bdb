"""Surgery: a filter switched off is a map of zeros, for every order and head; an own kernel is Keras with it set."""

import numpy as np
import pytest
from networks import look_inside, trained_like

from cnn_core import convolution
from cnn_core.architecture import layers
from cnn_core.config import Block, NetworkConfig
from cnn_core.explanation import surgery

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
SMALL = {"blocks": (Block(4, 1, 0.2), Block(5, 2)), "padding": "same"}
NETWORKS = {
    "flatten": NetworkConfig(**SMALL),
    "flatten, dense": NetworkConfig(**SMALL, dense_units=(7,), activation="sigmoid"),
    "max": NetworkConfig(**SMALL, head="max", block_order="pool_norm_activation", whitening=True, activation="gelu"),
    "average": NetworkConfig(**SMALL, head="average", block_order="pool_norm_activation", pooling="average"),
    "all blocks": NetworkConfig(**SMALL, head="blocks", block_order="pool_norm_activation", whitening=True),
    "all blocks, dense": NetworkConfig(
        blocks=(Block(4, 2, 0.2), Block(5, 1), Block(3, 1)), head="blocks", dense_units=(7,), activation="sigmoid"
    ),
    "no norm": NetworkConfig(blocks=(Block(3, 2),), batch_norm=False, head="average", activation="tanh"),
    "valid": NetworkConfig(blocks=(Block(4, 2),), padding="valid", kernel_size=5, pooling="average"),
}


@pytest.fixture(scope="module", params=NETWORKS.values(), ids=NETWORKS)
def opened(request):
    """A configuration, its Keras network with lived-in statistics, and the same opened for LiteRT."""
    model = trained_like(request.param)  # a bias or an offset of 0 would hide what follows a switched-off filter
    return request.param, model, look_inside(model)


def without_map(model, network, convolution_name, filters):
    """Keras' logits with the maps set to 0 right before whatever reads them."""
    every = layers(network)
    names = [layer.name for layer in every]
    reader = names.index(surgery.readers_of(network, convolution_name)[0])
    last = max(place for place in range(reader) if len(every[place].output_shape) == 3)
    values, made = IMAGES, {}
    for place, layer in enumerate(every[:-1]):
        read = [made[name] for name in layer.reads] or [values]
        given = read if len(read) > 1 else read[0]
        values = made[layer.name] = np.array(model.get_layer(layer.name)(given, training=False))
        if place == last:
            values[..., list(filters)] = 0
    return values


def test_a_filter_switched_off_is_a_map_of_zeros(opened):
    network, model, inside = opened
    for layer in surgery.convolutions(network):
        for filters in ((0,), (1, 2)):
            changed = surgery.without_filter(inside.kernels(), network, layer.name, *filters)
            logits = inside.backward_pass(changed).logits(IMAGES)
            expected = without_map(model, network, layer.name, filters)
            np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4, err_msg=layer.name)


def test_an_own_kernel_is_kerass_with_the_kernel_set(opened):
    network, model, inside = opened
    for layer in surgery.convolutions(network):
        kernels = inside.kernels()
        size = kernels[layer.name].shape[0]
        own = convolution.resize(convolution.KERNELS["sobel_x"].weights(), size) + np.eye(size)
        changed = surgery.with_kernel(kernels, layer.name, [1], own)
        logits = inside.backward_pass(changed).logits(IMAGES)
        kept = model.get_layer(layer.name).kernel.numpy()
        try:
            model.get_layer(layer.name).kernel.assign(changed[layer.name])
            expected = without_map(model, network, layer.name, ())
        finally:
            model.get_layer(layer.name).kernel.assign(kept)
        np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4, err_msg=layer.name)
        others = [number for number in range(kept.shape[-1]) if number != 1]
        np.testing.assert_array_equal(changed[layer.name][..., others], kept[..., others])


def test_what_is_changed_is_a_copy(opened):
    network, _, inside = opened
    kernels = inside.kernels()
    before = {name: kernel.copy() for name, kernel in kernels.items()}
    first = surgery.convolutions(network)[0].name
    surgery.without_filter(kernels, network, first, 0)
    surgery.with_kernel(kernels, first, [0], np.ones(kernels[first].shape[:2]))
    for name, kernel in kernels.items():
        np.testing.assert_array_equal(kernel, before[name])


def test_an_own_kernel_is_as_long_as_the_one_it_replaces():
    kernels = {"conv": np.random.default_rng(2).normal(size=(3, 3, 3, 2)).astype(np.float32)}
    own = np.array([[1.0, 0, -1]] * 3)
    changed = surgery.with_kernel(kernels, "conv", [1], own)["conv"][..., 1]
    assert np.linalg.norm(changed) == pytest.approx(np.linalg.norm(kernels["conv"][..., 1]), rel=1e-6)
    for channel in range(3):
        np.testing.assert_allclose(changed[..., channel] / changed[0, 0, 0], own)
    assert not surgery.with_kernel(kernels, "conv", [1], np.zeros((3, 3)))["conv"][..., 1].any()


def test_a_kernel_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"3 x 3; the given one is \(5, 5\)"):
        surgery.with_kernel({"conv": np.zeros((3, 3, 3, 2))}, "conv", [0], np.zeros((5, 5)))


def test_a_network_without_a_convolution_has_nothing_to_operate_on():
    assert surgery.convolutions(NetworkConfig(blocks=(), dense_units=(5,))) == []


def test_the_most_active_filter_comes_first():
    maps = np.zeros((4, 4, 3))
    maps[..., 1] = -2
    maps[0, 0, 2] = 5
    assert surgery.most_active(maps) == [1, 2, 0]
