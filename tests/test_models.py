"""The Keras networks and their LiteRT twins."""

from dataclasses import replace

import numpy as np
import pytest
from small_training import lived_in

from cnn_core.config import Block, NetworkConfig
from cnn_core.presets import PRESETS

pytestmark = pytest.mark.slow  # every test here imports TensorFlow

SMALL = NetworkConfig(blocks=(Block(4, 2, 0.2), Block(8, 1)), dense_units=(6,))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3), np.uint8)


def test_the_report_s_parameters():
    from cnn_core.training.models import build_model

    model = build_model(PRESETS["report"].network)
    assert model.count_params() == 2_253_906
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == 2_251_218


def test_probabilities_are_the_softmax_of_the_logits(images):
    from scipy.special import softmax

    from cnn_core.training.models import logits_model, predictor

    model = lived_in(SMALL)
    probabilities = predictor(model, chunk=5)(images)
    assert probabilities.shape == (16, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(probabilities, softmax(logits_model(model)(images).numpy(), axis=1), atol=1e-6)


def test_pixels_are_scaled_inside_the_network(images):
    import keras

    model = lived_in(SMALL)
    scaled = keras.Model(model.input, model.get_layer("scale").output)(images).numpy()
    np.testing.assert_allclose(scaled, images / 255, atol=1e-7)


FAST = replace(PRESETS["minute"].network, blocks=(Block(6, 2), Block(30, 2)))  # fewer filters than 24, and more


@pytest.mark.parametrize("network", [SMALL, PRESETS["linear"].network, FAST], ids=["convolutional", "linear", "fast"])
def test_litert_gives_the_same_numbers_for_every_layer(network, images, tmp_path):
    import keras

    from cnn_core.inference import Classifier
    from cnn_core.training import predictor, to_litert

    model = lived_in(network)
    file = tmp_path / "model.tflite"
    file.write_bytes(to_litert(model))
    classifier = Classifier(file)
    np.testing.assert_allclose(classifier.predict(images), predictor(model)(images), atol=1e-5)
    maps = classifier.feature_maps(images[0])
    for layer in model.layers[1:]:
        expected = keras.Model(model.input, layer.output)(images[:1], training=False)[0].numpy()
        np.testing.assert_allclose(maps[layer.name], expected, atol=1e-4, err_msg=layer.name)


def test_the_first_kernels():
    from cnn_core.training.models import build_model, first_kernels

    assert first_kernels(build_model(SMALL)).shape == (3, 3, 3, 4)
    assert first_kernels(build_model(PRESETS["linear"].network)).size == 0


def test_a_saved_network_needs_nothing_of_ours(images, tmp_path):
    """It opens with Keras alone: no custom layer is in the file."""
    import keras

    from cnn_core.training.models import predictor

    model = lived_in(SMALL)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        predictor(keras.saving.load_model(tmp_path / "model.keras"))(images), predictor(model)(images)
    )


def test_whitened_patches_are_uncorrelated_and_of_one_size():
    """Photograph-like images: neighbouring pixels are nearly equal before, and independent after."""
    from scipy.ndimage import gaussian_filter

    from cnn_core.training.models import whitening_filters

    images = gaussian_filter(np.random.default_rng(0).normal(size=(200, 20, 20, 3)), (0, 1, 1, 0.5)) * 8
    filters = whitening_filters(images, 2)
    assert filters.shape == (2, 2, 3, 24)
    np.testing.assert_array_equal(filters[..., :12], -filters[..., 12:])
    answers = np.einsum(
        "nyxcij,ijcf->nyxf", np.lib.stride_tricks.sliding_window_view(images, (2, 2), (1, 2)), filters[..., :12]
    ).reshape(-1, 12)
    moments = answers.T @ answers / len(answers)
    np.testing.assert_allclose(moments, np.diag(np.diag(moments)), atol=1e-4)
    assert (np.diag(moments) > 0.9).all()
    assert (np.diag(moments) < 1.001).all()


def test_whitening_is_learned_from_the_images_and_never_trained(images):
    from cnn_core.training.models import build_model, initialize, whitening_filters

    model = build_model(FAST)
    initialize(model, FAST, images)
    scaled = (images.astype(np.float32) / 64) - 1.9
    np.testing.assert_allclose(model.get_layer("whiten").kernel, whitening_filters(scaled, 2), rtol=1e-3, atol=1e-4)
    assert not any("whiten" in variable.path for variable in model.trainable_variables)


@pytest.mark.parametrize("kernel_size", [2, 3, 4])
def test_the_identity_start_passes_channels_on(images, kernel_size):
    import keras

    from cnn_core.training.models import build_model, initialize

    network = replace(FAST, kernel_size=kernel_size, batch_norm=False, activation="linear")
    model = build_model(network)
    initialize(model, network, images)
    for name in ("block1_conv2", "block2_conv1", "block2_conv2"):
        layer = model.get_layer(name)
        before = keras.Model(model.input, layer.input)(images).numpy()
        after = keras.Model(model.input, layer.output)(images).numpy()
        shared = min(before.shape[-1], after.shape[-1])
        np.testing.assert_allclose(after[..., :shared], before[..., :shared], atol=1e-4)
    random = np.asarray(model.get_layer("block2_conv1").kernel)[..., 6:]
    bound = 1 / np.sqrt(kernel_size**2 * 6)  # of so many inputs
    assert 0.9 * bound < np.abs(random).max() <= bound
    assert np.std(model.get_layer("logits").kernel) == pytest.approx(1 / 30, rel=0.15)
