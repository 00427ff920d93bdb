"""The backward pass as a LiteRT graph against TensorFlow's GradientTape, for networks of every kind."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from networks import SPECIAL, look_inside, random_networks, trained_like

from cnn_core.architecture import last_maps
from cnn_core.config import BLOCK_ORDERS, Block, NetworkConfig
from cnn_core.inference import Anatomy, BackwardPass, ClassifierError, Explained, Network
from cnn_core.runs.arrays import write_arrays
from cnn_core.training.backward import mark
from cnn_core.training.export import to_litert
from cnn_core.training.weights import take_apart

NETWORKS = SPECIAL | random_networks(16, seed=20)
CLOSE = 1e-4  # of the largest value
ONE_PLACE = '{"forward": [], "backward": [{"layer": "logits", "shape": [2, 3], "layout": "%s", "offset": %d}]}'


def noise(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 32, 32, 3)).astype(np.float32)


def by_tape(model, images, weights):
    """The same by TensorFlow's own differentiation."""
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    last = max(place for place, layer in enumerate(layers) if len(layer.output.shape) == 4)
    inputs = tf.constant(images)
    made = {id(model.inputs[0]): inputs}
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        for place, layer in enumerate(layers[:-1]):
            read = layer.input
            given = [made[id(one)] for one in read] if isinstance(read, list) else made[id(read)]
            values = made[id(layer.output)] = layer(given, training=False)
            if place == last:
                maps = values
        total = tf.reduce_sum(values * weights)
    gradients = tape.gradient(total, [inputs, maps])
    return Explained(*(value.numpy() for value in (values, gradients[0], maps, gradients[1])))


def assert_close(ours, theirs):
    for name, one, other in zip(Explained._fields, ours, theirs, strict=True):
        assert one.shape == other.shape, name
        assert np.abs(one - other).max() <= CLOSE * np.abs(other).max(), name


def weights_for(n, seed=1):
    """For two images or more: one class, a difference of two, any mixture."""
    weights = np.random.default_rng(seed).normal(size=(n, 10)).astype(np.float32)
    weights[0], weights[1] = np.eye(10)[3], np.eye(10)[3] - np.eye(10)[5]
    return weights


@cache
def opened(name):
    """The Keras model, and the same opened to look inside; neither is ever changed."""
    model = trained_like(NETWORKS[name])
    return model, look_inside(model)


def test_no_two_marks_are_equal():
    convolutions = [f"block{block}_conv{number}" for block in range(1, 6) for number in range(1, 5)]
    names = ["whiten", *convolutions, "dense1", "dense2", "dense3", "logits"]
    marks = {mark(name, layout) for name in names for layout in ("forward", "backward")}
    assert len(marks) == 2 * len(names)
    assert 1 not in marks, "the converter would leave out a product with 1"


@pytest.mark.parametrize("name", NETWORKS)
def test_logits_maps_and_gradients_are_tensorflow_s(name):
    model, network = opened(name)
    images, weights = noise(3), weights_for(3)
    explained = network.backward_pass().explain(images, weights)
    assert_close(explained, by_tape(model, images, weights))
    assert explained.maps.shape[1:] == last_maps(NETWORKS[name]).output_shape
    assert np.abs(explained.image_gradient).max() > 0


@pytest.mark.parametrize("name", NETWORKS)
def test_every_kernel_is_found_and_can_be_changed(name):
    """All at once, by others of their size: what the same weights make of the images in Keras."""
    model, network = opened(name)
    found = network.kernels()
    assert found.keys() == {layer.name for layer in model.layers if hasattr(layer, "kernel")}
    rng = np.random.default_rng(2)
    changed = {}
    for layer, kernel in found.items():
        np.testing.assert_array_equal(kernel, model.get_layer(layer).kernel)
        changed[layer] = (kernel[rng.permutation(kernel.shape[0])] + rng.normal(0, 0.02, kernel.shape)).astype("f4")
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    for layer, kernel in changed.items():
        twin.get_layer(layer).kernel.assign(kernel)
    images, weights = noise(2, seed=3), weights_for(2)
    ours = network.backward_pass(changed).explain(images, weights)
    assert_close(ours, by_tape(twin, images, weights))
    assert np.abs(ours.logits - network.backward_pass().logits(images)).max() > 0.01


def exact(network):
    """A network whose sums have no rounding on black and white images, so that equal windows give equal values."""
    model = trained_like(network)
    rng = np.random.default_rng(5)
    for weight in model.weights:
        if weight.name == "moving_variance":
            weight.assign(np.full(weight.shape, 1 - 1e-3))  # Keras adds the rest
        elif weight.name in ("gamma", "beta", "moving_mean"):
            weight.assign(np.full(weight.shape, float(weight.name == "gamma")))
        else:
            weight.assign(rng.integers(-1, 2, weight.shape))
    return model


def checkered(n):
    """n by n squares, each black or bright in each channel."""
    return 255 * np.kron(np.random.default_rng(n).integers(0, 2, (n, n, 3)), np.ones((32 // n, 32 // n, 1)))


@pytest.mark.parametrize("order", BLOCK_ORDERS)
@pytest.mark.parametrize(("activation", "pooling", "head"), [
    ("relu", "max", "max"), ("linear", "max", "flatten"), ("leaky_relu", "average", "max"), ("relu", "max", "average"),
    ("relu", "max", "blocks"),
])  # fmt: skip
def test_ties_go_where_tensorflow_sends_them(order, activation, pooling, head):
    """Flat images and images of a few large squares, whose windows are equal: pooling must choose among them."""
    network = NetworkConfig(
        blocks=(Block(4, 1), Block(5, 1)), activation=activation, pooling=pooling, head=head, block_order=order
    )
    model = exact(network)
    flat = [np.full((32, 32, 3), value) for value in (0, 255)]
    squares = [checkered(n) for n in (2, 4, 8, 16)]
    images = np.stack(flat + squares).astype(np.float32)
    weights = weights_for(len(images))
    ours, theirs = look_inside(model).backward_pass().explain(images, weights), by_tape(model, images, weights)
    assert_close(ours, theirs)
    before = model.get_layer("block2_conv1" if order == "pool_norm_activation" else "block2_norm1")
    values = keras.Model(model.input, before.output)(images).numpy()[:, :8, :8].reshape(-1, 4, 2, 4, 2, 5)
    is_largest = values == values.max(axis=(2, 4), keepdims=True)
    assert (is_largest.sum(axis=(2, 4)) > 1).any(), "there are ties"


@pytest.fixture(scope="module")
def exported():
    """A network with everything in it, its forward file, and what looks inside that."""
    model = trained_like(NETWORKS["odd sides"])
    forward_file = to_litert(model)
    return model, forward_file, take_apart(model, forward_file)


@pytest.mark.parametrize(("pooling", "head"), [("max", "flatten"), ("max", "max"), ("average", "average")])
def test_both_passes_take_a_tenth_more_room_than_one(pooling, head):
    """In a network of the report's or the champion's kind; the kernels are in the forward file already."""
    like = {"block_order": "pool_norm_activation", "whitening": True, "activation": "gelu"} if head == "max" else {}
    blocks = (Block(16, 1), Block(32, 2), Block(64, 2))
    network = NetworkConfig(blocks=blocks, pooling=pooling, head=head, dense_units=(64,), **like)
    model = trained_like(network)
    forward_file = to_litert(model)
    anatomy = take_apart(model, forward_file)
    assert len(forward_file) + len(write_arrays(anatomy.to_arrays())) <= 1.1 * len(forward_file)
    opened_again = Network.open(forward_file, Anatomy.from_arrays(**anatomy.to_arrays()))
    images, weights = noise(2), weights_for(2)
    assert_close(opened_again.backward_pass().explain(images, weights), by_tape(model, images, weights))
    for layer, kernel in opened_again.kernels().items():
        np.testing.assert_array_equal(kernel, model.get_layer(layer).kernel)
        if model.get_layer(layer).use_bias:
            np.testing.assert_array_equal(opened_again.biases[layer], model.get_layer(layer).bias)


def test_the_two_files_say_the_same(exported):
    model, forward_file, anatomy = exported
    logits = Network.open(forward_file, anatomy).backward_pass().logits(noise(4))
    np.testing.assert_allclose(tf.nn.softmax(logits), model(noise(4), training=False), atol=1e-5)


def test_another_networks_file_is_refused(exported, network_file):
    _, forward_file, anatomy = exported
    for other in (network_file, forward_file[:-1], forward_file[:5000] + b"?" + forward_file[5001:], b""):
        with pytest.raises(ClassifierError, match=r"do not fit\. Complete the run again"):
            Network.open(other, anatomy)


@pytest.mark.parametrize("graph", [b"", b"not a graph", None])
def test_a_graph_that_is_none_is_refused(graph, exported, network_file):
    with pytest.raises(ClassifierError, match="cannot be read"):
        BackwardPass(network_file if graph is None else graph)


@pytest.mark.parametrize(
    "changes",
    [
        {"graph": np.zeros((2, 2), np.uint8)},
        {"graph": np.zeros(9, np.uint8)},
        {"places": np.array("no JSON")},
        {"places": np.array("{}")},
        {"places": np.array('{"forward": [{}], "backward": []}')},
        {"places": np.array(ONE_PLACE % ("sideways", 0))},
        {"places": np.array(ONE_PLACE % ("forward", -4))},
        {"places": np.array(ONE_PLACE % ("forward", 10**9))},
        {"checksum": np.array("no number")},
    ],
)
def test_arrays_that_are_no_anatomy_are_refused(changes, exported):
    arrays = exported[2].to_arrays() | changes
    with pytest.raises((ValueError, KeyError, TypeError)):
        Anatomy.from_arrays(**arrays)


def test_threads_share_one_backward_pass(exported):
    """Batches of different sizes from eight threads at once: each gets its own answer."""
    _, forward_file, anatomy = exported
    passes = Network.open(forward_file, anatomy).backward_pass()
    batches = [(noise(1 + seed % 11, seed), weights_for(2 + seed % 11, seed)[: 1 + seed % 11]) for seed in range(24)]
    expected = [passes.explain(*batch) for batch in batches]
    together = threading.Barrier(8)

    def explain_all():
        together.wait()
        return [passes.explain(*batch) for batch in batches]

    with ThreadPoolExecutor(8) as pool:
        for answers in [future.result() for future in [pool.submit(explain_all) for _ in range(8)]]:
            for answer, truth in zip(answers, expected, strict=True):
                for one, other in zip(answer, truth, strict=True):
                    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("n", [1, 8, 9])
def test_any_number_of_images_of_either_kind(n, exported):
    _, forward_file, anatomy = exported
    passes = Network.open(forward_file, anatomy).backward_pass()
    images, weights = noise(n), np.ones((n, 10))
    by_float, by_byte = passes.explain(images, weights), passes.explain(images.astype(np.uint8), weights)
    assert by_float.logits.shape == (n, 10)
    assert by_float.image_gradient.shape == (n, 32, 32, 3)
    np.testing.assert_array_equal(by_float.image_gradient, by_byte.image_gradient)
    with pytest.raises(ValueError, match="Expected images"):
        passes.explain(images, np.ones((n + 1, 10)))


def test_at_least_one_image(exported):
    _, forward_file, anatomy = exported
    with pytest.raises(ValueError, match="Expected images"):
        Network.open(forward_file, anatomy).backward_pass().explain(noise(0), np.ones((0, 10)))
