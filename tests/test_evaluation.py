"""Every figure against scikit-learn on random data, and against four images worked out by hand."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform
from sklearn import metrics

from cnn_core import evaluation

NAMES = tuple("abcdefghij")


@pytest.fixture(params=range(5))
def random_case(request):
    """Labels and probabilities of 300 images; class 3 has no image and class 7 is never predicted."""
    rng = np.random.default_rng(request.param)
    labels = rng.choice([0, 1, 2, 4, 5, 6, 7, 8, 9], size=300)
    probabilities = rng.dirichlet(np.full(10, 0.3), size=300)
    probabilities[np.arange(300), labels] += rng.random(300)  # better than chance, so that the diagonal stands out
    probabilities[:, 7] = 0
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return labels, probabilities.astype(np.float32)


def test_scores_equal_scikit_learn(random_case):
    labels, probabilities = random_case
    scores = evaluation.scores(labels, probabilities)
    clipped = np.clip(probabilities.astype(float), 1e-7, 1)
    assert scores.n == 300
    assert scores.accuracy == metrics.accuracy_score(labels, probabilities.argmax(axis=1))
    assert scores.loss == pytest.approx(-np.mean(np.log(clipped[range(300), labels])), rel=1e-6)
    assert scores.mse == pytest.approx(metrics.mean_squared_error(np.eye(10)[labels], probabilities), rel=1e-6)


def test_the_loss_is_scikit_learns_where_nothing_is_clipped():
    rng = np.random.default_rng(0)
    labels, probabilities = rng.integers(0, 10, 200), rng.dirichlet(np.ones(10), 200)
    assert evaluation.scores(labels, probabilities).loss == pytest.approx(
        metrics.log_loss(labels, probabilities, labels=range(10)), rel=1e-9
    )


def test_matrix_and_table_equal_scikit_learn(random_case):
    labels, probabilities = random_case
    predicted = probabilities.argmax(axis=1)
    matrix = evaluation.confusion_matrix(labels, predicted, 10)
    np.testing.assert_array_equal(matrix, metrics.confusion_matrix(labels, predicted, labels=range(10)))

    table = evaluation.per_class(labels, predicted, NAMES)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(10), zero_division=0
    )
    assert tuple(table.index) == NAMES
    np.testing.assert_allclose(table["precision"], precision)
    np.testing.assert_allclose(table["recall"], recall)
    np.testing.assert_allclose(table["f1"], f1)
    np.testing.assert_array_equal(table["support"], support)


def test_absent_classes_keep_row_and_column_and_count_as_zero(random_case):
    labels, probabilities = random_case
    predicted = probabilities.argmax(axis=1)
    matrix = evaluation.confusion_matrix(labels, predicted, 10)
    assert matrix.shape == (10, 10)
    assert matrix[3].sum() == 0
    assert matrix[:, 7].sum() == 0
    table = evaluation.per_class(labels, predicted, NAMES)
    assert table.loc["d", "recall"] == 0
    assert table.loc["h", "precision"] == 0
    assert table.loc["h", "f1"] == 0


@pytest.mark.parametrize(("by", "axis", "absent"), [("actual", 1, 3), ("predicted", 0, 7)])
def test_shares_sum_to_one_along_the_named_class(random_case, by, axis, absent):
    labels, probabilities = random_case
    matrix = evaluation.confusion_matrix(labels, probabilities.argmax(axis=1), 10)
    expected = np.ones(10)
    expected[absent] = 0
    np.testing.assert_allclose(evaluation.normalize(matrix, by).sum(axis=axis), expected)


def test_four_images_by_hand():
    # Two images of class 0 (one right, one called 1), one of class 1 (right), one of class 2 (called 1, for certain).
    labels = np.array([0, 0, 1, 2])
    probabilities = np.array([[0.5, 0.25, 0.25], [0.25, 0.75, 0], [0, 1, 0], [0, 1, 0]])
    scores = evaluation.scores(labels, probabilities)
    assert scores.accuracy == 0.5
    assert scores.loss == pytest.approx((np.log(2) + np.log(4) + 0 - np.log(1e-7)) / 4, abs=1e-6)
    assert scores.mse == pytest.approx((0.375 + 1.125 + 0 + 2) / 12)

    matrix = evaluation.confusion_matrix(labels, probabilities.argmax(axis=1), classes=3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    assert evaluation.normalize(matrix, "count").tolist() == matrix.tolist()
    assert evaluation.normalize(matrix, "actual").tolist() == [[0.5, 0.5, 0], [0, 1, 0], [0, 1, 0]]
    assert evaluation.normalize(matrix, "predicted").tolist() == [[1, 1 / 3, 0], [0, 1 / 3, 0], [0, 1 / 3, 0]]

    pairs = evaluation.most_confused(matrix, ("cat", "dog", "frog"), k=5)
    assert pairs.to_dict("records") == [
        {"actual": "cat", "predicted": "dog", "count": 1, "share": 0.5},
        {"actual": "frog", "predicted": "dog", "count": 1, "share": 1.0},
    ]


def test_the_most_confused_pairs_are_the_largest_mistakes(random_case):
    labels, probabilities = random_case
    matrix = evaluation.confusion_matrix(labels, probabilities.argmax(axis=1), 10)
    pairs = evaluation.most_confused(matrix, NAMES, k=4)
    mistakes = sorted((matrix[i, j] for i in range(10) for j in range(10) if i != j), reverse=True)
    assert pairs["count"].tolist() == mistakes[:4]
    for row in pairs.itertuples():
        assert matrix[NAMES.index(row.actual), NAMES.index(row.predicted)] == row.count


def test_a_cell_lists_surest_mistakes_and_least_sure_right_answers_first(random_case):
    labels, probabilities = random_case
    predicted = probabilities.argmax(axis=1)
    matrix = evaluation.confusion_matrix(labels, predicted, 10)
    right = np.eye(10, dtype=bool)
    for cells, sign in ((np.where(right, 0, matrix), -1), (np.where(right, matrix, 0), 1)):
        actual, column = np.unravel_index(cells.argmax(), matrix.shape)
        positions = evaluation.cell_positions(labels, probabilities, actual, column)
        assert len(positions) == matrix[actual, column] > 1
        assert (labels[positions] == actual).all()
        assert (predicted[positions] == column).all()
        assert (sign * np.diff(probabilities[positions, column]) >= 0).all()
    assert len(evaluation.cell_positions(labels, probabilities, 3, 0)) == 0


def test_groups_of_classes_are_counted_together(random_case):
    labels, probabilities = random_case
    predicted = probabilities.argmax(axis=1)
    groups = [[2, 3, 4, 5, 6, 7], [0, 1, 8, 9]]
    of_class = np.array([1, 1, 0, 0, 0, 0, 0, 0, 1, 1])
    joined = evaluation.join_classes(evaluation.confusion_matrix(labels, predicted, 10), groups)
    np.testing.assert_array_equal(joined, metrics.confusion_matrix(of_class[labels], of_class[predicted]))


class TestOrder:
    def test_by_class_and_by_recall(self):
        matrix = np.array([[5, 5, 0], [1, 9, 0], [2, 3, 5]])
        assert evaluation.order_classes(matrix, "class").tolist() == [0, 1, 2]
        assert evaluation.order_classes(matrix, "recall").tolist() == [1, 0, 2]  # 90%, and 50% twice in class order

    def test_similar_classes_stand_together(self):
        """Two pairs that are taken for each other, and a class between them that is taken for one of each."""
        matrix = np.diag([80, 80, 80, 80, 80])
        for one, other, count in ((0, 3, 20), (1, 4, 15), (3, 2, 5), (2, 1, 4)):
            matrix[one, other] += count
        assert evaluation.order_classes(matrix, "similarity").tolist() == [0, 3, 2, 1, 4]

    @pytest.mark.parametrize("seed", range(5))
    def test_the_groups_are_scipys_and_no_order_of_them_has_nearer_neighbours(self, seed):
        matrix = np.random.default_rng(seed).integers(0, 1000, (8, 8))
        shares = matrix / matrix.sum(axis=1, keepdims=True)
        confused = (shares + shares.T) * (1 - np.eye(8))
        distances = (confused.max() - confused) * (1 - np.eye(8))
        orders = {number: [[number]] for number in range(8)}  # of each group of SciPy's tree: all, by turning joins
        for number, (left, right, *_) in enumerate(linkage(squareform(distances), "average"), start=8):
            pairs = [(a, b) for a in orders[int(left)] for b in orders[int(right)]]
            orders[number] = [order for a, b in pairs for order in (a + b, b + a)]
        lengths = {tuple(order): distances[order[:-1], order[1:]].sum() for order in orders[number]}
        found = tuple(evaluation.order_classes(matrix, "similarity").tolist())
        assert lengths[found] == pytest.approx(min(lengths.values()))
        assert found[0] < found[-1]

    @pytest.mark.parametrize("matrix", [np.diag([3] * 10), np.zeros((10, 10), int)])
    def test_classes_that_are_never_confused_stay_in_order(self, matrix):
        for by in ("class", "recall", "similarity"):
            assert evaluation.order_classes(matrix, by).tolist() == list(range(10))


@pytest.mark.parametrize("rows", [0, 3])
def test_scores_refuse_labels_that_do_not_fit(rows):
    with pytest.raises(ValueError, match=f"came with {rows} rows"):
        evaluation.scores(np.arange(4) if rows else np.arange(0), np.full((rows, 10), 0.1))
