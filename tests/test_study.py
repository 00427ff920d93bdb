"""What is found out about a trained network, against Keras' own values, scikit-learn and SciPy."""

from dataclasses import replace

import numpy as np
import pytest
from networks import SPECIAL, trained_like
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.metrics.pairwise import cosine_distances
from sklearn.neighbors import NearestNeighbors
from small_training import CONFIG, make_data_set

from cnn_core import architecture
from cnn_core.batches import training_rows
from cnn_core.config import Block, NetworkConfig
from cnn_core.data import strange_images
from cnn_core.evaluation import fit_temperature
from cnn_core.progress import STUDY, Stopped

NETWORKS = {
    "convolutions and dense layers": CONFIG.network,
    "no convolution": SPECIAL["dense only"],
    "the image itself": SPECIAL["linear classifier"],
    "all blocks": SPECIAL["all blocks, dense"],
    "maps of 8,192 values": NetworkConfig(blocks=(Block(32, 1),), head="flatten"),
}


def studied(network, model=None, **options):
    """The study, and what Keras says: logits and features of test, validation and training images."""
    import keras

    from cnn_core.training import study

    recipe = options.pop("recipe", CONFIG.training)
    config = replace(CONFIG, network=network, training=recipe)
    model, data = model or trained_like(network), make_data_set()
    test = data.split("test")
    found = study(model, config, data, test.images(), test.labels, **options)
    layer = model.get_layer(architecture.features(network).name)
    own = keras.Model(model.input, [model.get_layer("logits").output, layer.output])

    def of(images):
        logits, features = own.predict(images, verbose=0)
        return logits.astype(float), features.mean(axis=(1, 2)) if features.ndim == 4 else features

    return found, of, data


@pytest.mark.parametrize("name", NETWORKS)
def test_logits_and_features_are_keras_own(name):
    found, of, data = studied(NETWORKS[name])
    test, validation, train = (data.split(split) for split in ("test", "val", "train"))
    (logits, features), (of_validation, _) = of(test.images()), of(validation.images())
    np.testing.assert_allclose(found.doubt.test, logsumexp(logits, axis=1), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.doubt.validation, logsumexp(of_validation, axis=1), rtol=1e-4, atol=1e-4)
    assert found.doubt.strange.keys() == {"shapes10", "noise", "smooth"}
    noise = logsumexp(of(strange_images("noise"))[0], axis=1)
    np.testing.assert_allclose(found.doubt.strange["noise"], noise, rtol=1e-4, atol=1e-4)

    def loss(temperature):
        return -log_softmax(of_validation / temperature, axis=1)[np.arange(20), validation.labels].mean()

    best = minimize_scalar(loss, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-9})
    assert loss(found.calibration.temperature) == pytest.approx(best.fun, abs=1e-5)
    assert (found.calibration.split, found.calibration.n) == ("val", 20)

    of_training = of(train.images())[1]
    distances, _ = NearestNeighbors(n_neighbors=5, metric="cosine").fit(of_training).kneighbors(features)
    assert found.neighbours.searched == 260
    np.testing.assert_allclose(found.neighbours.similarity, 1 - distances, atol=2e-3)
    named = np.take_along_axis(cosine_distances(features, of_training), found.neighbours.numbers, 1)
    np.testing.assert_allclose(named, distances, atol=1e-4, err_msg="the numbers are of images so similar")


def test_the_map_is_principal_axes_and_keeps_neighbours_together():
    found, of, data = studied(CONFIG.network)
    features = of(data.split("test").images())[1]
    toward = features / np.linalg.norm(features, axis=1, keepdims=True)
    pca = PCA(n_components=2, svd_solver="full").fit_transform(toward)
    np.testing.assert_allclose(np.abs(found.projection.flat), np.abs(pca), atol=1e-4)
    assert found.projection.spread.shape == (60, 2)
    assert trustworthiness(toward, found.projection.spread, n_neighbors=5) > 0.9
    assert found.projection.nearest(features[7])[0] == 7, "an image that is there is nearest to itself"


def test_a_network_that_validated_on_the_test_images_is_calibrated_on_their_first_half():
    recipe = replace(CONFIG.training, validate_on="test")
    found, of, data = studied(CONFIG.network, recipe=recipe)
    test = data.split("test")
    assert (found.calibration.split, found.calibration.n) == ("test", 30)
    assert found.calibration.unseen == slice(30, None)
    logits = of(test.images())[0]
    np.testing.assert_allclose(found.doubt.validation, logsumexp(logits[:30], axis=1), rtol=1e-4)
    assert len(found.doubt.test) == 60
    assert found.neighbours.searched == 280, "the training images are all that are left"
    assert found.calibration.temperature == pytest.approx(fit_temperature(logits[:30], test.labels[:30]), rel=1e-3)


def test_neighbours_are_looked_for_among_the_images_trained_on_alone():
    """A run on 50 of the images, and a worker in a hurry: the first 20 of them."""
    recipe = replace(CONFIG.training, training_images=50)
    rows = set(training_rows(recipe, 260).tolist())
    found, _, _ = studied(CONFIG.network, recipe=recipe)
    assert found.neighbours.searched == 50
    assert set(found.neighbours.numbers.flat) <= rows
    hurried, _, _ = studied(CONFIG.network, recipe=recipe, searched=20)
    assert hurried.neighbours.searched == 20
    assert set(hurried.neighbours.numbers.flat) <= set(sorted(rows)[:20])


def test_a_dead_network_is_studied_too():
    """All weights 0: the same of every image, and features without a direction."""
    model = trained_like(CONFIG.network)
    for weight in model.weights:
        if "moving" not in weight.path:
            weight.assign(np.zeros(weight.shape))
    found, _, _ = studied(CONFIG.network, model)
    assert 0.05 <= found.calibration.temperature <= 20
    np.testing.assert_allclose(found.doubt.test, np.log(10), rtol=1e-6)
    assert not found.projection.spread.any()
    assert found.neighbours.numbers.shape == (60, 5)
    assert np.isfinite(found.neighbours.similarity).all()


def test_it_tells_how_far_it_is_to_the_last_image():
    for recipe in (CONFIG.training, replace(CONFIG.training, validate_on="test")):
        told = []
        studied(CONFIG.network, recipe=recipe, on_measuring=told.append, searched=10)
        done = [each.done for each in told]
        assert done == sorted(done)
        assert (told[-1].split, told[-1].done) == (STUDY, told[-1].total)


def test_it_stops_when_it_is_told_to():
    asked = []

    def should_stop():
        asked.append(True)
        return len(asked) == 3

    with pytest.raises(Stopped):
        studied(CONFIG.network, should_stop=should_stop)
    assert len(asked) == 3
