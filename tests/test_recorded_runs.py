"""The runs that come with the project are whole, and give the same figures on every page."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnn_core import data, runs
from cnn_core.architecture import layers
from cnn_core.augmentation import test_time_augmentation as average_over_views
from cnn_core.config import IMAGE_SHAPE
from cnn_core.evaluation import scores
from cnn_core.explanation.filters import IMAGES
from cnn_core.inference import Classifier, Network
from cnn_core.presets import PRESETS
from cnn_core.runs import Run, RunState

RECORDED = Path(__file__).parents[1] / "assets" / "runs"
RUNS = sorted(file.parent for file in RECORDED.glob("*/config.json"))
MEGABYTES_AT_MOST = {"report": 25, "champion": 40}


def test_the_report_is_among_them():
    assert RECORDED / "report" in RUNS


@pytest.mark.parametrize("folder", RUNS, ids=lambda folder: folder.name)
def test_a_recorded_run_is_whole_and_agrees_with_itself(folder):
    run = Run(folder)
    assert run.state() == RunState.FINISHED
    result, measured = run.result(), scores(*run.predictions())
    assert measured.n == result.test_n == 10_000
    assert (measured.accuracy, measured.loss, measured.mse) == pytest.approx(
        (result.test_accuracy, result.test_loss, result.test_mse)
    )
    assert run.snapshot_epochs() == list(run.history()["epoch"])
    assert run.snapshot(1).probabilities.shape == (2000, 10)
    outputs = {layer.name for layer in layers(run.config.network)}
    assert Classifier(run.classifier_path).feature_maps(np.zeros(IMAGE_SHAPE, np.uint8)).keys() == outputs
    assert run.checkpoint() is None
    megabytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    assert megabytes < MEGABYTES_AT_MOST.get(folder.name, 12)


@pytest.mark.parametrize("folder", RUNS, ids=lambda folder: folder.name)
def test_one_can_look_inside_a_recorded_run(folder):
    """Its backward pass says what its network says, each kernel is known, and so is what wakes each filter."""
    run = Run(folder)
    convolutions = {layer.name: layer for layer in layers(run.config.network) if layer.kind == "Conv2D"}
    network = Network.open(run.classifier_path.read_bytes(), run.anatomy())
    kernels = network.kernels()
    assert kernels.keys() == {layer.name for layer in layers(run.config.network) if layer.kind in ("Conv2D", "Dense")}
    images = np.random.default_rng(0).integers(0, 256, (2, *IMAGE_SHAPE), dtype=np.uint8)
    powers = np.exp(network.backward_pass().logits(images).astype(float))
    probabilities = Classifier(run.classifier_path).predict(images)
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), probabilities, atol=1e-5)
    facts = run.filter_facts()
    assert facts.n == IMAGES
    assert facts.awake.keys() == facts.patches.keys() == convolutions.keys()
    assert all(len(facts.awake[name]) == kernels[name].shape[-1] for name in convolutions)


def test_the_report_s_run_is_its_preset_and_no_worse_than_a_plain_repetition():
    run = Run(RECORDED / "report")
    assert run.config == PRESETS["report"]
    assert len(run.history()) == 20
    assert run.result().test_accuracy > 0.83


@pytest.mark.parametrize(("name", "accuracy"), [("minute", 0.8), ("best", 0.9), ("champion", 0.935)])
def test_a_run_that_is_named_after_a_preset_is_its_preset(name, accuracy):
    run = Run(RECORDED / name)
    recipe = replace(run.config.training, seed=PRESETS[name].training.seed)
    assert replace(run.config, training=recipe) == PRESETS[name]
    assert run.result().test_accuracy_over_views > run.result().test_accuracy > accuracy


@pytest.mark.parametrize("folder", RUNS, ids=lambda folder: folder.name)
def test_its_network_gives_the_recorded_probabilities(folder, shapes10_dir, monkeypatch):
    """LiteRT on the data set itself, against what Keras said when the run ended."""
    run = Run(folder)
    if run.config.data_set == "cifar10":
        pytest.skip("CIFAR-10's images are not in the tests' data folder; see test_on_the_real_images")
    monkeypatch.setenv("CNN_DATA_DIR", str(shapes10_dir))
    assert_same_probabilities(run, data.load(run.config.data_set))


@pytest.mark.parametrize("folder", RUNS, ids=lambda folder: folder.name)
def test_on_the_real_images(folder, real_cifar10):
    run = Run(folder)
    if run.config.data_set != "cifar10":
        pytest.skip("trained on drawings; see test_its_network_gives_the_recorded_probabilities")
    assert_same_probabilities(run, real_cifar10)


@pytest.mark.parametrize("folder", RUNS, ids=lambda folder: folder.name)
def test_its_accuracy_over_views_can_be_measured_again(folder, real_cifar10):
    """LiteRT over all views of some test images: what the run says of all of them, within chance."""
    run = Run(folder)
    if not (views := run.result().test_views):
        pytest.skip("tested on one view only")
    test = real_cifar10.split("test")
    some = np.arange(0, len(test), 20)
    probabilities = average_over_views(Classifier(run.classifier_path).predict, test.images(some), views)
    accuracy = scores(test.labels[some], probabilities).accuracy
    assert accuracy == pytest.approx(run.result().test_accuracy_over_views, abs=0.03)


def assert_same_probabilities(run, data_set):
    test = data_set.split("test")
    labels, probabilities = run.predictions()
    np.testing.assert_array_equal(labels, test.labels)
    some = np.arange(0, len(test), 50)
    np.testing.assert_allclose(
        Classifier(run.classifier_path).predict(test.images(some)), probabilities[some], atol=1e-4
    )


def test_the_most_accurate_on_photographs_is_the_first_of_them(monkeypatch):
    monkeypatch.setattr(runs.files, "recorded_dir", lambda: RECORDED)
    listed = runs.list_runs()
    assert listed[0].id == "champion"
    assert {run.id for run in listed} == {folder.name for folder in RUNS}
    assert all(run.is_recorded for run in listed)
    photographs = [run.result().test_accuracy for run in listed if run.config.data_set == "cifar10"]
    assert photographs == sorted(photographs, reverse=True)
    assert [run.config.data_set for run in listed] == sorted(run.config.data_set for run in listed)
