"""Answers from epoch to epoch: against scikit-learn on random answers, and by hand on a few images."""

from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from cnn_core import data
from cnn_core.evaluation import growth
from cnn_core.runs import Run

CLASSES = list(range(10))


@pytest.fixture
def random_answers():
    """Of 7 epochs, better and better; class 3 has no image and class 7 is never said."""
    rng = np.random.default_rng(0)
    labels = rng.choice([0, 1, 2, 4, 5, 6, 7, 8, 9], size=300)
    guesses = rng.choice([0, 1, 2, 3, 4, 5, 6, 8, 9], size=(7, 300))
    knows = rng.random((7, 300)) < np.linspace(0.1, 0.9, 7)[:, None]
    return labels, np.where(knows & (labels != 7), labels, guesses)


def test_each_epoch_has_the_matrix_of_scikit_learn(random_answers):
    labels, answers = random_answers
    counts = growth.matrices(labels, answers, 10)
    assert counts.shape == (7, 10, 10)
    for matrix, said in zip(counts, answers, strict=True):
        np.testing.assert_array_equal(matrix, metrics.confusion_matrix(labels, said, labels=CLASSES))


def test_each_epoch_has_the_recalls_of_scikit_learn(random_answers):
    labels, answers = random_answers
    recalls = growth.recalls(growth.matrices(labels, answers, 10))
    for shares, said in zip(recalls, answers, strict=True):
        expected = metrics.recall_score(labels, said, labels=CLASSES, average=None, zero_division=np.nan)
        np.testing.assert_allclose(shares, expected)
    assert np.isnan(recalls[:, 3]).all(), "a class without an image has none"
    assert (recalls[:, 7] == 0).all(), "a class that is never said has none of its images recognised"


# Seven images of class 1 over four epochs, a row an epoch.
LABELS = np.ones(7, int)
ANSWERS = np.array([
    #0  1  2  3  4  5  6
    [1, 0, 1, 2, 0, 0, 0],
    [1, 2, 0, 1, 0, 3, 1],
    [1, 0, 1, 1, 0, 1, 0],
    [1, 1, 0, 1, 0, 1, 1],
])  # fmt: skip


def test_settled_are_the_images_that_were_wrong_and_then_right_for_good_in_that_order():
    assert growth.settled(LABELS, ANSWERS, 10).tolist() == [3, 5, 1, 6]


def test_of_many_settled_images_some_are_taken_all_along_the_way():
    """Image i is right from epoch i + 1 on."""
    epochs, images = np.ogrid[:60, :59]
    answers = (epochs > images).astype(int)
    assert growth.settled(np.ones(59, int), answers, 3).tolist() == [0, 29, 58]


def test_restless_are_those_that_changed_most_often_first():
    assert growth.restless(ANSWERS, 3, but=np.array([])).tolist() == [1, 2, 6]  # three changes each
    assert growth.restless(ANSWERS, 9, but=np.array([2, 3])).tolist() == [1, 6, 5, 0, 4]


def test_after_one_epoch_nothing_has_changed():
    assert growth.settled(LABELS, ANSWERS[:1], 3).tolist() == []
    assert growth.restless(ANSWERS[:1], 2, but=np.array([], int)).tolist() == [0, 1]


def test_a_chain_names_each_answer_and_the_epoch_from_which_on_it_is_given():
    assert growth.chain(np.array([4, 5, 5, 7, 5])) == [(0, 4), (1, 5), (3, 7), (4, 5)]
    assert growth.chain(np.array([0, 0])) == [(0, 0)]


def test_thinned_epochs_are_even_and_keep_both_ends():
    assert growth.thinned([1, 2, 5], 120) == [1, 2, 5]
    kept = growth.thinned(range(1, 251), 120)
    assert (len(kept), kept[0], kept[-1]) == (120, 1, 250)
    assert set(np.diff(kept)) == {2, 3}
    assert growth.thinned([3, 4], 1) == [3]


def test_the_report_s_second_epoch_is_what_the_lesson_says():
    """More right than after the first, yet far fewer frogs."""
    root = Path(__file__).parents[1]
    assert "after its second epoch the report's network" in (root / "assets" / "pages" / "evaluation.md").read_text()
    run = Run(root / "assets" / "runs" / "report")
    answers = np.stack([run.snapshot(epoch).probabilities.argmax(axis=1) for epoch in (1, 2)])
    counts = growth.matrices(run.predictions().labels[: answers.shape[1]], answers, 10)
    first, second = counts.trace(axis1=1, axis2=2)
    assert second > first + 100
    frogs = growth.recalls(counts)[:, data.about("cifar10").class_names.index("frog")]
    assert frogs[1] < frogs[0] - 0.3
