"""The first layer's filters, found by asking the network: against networks worked out here, and the recorded ones."""

from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from cnn_core.config import Block, NetworkConfig
from cnn_core.convolution import conv2d, pool2d
from cnn_core.convolution.activations import ACTIVATIONS
from cnn_core.convolution.learned import chain, liveliest, read_filters
from cnn_core.inference import Classifier
from cnn_core.runs import Run

RECORDED = sorted((Path(__file__).parents[1] / "assets" / "runs").iterdir())
UNWHITENED = [folder for folder in RECORDED if not Run(folder).config.network.whitening]


class Written:
    """A first layer written out with SciPy: kernels, biases, and the lines of a batch-norm."""

    def __init__(self, network, filters=5, seed=0):
        rng, size = np.random.default_rng(seed), network.kernel_size
        self.network = network
        self.kernels = rng.normal(size=(size, size, 3, filters))
        self.biases = rng.normal(size=filters)
        self.scales, self.shifts = rng.normal(size=(2, filters)) * 3
        if network.block_order == "pool_norm_activation":
            self.biases[:] = 0

    def __call__(self, image):
        maps, values = {}, image / 255
        for layer in chain(self.network):
            if layer.kind == "Conv2D":
                values = np.stack([self.convolve(values, number) for number in range(len(self.biases))], -1)
            elif layer.kind == "Activation":
                values = ACTIVATIONS[layer.settings["activation"]](values)
            elif layer.kind == "BatchNormalization":
                values = values * self.scales + self.shifts
            else:
                values = pool2d(values)
            maps[layer.name] = values.astype(np.float32)
        return maps

    def convolve(self, image, number):
        kernel = self.kernels[..., number]
        sums = [signal.correlate2d(image[..., c], kernel[..., c], self.network.padding) for c in range(3)]
        return sum(sums) + self.biases[number]


def a_network(**settings):
    return NetworkConfig(blocks=(Block(5, 1), Block(6, 1)), **settings)


@pytest.mark.parametrize("order", ["activation_norm_pool", "pool_norm_activation"])
@pytest.mark.parametrize(("size", "padding"), [(3, "same"), (5, "same"), (1, "valid"), (2, "valid"), (3, "valid")])
def test_kernels_biases_and_batch_norm_are_those_of_the_network(order, size, padding):
    network = a_network(block_order=order, padding=padding, kernel_size=size, activation="leaky_relu")
    written = Written(network)
    found = read_filters(written, network)
    for name in ("kernels", "biases", "scales", "shifts"):
        np.testing.assert_allclose(getattr(found, name), getattr(written, name), atol=2e-5, err_msg=name)


def test_without_a_batch_norm_there_is_none():
    network = a_network(batch_norm=False)
    found = read_filters(Written(network), network)
    assert (found.scales, found.shifts) == (None, None)


def test_a_filter_that_is_always_silent_has_no_factor_and_no_number_is_made_up():
    network = a_network(activation="relu")
    written = Written(network)
    written.biases[2] = -1000
    found = read_filters(written, network)
    assert np.isnan(found.scales).tolist() == [False, False, True, False, False]
    assert found.shifts[2] == pytest.approx(written.shifts[2], abs=1e-5)


def test_the_chain_ends_before_the_next_convolution():
    assert [layer.kind for layer in chain(NetworkConfig(blocks=(Block(4, 2, 0.2),)))] == [
        "Conv2D",
        "Activation",
        "BatchNormalization",
    ]
    assert [layer.kind for layer in chain(NetworkConfig(blocks=(Block(4, 1, 0.2),)))][-1] == "MaxPooling2D"
    assert chain(NetworkConfig(blocks=())) == []


@pytest.mark.parametrize("folder", UNWHITENED, ids=lambda folder: folder.name)
def test_the_labs_sum_is_the_recorded_networks_map(folder):
    """With bias, activation and batch-norm, on noise and on flat areas, for every filter."""
    run = Run(folder)
    network, classifier = run.config.network, Classifier(run.classifier_path)
    filters = read_filters(classifier.feature_maps, network)
    rng = np.random.default_rng(4)
    for image in (rng.integers(0, 256, (32, 32, 3)), rng.integers(0, 256, (4, 4, 3)).repeat(8, 0).repeat(8, 1)):
        maps = classifier.feature_maps(image.astype(np.uint8))
        values = conv2d(image / 255, filters.kernels, filters.biases, padding=network.padding)
        for layer in chain(network):
            if layer.kind == "Activation":
                values = ACTIVATIONS[network.activation](values)
            elif layer.kind == "BatchNormalization":
                values = values * filters.scales + filters.shifts
            elif layer.kind.endswith("Pooling2D"):
                values = pool2d(values, network.pooling)
            close = 1e-5 * max(1, np.abs(values).max())
            np.testing.assert_allclose(maps[layer.name], values, atol=close, err_msg=layer.name)


@pytest.mark.parametrize("folder", UNWHITENED, ids=lambda folder: folder.name)
def test_the_last_snapshot_holds_the_networks_kernels(folder):
    run = Run(folder)
    found = read_filters(Classifier(run.classifier_path).feature_maps, run.config.network)
    kept = run.snapshot(run.snapshot_epochs()[-1]).kernels
    np.testing.assert_allclose(found.kernels, kept, atol=1e-3, err_msg="kept in 16 bits")


def test_there_are_recorded_networks_to_test():
    assert {"report", "lesson"} <= {folder.name for folder in UNWHITENED}


def test_the_liveliest_filter_has_the_most_edges_for_its_strength_and_is_not_a_silent_one():
    stripes = np.indices((6, 6))[1] % 2
    sums = np.stack([-9.0 * stripes, 100 + np.zeros((6, 6)), np.indices((6, 6))[1] * 50.0, 0.1 * stripes], -1)
    assert liveliest(sums, np.maximum(sums, 0)) == 3
    assert liveliest(np.zeros((6, 6, 2)), np.zeros((6, 6, 2))) == 0
