"""Which answers are looked at first, on four classes by hand."""

import numpy as np
import pytest

from cnn_core import evaluation

LABELS = np.array([0, 0, 1, 1, 2, 2])
PROBABILITIES = np.array(
    [
        [0.9, 0.1, 0.0],  # right, sure
        [0.3, 0.5, 0.2],  # wrong: its label has 0.3
        [0.0, 0.8, 0.2],  # right
        [0.7, 0.1, 0.2],  # wrong: its label has 0.1
        [0.3, 0.3, 0.4],  # right, the least sure
        [0.6, 0.3, 0.1],  # wrong: its label has 0.1 too
    ],
    np.float32,
)


@pytest.mark.parametrize(
    ("order", "places"), [("disagrees", [3, 5, 1]), ("surest", [3, 5, 1]), ("doubtful", [4, 2, 0])]
)
def test_the_orders_are_those_of_the_probability_that_is_meant(order, places):
    assert evaluation.ranked(LABELS, PROBABILITIES, order).tolist() == places


def test_the_surest_mistake_need_not_be_the_greatest_disagreement():
    labels = np.array([0, 0])
    probabilities = np.array([[0.3, 0.7, 0.0], [0.05, 0.5, 0.45]])
    assert evaluation.ranked(labels, probabilities, "surest").tolist() == [0, 1]
    assert evaluation.ranked(labels, probabilities, "disagrees").tolist() == [1, 0]


@pytest.mark.parametrize("order", ["disagrees", "surest", "doubtful"])
def test_equal_probabilities_keep_the_order_of_the_data_set(order):
    probabilities = np.tile([0.5, 0.3, 0.2], (4, 1))
    labels = np.full(4, 0 if order == "doubtful" else 1)
    assert evaluation.ranked(labels, probabilities, order).tolist() == [0, 1, 2, 3]


def test_a_perfect_network_has_no_mistake_and_a_useless_one_no_hit():
    perfect, useless = np.eye(3), np.roll(np.eye(3), 1, axis=1)
    assert not len(evaluation.ranked(np.arange(3), perfect, "disagrees"))
    assert not len(evaluation.ranked(np.arange(3), perfect, "surest"))
    assert not len(evaluation.ranked(np.arange(3), useless, "doubtful"))


def test_the_accuracy_with_and_without_some_images():
    apart = evaluation.accuracy_apart(LABELS, PROBABILITIES, np.array([0, 2, 3]))
    assert apart.n == 3
    assert apart.of_chosen == pytest.approx(2 / 3)  # 0 and 2 are right, 3 is not
    assert apart.of_rest == pytest.approx(1 / 3)  # 4 is right, 1 and 5 are not
    whole = (apart.n * apart.of_chosen + 3 * apart.of_rest) / 6
    assert whole == pytest.approx(evaluation.scores(LABELS, PROBABILITIES).accuracy)


def test_no_image_has_no_accuracy():
    nobody = evaluation.accuracy_apart(LABELS, PROBABILITIES, np.array([], int))
    assert (nobody.n, nobody.of_chosen, nobody.of_rest) == (0, None, 0.5)
    assert evaluation.accuracy_apart(LABELS, PROBABILITIES, np.arange(6)).of_rest is None
