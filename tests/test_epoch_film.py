"""A run from epoch to epoch as the player gets it: sentences by hand, scales of the whole film, and how much it is."""

import base64
import json

import numpy as np
import pytest

from cnn_core.runs import Snapshot
from pages.ui.evaluation.epoch_film import MOST_MOMENTS, Watched, film

NAMES = tuple("abcdefghij")


def snapshot(answers, kernels):
    return Snapshot(np.asarray(kernels, np.float16), np.eye(10, dtype=np.float16)[answers])


def watched(labels, kind="validation"):
    return Watched(kind, NAMES, labels, None)


@pytest.fixture
def three_epochs():
    """Four images of classes 0, 0, 1 and 2; a kernel that grows."""
    labels = np.array([0, 0, 1, 2])
    answers = [[0, 1, 1, 1], [0, 0, 2, 1], [0, 0, 1, 2]]
    kernels = [np.full((1, 1, 3, 2), weight) for weight in (0.1, 0.2, 0.4)]
    snapshots = {epoch: snapshot(said, kernel) for epoch, said, kernel in zip((1, 2, 4), answers, kernels, strict=True)}
    return labels, snapshots


def test_the_sentence_has_the_numbers_of_its_epoch(three_epochs):
    labels, snapshots = three_epochs
    assert film(snapshots, watched(labels), learns=True).tracks["sentence"] == [
        "Epoch 1 of 4: 50.0% of the first 4 validation images right; lowest recall c 0%, highest b 100%.",
        "Epoch 2 of 4: 50.0% of the first 4 validation images right; lowest recall b 0%, highest a 100%.",
        "Epoch 4 of 4: 100.0% of the first 4 validation images right; lowest recall a 100%, highest a 100%.",
    ]


def test_the_matrix_has_one_scale_for_the_whole_film(three_epochs):
    labels, snapshots = three_epochs
    matrix = film(snapshots, watched(labels, "test"), learns=True).tracks["matrix"]
    counts = np.reshape(matrix["counts"], (3, 10, 10))
    assert counts.sum(axis=(1, 2)).tolist() == [4, 4, 4]
    assert matrix["tops"] == [2, 1]
    assert matrix["recalls"][0] == [0.5, 1.0, 0.0] + [None] * 7
    assert matrix["note"].startswith("The first 4 test images.")
    assert "blue is 2 images, the strongest orange 1." in matrix["note"]


def test_the_kernels_have_one_scale_around_gray_for_the_whole_film(three_epochs):
    labels, snapshots = three_epochs
    kernels = film(snapshots, watched(labels), learns=True).tracks["kernels"]
    assert kernels["at"] == [1, 2, 4]
    shown = [set(base64.b64decode(pixels)) for pixels in kernels["pixels"]]
    assert shown == [{160}, {192}, {255}], "128 is 0, and the strongest of all epochs is 255"


def test_kernels_that_do_not_learn_are_sent_once_and_said_to_be_so(three_epochs):
    labels, snapshots = three_epochs
    kernels = film(snapshots, watched(labels), learns=False).tracks["kernels"]
    assert kernels["at"] == [1]
    assert "do not learn" in kernels["note"]


def test_the_ribbon_shows_the_answers_over_the_epochs(three_epochs):
    labels, snapshots = three_epochs
    ribbon = film(snapshots, watched(labels), learns=True).tracks["ribbon"]
    assert ribbon["groups"] == [
        {"title": "Became right for good, in this order", "size": 3},
        {"title": "Changed the answer most often", "size": 1},
    ]
    assert ribbon["labels"] == [0, 1, 2, 0]
    assert ribbon["chains"] == [[(0, 1), (1, 0)], [(0, 1), (1, 2), (2, 1)], [(0, 1), (2, 2)], [(0, 0)]]
    assert ribbon["sprite"] is None
    assert "not on this machine" in ribbon["note"]


def test_without_convolution_there_are_no_kernels(three_epochs):
    labels, snapshots = three_epochs
    bare = {epoch: Snapshot(np.zeros((0,), np.float16), at.probabilities) for epoch, at in snapshots.items()}
    assert set(film(bare, watched(labels), learns=True).tracks) == {"sentence", "matrix", "ribbon"}


@pytest.mark.parametrize("labels", [None, np.array([0, 0, 1])])
def test_without_all_labels_there_are_the_kernels_alone(three_epochs, labels):
    _, snapshots = three_epochs
    made = film(snapshots, watched(labels), learns=True)
    assert set(made.tracks) == {"kernels"}
    assert made.places[-1] == "epoch 4 of 4"


@pytest.mark.parametrize("size", [3, 7])
def test_a_film_of_many_epochs_stays_light(size):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 2000)
    snapshots = {
        epoch: snapshot(rng.integers(0, 10, 2000), rng.normal(size=(size, size, 3, 32)))
        for epoch in range(1, MOST_MOMENTS + 1)
    }
    made = film(snapshots, watched(labels), learns=True)
    assert len(made.epochs) == MOST_MOMENTS
    assert len(json.dumps(made.tracks)) < 300_000
