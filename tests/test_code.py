"""The code that the pages show gives what the pages show, in a process that cannot import this project."""

import ast
import dataclasses
from dataclasses import replace

import numpy as np
import pytest
import snippets
from PIL import Image
from small_training import lived_in, make_data_set

from cnn_core import architecture, augmentation, evaluation, images
from cnn_core import convolution as lab
from cnn_core.code import convolution, image, inside, network, prediction, written
from cnn_core.code import evaluation as evaluation_code
from cnn_core.config import ACTIVATIONS, HEADS, Block, NetworkConfig
from cnn_core.convolution.activations import ACTIVATIONS as FUNCTIONS
from cnn_core.convolution.activations import cross_entropy, softmax
from cnn_core.data.dataset import Part, store
from cnn_core.explanation import evidence, occlusion
from cnn_core.presets import PRESETS

pytestmark = pytest.mark.slow  # what every test compares comes from one process that imports TensorFlow

NAMES = tuple("abcdefghij")
KERNEL = lab.KERNELS["sobel_x"].weights()
OWN = np.array([[0.5, -1.25], [2.0, 1 / 3]])
REPORT = image.of_numbers(lab.REPORT_IMAGE)
TEST_IMAGE = image.of_data_set("cifar10", "test", 7)
CROP = images.Crop(0.2, 0.7, 1.2)
ODD = {
    "valid": NetworkConfig(blocks=(Block(5, 2, 0.3), Block(7, 1)), padding="valid", kernel_size=2, pooling="average"),
    "no norm": NetworkConfig(blocks=(Block(3, 1),), batch_norm=False, dense_units=(9, 4), dense_activation="tanh"),
    "nothing": NetworkConfig(blocks=(), dense_units=()),
    "early": NetworkConfig(block_order="pool_norm_activation", head="average", initialization="identity"),
    "white": NetworkConfig(blocks=(Block(30, 4),), whitening=True, activation="gelu", batch_norm=False, head="max"),
    "only dense": NetworkConfig(blocks=(), head="max", dense_units=(8,), initialization="identity"),
    **{name: NetworkConfig(blocks=(Block(4, 1, 0.1),), activation=name) for name in ACTIVATIONS},
    **{head: NetworkConfig(blocks=(Block(6, 1),), head=head, batch_norm_momentum=0.6) for head in HEADS},
    "all blocks": NetworkConfig(
        blocks=(Block(30, 2, 0.1), Block(5, 1)),
        head="blocks",
        whitening=True,
        initialization="identity",
        block_order="pool_norm_activation",
        dense_units=(4,),
    ),
}
NETWORKS = {name: preset.network for name, preset in PRESETS.items()} | ODD
TABLE = (
    "[(type(layer).__name__, tuple(layer.output.shape[1:]), layer.count_params()) for layer in model.layers "
    "if type(layer).__name__ != 'InputLayer']"
)
TRAINED = "sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)".replace("np", "__import__('numpy')")
GEOMETRIES = [
    (8, 2, "valid", 1), (9, 2, "same", 1), (7, 1, "same", 2), (6, 3, "full", 1), (8, 1, "full", 2), (5, 2, 2, 1),
    (10, 2, "same", 2), (4, 1, 0, 1),
]  # fmt: skip
SMALL = NetworkConfig(blocks=(Block(6, 1), Block(8, 1)), head="max")
BRANCHED = replace(SMALL, head="blocks")


def lab_plan():
    """Name: code, for each step of the lab with some values; each leaves `result`."""
    plan = {
        "sum": convolution.one_sum(REPORT, KERNEL, (2, 1), is_gray=False),
        "slide": convolution.slide(TEST_IMAGE, OWN, is_gray=True),
    }
    for mode in ("signed", "absolute", "relu", "clipped"):
        plan[f"bench {mode}"] = convolution.bench(TEST_IMAGE, KERNEL, "green", mode)
    plan["bench all"] = convolution.bench(TEST_IMAGE, KERNEL, "all", "absolute")
    for settings in GEOMETRIES:
        side, stride, padding, dilation = settings
        found = convolution.geometry(REPORT, KERNEL, side, stride, padding, dilation, is_gray=False)
        plan |= {f"geometry {settings} {name}": text for name, text in found.items()}
    for name, text in convolution.channels(TEST_IMAGE, slices(), -3.0, is_gray=False).items():
        plan[f"channels {name}"] = text
    for activation in FUNCTIONS:
        for name, text in convolution.bend(REPORT, KERNEL / 10, 0.5, activation, is_gray=False).items():
            plan[f"bend {activation} {name}"] = text
    for mode, size, stride in (("max", 2, 2), ("average", 3, 1), ("min", 2, 1)):
        found = convolution.pool(REPORT, KERNEL, 1.0, "relu", mode, size, stride, is_gray=False)
        plan |= {f"pool {mode} {size} {stride} {name}": text for name, text in found.items()}
    for padding, norm in (("same", (0.5, -0.25)), ("valid", None)):
        found = convolution.learned(TEST_IMAGE, learned_kernel(), 0.1, padding, "relu", norm)
        plan |= {f"learned {padding} {name}": text for name, text in found.items()}
    return plan


def slices():
    return np.stack([OWN, -OWN, 0 * OWN], -1)


def learned_kernel():
    return np.random.default_rng(1).normal(size=(3, 3, 3)).astype(np.float32).astype(float)


@pytest.fixture(scope="module")
def data_set():
    return make_data_set()


@pytest.fixture(scope="module")
def model():
    return lived_in(SMALL)


@pytest.fixture(scope="module")
def predictions():
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 9, 400)  # no image of the last class
    logits = rng.normal(size=(400, 10)) + 3 * np.eye(10)[np.where(rng.random(400) < 0.7, labels, 2)]
    return labels, softmax(logits).astype(np.float32)


@pytest.fixture(scope="module")
def found(tmp_path_factory, data_set, model, predictions):
    """What all code computes, run in one folder with the files that it reads."""
    from cnn_core.training import to_litert

    folder = tmp_path_factory.mktemp("code")
    everything, test = data_set.split("train+val"), data_set.split("test")
    snippets.write_batches(
        folder / "cifar-10-batches-py", everything.source, everything.labels, test.source, test.labels
    )
    parts = [Part("train", 0, everything.source, everything.labels), Part("test", 0, test.source, test.labels)]
    store(folder / "shapes10-v1", {"train": 280, "test": 60}, parts)
    model.save(folder / "model.keras")
    lived_in(BRANCHED).save(folder / "branched.keras")
    (folder / "model.tflite").write_bytes(to_litert(model))
    np.savez(folder / "predictions.npz", labels=predictions[0], probabilities=predictions[1])
    np.savez(folder / "doubt.npz", **doubt().to_arrays())
    photo().save(folder / "photo.jpg", quality=95)
    plan = {f"network {name}": (network.whole(config), [TABLE, TRAINED], {}) for name, config in NETWORKS.items()}
    plan |= {name: (text, ["result"], {}) for name, text in lab_plan().items()}
    return snippets.run(folder, plan | pages_plan()), folder


def pages_plan():
    sure = evaluation_code.reliability
    calibration = evaluation.Calibration(0.6, "test", 100)
    read = ["image"]
    asked = ["image", "probabilities"]
    numbers = image.as_numbers("shapes10", "train", 3, (4, 5), NAMES)
    return {
        "numbers": (numbers, ["image", "pixel", "one_hot", "standardized"], {}),
        "train image": (image.as_numbers("cifar10", "train", 17, (0, 0), NAMES), read, {}),
        "answer": (convolution.answer(np.arange(10) / 3, 2, NAMES), ["shares", "loss"], {}),
        "matrix": (evaluation_code.matrix(NAMES), ["matrix", "accuracy", "loss", "recall", "precision"], {}),
        "raw": (sure(None, is_raw=True), ["counts", "promised", "held", "error"], {}),
        "sure": (sure(calibration, is_raw=False), ["counts", "promised", "held", "error"], {}),
        "ranked": (evaluation_code.ranked("disagrees", calibration, NAMES, is_raw=False), ["first"], {}),
        "surest": (evaluation_code.ranked("surest", None, NAMES, is_raw=True), ["first"], {}),
        "doubtful": (evaluation_code.ranked("doubtful", None, NAMES, is_raw=True), ["first"], {}),
        "passing": (evaluation_code.passing(90, calibration), ["threshold", "accepted", "passing"], {}),
        "maps": (inside.maps(TEST_IMAGE, "block2_pool", 3, (1, 2)), ["image", "maps"], {}),
        "cover": (inside.cover(TEST_IMAGE, 12, 4, 3, "d"), ["covered"], {}),
        "why": (
            inside.evidence(TEST_IMAGE, "block2_pool", (1, "b"), (4, "e"), head="max"),
            ["for_first", "for_second"],
            {},
        ),
        "why branched": (
            inside.evidence(TEST_IMAGE, "block2_pool", (1, "b"), (4, "e"), head="blocks").replace(
                "model.keras", "branched.keras"
            ),
            ["for_first", "for_second"],
            {},
        ),
        "photo": (prediction.answer(image.of_photo(CROP), NAMES, None), asked, {}),
        "views": (prediction.answer(TEST_IMAGE, NAMES, 0.55, views=6), asked, {}),
        "calibrated": (prediction.answer(TEST_IMAGE, NAMES, 0.55), asked, {}),
    }


def doubt():
    rng = np.random.default_rng(8)
    return evaluation.Doubt(rng.normal(size=333), rng.normal(size=400), {"noise": rng.normal(-1, 1, 50)})


def photo():
    rng = np.random.default_rng(2)
    return Image.fromarray(rng.integers(0, 256, (9, 13, 3), np.uint8)).resize((130, 90))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_s_code_has_the_table_s_layers_shapes_and_parameters(name, found):
    table, trained = found[0][f"network {name}"]
    expected = architecture.layers(NETWORKS[name])
    assert table == [(layer.kind, layer.output_shape, layer.parameters) for layer in expected]
    assert trained == architecture.totals(NETWORKS[name]).trainable


def test_every_setting_of_a_network_is_in_its_code(data_set):
    """By the scripts, which are trained beside the app, and here by the text: a setting that changed nothing would be
    forgotten there too."""
    plain = network.whole(NetworkConfig())
    changes = {
        "blocks": (Block(16, 1, 0.2), Block(32, 1), Block(64, 1)), "kernel_size": 5, "padding": "valid",
        "activation": "elu", "batch_norm": False, "batch_norm_momentum": 0.5, "pooling": "average",
        "dense_units": (7,), "whitening": True, "block_order": "pool_norm_activation", "head": "max",
        "initialization": "identity", "classes": 3,
    }  # fmt: skip
    for name, changed in changes.items():
        assert network.whole(replace(NetworkConfig(), **{name: changed})) != plain, name
    fields = {field.name for field in dataclasses.fields(NetworkConfig)} - {"dense_activation"}
    assert set(changes) == fields


def test_the_sums_are_the_lab_s(found, data_set):
    gray = np.rint(lab.luma(data_set.split("test").images(7)[0]))
    green = data_set.split("test").images(7)[0][..., 1]
    results = {name: values[0] for name, values in found[0].items()}
    report = lab.REPORT_IMAGE
    assert results["sum"] == lab.conv2d(report, KERNEL)[2, 1]
    np.testing.assert_allclose(results["slide"], lab.conv2d(gray, OWN))
    sums = lab.conv2d(green, KERNEL)
    for mode, change in lab.DISPLAY_MODES.items():
        np.testing.assert_allclose(results[f"bench {mode}"], change(sums))
    blue = np.abs(lab.conv2d(data_set.split("test").images(7)[0][..., 2], KERNEL))
    np.testing.assert_allclose(results["bench all"][..., 2], blue)
    for settings in GEOMETRIES:
        side, stride, padding, dilation = settings
        expected = lab.conv2d(lab.fit(report, side), KERNEL, stride=stride, padding=padding, dilation=dilation)
        for name in ("NumPy", *(["Keras"] if 1 in (stride, dilation) else [])):
            np.testing.assert_allclose(results[f"geometry {settings} {name}"], expected, atol=1e-4)
        assert (f"geometry {settings} Keras" in results) == (1 in (stride, dilation))


def test_channels_activations_poolings_and_learned_filters_are_the_lab_s(found, data_set):
    results = {name: values[0] for name, values in found[0].items()}
    colour, report = data_set.split("test").images(7)[0], lab.REPORT_IMAGE
    volume = np.maximum(lab.conv2d(colour, slices(), -3.0), 0)
    sums = lab.conv2d(report, KERNEL / 10, 0.5)
    bent = np.maximum(lab.conv2d(report, KERNEL, 1.0), 0)
    for name in ("NumPy", "Keras"):
        np.testing.assert_allclose(results[f"channels {name}"], volume, rtol=1e-5, atol=1e-4)
        for activation, function in FUNCTIONS.items():
            np.testing.assert_allclose(results[f"bend {activation} {name}"], function(sums), atol=1e-5)
        for mode, size, stride in (("max", 2, 2), ("average", 3, 1)):
            expected = lab.pool2d(bent, mode, size=size, stride=stride)
            np.testing.assert_allclose(results[f"pool {mode} {size} {stride} {name}"], expected, rtol=1e-5)
        for padding, factor, summand in (("same", 0.5, -0.25), ("valid", 1, 0)):
            filtered = np.maximum(lab.conv2d(colour / 255, learned_kernel(), 0.1, padding=padding), 0)
            np.testing.assert_allclose(results[f"learned {padding} {name}"], factor * filtered + summand, atol=1e-5)
    np.testing.assert_allclose(results["pool min 2 1 NumPy"], lab.pool2d(bent, "min", size=2, stride=1))


def test_an_image_is_read_as_the_page_shows_it(found, data_set):
    pixels = data_set.split("train+val").images(3)[0]
    read, pixel, one_hot, standardized = found[0]["numbers"]
    np.testing.assert_array_equal(read, pixels)
    np.testing.assert_array_equal(pixel, pixels[4, 5])
    assert one_hot.argmax() == data_set.split("train+val").labels[3]
    np.testing.assert_allclose(standardized, pixels / 64 - 1.9)


def test_an_image_of_cifar_10_is_found_in_its_batch():
    assert "data_batch_3" in image.of_data_set("cifar10", "train", 23_456)[1]
    assert '[b"data"][3456]' in image.of_data_set("cifar10", "train", 23_456)[1]


def test_shares_and_loss_are_the_lab_s(found):
    shares, loss = found[0]["answer"]
    np.testing.assert_allclose(shares, softmax(np.arange(10) / 3), rtol=1e-6)
    assert loss == pytest.approx(cross_entropy(np.arange(10) / 3, 2), rel=1e-6)


def test_matrix_and_scores_are_the_page_s(found, predictions):
    labels, probabilities = predictions
    predicted = probabilities.argmax(1)
    matrix, accuracy, loss, recall, precision = found[0]["matrix"]
    np.testing.assert_array_equal(matrix, evaluation.confusion_matrix(labels, predicted, 10))
    scores = evaluation.scores(labels, probabilities)
    assert (accuracy, loss) == pytest.approx((scores.accuracy, scores.loss), rel=1e-9)
    table = evaluation.per_class(labels, predicted, NAMES)
    np.testing.assert_allclose(recall, table["recall"])
    np.testing.assert_allclose(precision, table["precision"])


@pytest.mark.parametrize("name", ["raw", "sure"])
def test_reliability_is_the_page_s(name, found, predictions):
    labels, probabilities = predictions
    if name == "sure":
        labels, probabilities = labels[100:], evaluation.calibrated(probabilities[100:], 0.6)
    expected = evaluation.reliability(labels, probabilities)
    counts, promised, held, error = found[0][name]
    np.testing.assert_array_equal(counts, expected.counts)
    np.testing.assert_allclose(promised, expected.confidence)
    np.testing.assert_allclose(held, expected.accuracy)
    assert error == pytest.approx(expected.error)


def test_the_first_mistakes_are_the_page_s(found, predictions):
    labels, probabilities = predictions
    calibrated = evaluation.calibrated(probabilities, 0.6)
    for name, said, order in (
        ("ranked", calibrated, "disagrees"),
        ("surest", probabilities, "surest"),
        ("doubtful", probabilities, "doubtful"),
    ):
        np.testing.assert_array_equal(found[0][name][0], evaluation.ranked(labels, said, order))


def test_what_slips_through_is_the_page_s(found):
    threshold, accepted, passing = found[0]["passing"]
    assert threshold == doubt().threshold(90)
    assert accepted == pytest.approx(evaluation.passing(doubt().test[100:], threshold))
    assert passing == {"strange.noise": pytest.approx(evaluation.passing(doubt().strange["noise"], threshold))}


def test_the_answer_is_litert_s(found, data_set):
    from cnn_core.inference import Classifier

    results, folder = found
    classifier = Classifier(folder / "model.tflite")
    with Image.open(folder / "photo.jpg") as opened:
        seen = images.to_network_input(opened, CROP)
    np.testing.assert_array_equal(results["photo"][0], seen)
    np.testing.assert_allclose(results["photo"][1], classifier.predict(seen[np.newaxis])[0], atol=1e-5)
    raw = classifier.predict(data_set.split("test").images(7))[0]
    np.testing.assert_allclose(results["calibrated"][1], evaluation.calibrated(raw, 0.55), atol=1e-5)
    averaged = augmentation.test_time_augmentation(classifier.predict, data_set.split("test").images(7), 6)[0]
    np.testing.assert_allclose(results["views"][1], averaged, atol=1e-5)


def test_maps_evidence_and_covering_are_the_page_s(found, data_set, model):
    from networks import look_inside

    from cnn_core.inference import Classifier

    results, folder = found
    pixels = data_set.split("test").images(7)[0]
    classifier, inner = Classifier(folder / "model.tflite"), look_inside(model)
    np.testing.assert_allclose(results["maps"][1], classifier.feature_maps(pixels)["block2_pool"], atol=1e-4)
    covered = occlusion.cover(classifier.predict, pixels, 12, 4, images.PADDING)
    np.testing.assert_allclose(results["cover"][0], covered.outputs, atol=1e-5)
    both = evidence.of_classes(inner.backward_pass().explain, pixels, [1, 4], law=evidence.EXACT)
    for one, theirs in zip(both, results["why"], strict=True):
        np.testing.assert_allclose(theirs, one.map, atol=1e-4)
    branched = look_inside(lived_in(BRANCHED)).backward_pass().explain
    both = evidence.of_classes(branched, pixels, [1, 4], law=evidence.law_of(BRANCHED))
    for one, theirs in zip(both, results["why branched"], strict=True):
        np.testing.assert_allclose(theirs, one.map, atol=1e-4)


@pytest.mark.parametrize("thing", [1, -0.1, 1 / 3, np.float32(0.1), 1e-9, 'a "b" \\', ("x",), (1, 2), True, None])
def test_what_is_written_comes_back(thing):
    back = ast.literal_eval(written.value(thing))
    assert back == thing or np.float32(back) == thing


def test_an_array_comes_back_exactly():
    values = np.random.default_rng(0).normal(size=(3, 4, 9))
    np.testing.assert_array_equal(eval(written.array(values), {"np": np}), values)
    assert written.array(np.eye(2)) == "np.array([[1, 0],\n          [0, 1]])"
