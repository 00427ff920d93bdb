"""LiteRT against the Keras network that was exported: the same probabilities and the same feature maps."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cnn_core import architecture
from cnn_core.config import Block, NetworkConfig
from cnn_core.inference import Classifier, ClassifierError

NETWORK = NetworkConfig(blocks=(Block(4, 1, 0.2), Block(6, 2)), dense_units=(12,))


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def keras_model():
    from cnn_core.training import models

    return models.build_model(NETWORK)


@pytest.fixture(scope="module")
def exported(keras_model, tmp_path_factory):
    from cnn_core.training import export

    path = tmp_path_factory.mktemp("run") / "model.tflite"
    path.write_bytes(export.to_litert(keras_model))
    return path


@pytest.fixture(scope="module")
def classifier(exported):
    return Classifier(exported)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_probabilities_are_keras_own(classifier, keras_model, n):
    images = noise(n)
    probabilities = classifier.predict(images)
    assert probabilities.shape == (n, 10)
    assert probabilities.dtype == np.float32
    if n:
        np.testing.assert_allclose(probabilities, np.asarray(keras_model(images, training=False)), atol=1e-5)


def test_feature_maps_are_every_layers_own(classifier, keras_model):
    image = noise(1)[0]
    maps = classifier.feature_maps(image)
    layers = architecture.layers(NETWORK)
    assert maps.keys() == {layer.name for layer in layers}
    values = image[np.newaxis]
    for layer in layers:
        values = keras_model.get_layer(layer.name)(values)
        assert maps[layer.name].shape == layer.output_shape
        np.testing.assert_allclose(maps[layer.name], np.asarray(values)[0], rtol=1e-4, atol=1e-4, err_msg=layer.name)
    np.testing.assert_array_equal(maps["probabilities"], classifier.predict(image[np.newaxis])[0])


def test_answers_stay_when_the_next_image_is_computed(classifier):
    """They are copies, not views into the interpreter's memory."""
    maps = classifier.feature_maps(noise(1, seed=1)[0])
    before = {name: values.copy() for name, values in maps.items()}
    classifier.predict(noise(20, seed=2))
    for name, values in maps.items():
        np.testing.assert_array_equal(values, before[name])


def test_threads_share_one_classifier(classifier):
    """Batches of different sizes from eight threads at once: each gets its own answer."""
    batches = [noise(1 + seed % 11, seed) for seed in range(40)]
    expected = [classifier.predict(batch) for batch in batches]
    together = threading.Barrier(8)

    def predict_all() -> list[np.ndarray]:
        together.wait()
        return [classifier.predict(batch) for batch in batches]

    with ThreadPoolExecutor(8) as pool:
        for answers in [future.result() for future in [pool.submit(predict_all) for _ in range(8)]]:
            for answer, truth in zip(answers, expected, strict=True):
                np.testing.assert_array_equal(answer, truth)


@pytest.mark.parametrize("images", [noise(2).astype(np.float32), noise(2)[0], noise(2)[:, :16]])
def test_other_arrays_are_refused(classifier, images):
    with pytest.raises(ValueError, match=r"takes uint8 images of \(32, 32, 3\); these are"):
        classifier.predict(images)


def test_feature_maps_are_of_one_image(classifier):
    with pytest.raises(ValueError, match=r"these are uint8 of \(2, 32, 32, 3\)"):
        classifier.feature_maps(noise(2))


def test_files_that_are_no_network_are_refused(tmp_path, exported):
    other = tmp_path / "model.tflite"
    contents = {"missing": None, "empty": b"", "text": b"not a network", "cut off": exported.read_bytes()[:500]}
    for content in contents.values():
        if content is not None:
            other.write_bytes(content)
        with pytest.raises(ClassifierError, match=r"model\.tflite is missing or is not a network\. Export"):
            Classifier(other)
