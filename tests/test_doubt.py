"""Silence and strangeness: coverage and the energy's line against scikit-learn, SciPy and counting by hand."""

import numpy as np
import pytest
from scipy.special import logsumexp
from sklearn import metrics

from cnn_core import data, evaluation


@pytest.fixture(params=range(3))
def said(request):
    """Labels and probabilities of 400 images, many of them equally sure."""
    rng = np.random.default_rng(request.param)
    labels = rng.integers(0, 10, 400)
    logits = rng.normal(size=(400, 10)) + 2 * np.eye(10)[labels]
    probabilities = np.round(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), 2)
    return labels, probabilities


def test_coverage_at_every_threshold_is_what_counting_finds(said):
    labels, probabilities = said
    found = evaluation.coverage(labels, probabilities)
    sure, is_right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    for threshold in [0.0, 0.2, *np.unique(sure), 0.555, 1.0, 1.1]:
        answered = sure >= threshold
        assert found.at(threshold) == (answered.sum(), is_right[answered].sum())
    for least, share, accuracy in zip(found.least, found.share, found.accuracy, strict=True):
        assert share == np.mean(sure >= least)
        assert accuracy == np.mean(is_right[sure >= least])


def test_coverage_ends_with_the_accuracy_of_all(said):
    labels, probabilities = said
    found = evaluation.coverage(labels, probabilities)
    assert (found.share[-1], found.answered[-1]) == (1, 400)
    assert found.accuracy[-1] == metrics.accuracy_score(labels, probabilities.argmax(axis=1))
    assert (np.diff(found.least) < 0).all()


def test_coverage_of_one_image_and_of_equally_sure_ones():
    one = evaluation.coverage(np.array([3]), np.eye(10)[[3]])
    assert (one.at(0.0), one.at(1.0), one.at(1.5)) == ((1, 1), (1, 1), (0, 0))
    alike = evaluation.coverage(np.array([3, 4]), np.eye(10)[[3, 3]])
    assert (alike.answered.tolist(), alike.right.tolist()) == ([2], [1])  # no order among them


def test_energy_is_scipys_even_where_the_exponential_is_infinite():
    logits = np.random.default_rng(0).normal(scale=30, size=(50, 10)).astype(np.float32)
    logits[0] = 5_000
    np.testing.assert_allclose(evaluation.energy(logits), logsumexp(logits.astype(float), axis=1), rtol=1e-6)


@pytest.mark.parametrize("n", [1, 7, 200])
@pytest.mark.parametrize("accepted", [1, 50, 95, 99, 100])
def test_the_line_lets_so_many_validation_images_pass_and_no_higher_one_does(n, accepted):
    validation = np.random.default_rng(n).normal(size=n).astype(np.float32)
    line = evaluation.Doubt(validation, validation, {}).threshold(accepted)
    assert 100 * (validation >= line).sum() >= accepted * n
    higher = validation[validation > line]
    assert not len(higher) or 100 * (validation >= higher.min()).sum() < accepted * n


def test_how_familiar_an_image_is_counts_the_validation_images_above_it():
    doubt = evaluation.Doubt(np.array([1.0, 2, 3, 4]), np.array([0.0]), {})
    assert [doubt.less_familiar_than(energy) for energy in (0.5, 2, 9)] == [1, 0.5, 0]
    assert evaluation.passing(np.array([1.0, 2, 3, 4]), 2) == 0.75


def test_how_well_kinds_are_told_apart_is_scikit_learns_area_ties_included():
    rng = np.random.default_rng(1)
    own, strange = np.round(rng.normal(1, 1, 300), 1), np.round(rng.normal(0, 1, 170), 1)
    is_own = np.r_[np.ones(300), np.zeros(170)]
    expected = metrics.roc_auc_score(is_own, np.r_[own, strange])
    assert evaluation.told_apart(own, strange) == pytest.approx(expected, abs=1e-12)
    assert evaluation.told_apart(np.ones(5), np.ones(3)) == 0.5
    assert evaluation.told_apart(np.ones(5), np.zeros(3)) == 1


def test_strange_images_are_always_the_same_and_unlike_each_other():
    kinds = {kind: data.strange_images(kind) for kind in ("shapes10", "noise", "smooth")}
    for kind, images in kinds.items():
        assert (images.dtype, images.shape) == (np.uint8, (500, 32, 32, 3))
        assert np.array_equal(images, data.strange_images(kind))
        assert not np.array_equal(images[0], images[1])
    steps = {kind: np.abs(np.diff(images.astype(int), axis=2)).mean() for kind, images in kinds.items()}
    assert steps["noise"] == pytest.approx(255 / 3, rel=0.05)  # of two independent numbers from 0 to 255
    assert steps["smooth"] < steps["noise"] / 3


def test_strange_is_what_the_network_was_not_taught(tmp_path):
    assert data.strange_kinds("cifar10") == ["shapes10", "noise", "smooth"]
    assert data.strange_kinds("shapes10") == ["noise", "smooth"]  # no photographs on this machine


def test_photographs_are_strange_to_a_network_of_shapes_where_they_are_here(tiny_data):
    assert data.strange_kinds("shapes10") == ["cifar10", "noise", "smooth"]
    images = tiny_data.split("test").images()[:500]
    assert np.array_equal(data.strange_images("cifar10"), images)
