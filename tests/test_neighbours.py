"""The nearest training images, against scikit-learn's search."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from cnn_core import evaluation
from cnn_core.evaluation import Neighbours


@pytest.fixture
def features():
    rng = np.random.default_rng(3)
    return rng.normal(size=(40, 12)), rng.normal(size=(500, 12))


@pytest.mark.parametrize("piece", [500, 90, 3])
def test_the_nearest_are_those_of_scikit_learn_however_they_are_read(features, piece):
    ours, training = features
    pieces = (training[start : start + piece] for start in range(0, len(training), piece))
    found = evaluation.nearest(ours, pieces)
    distances, numbers = NearestNeighbors(n_neighbors=5, metric="cosine").fit(training).kneighbors(ours)
    assert np.array_equal(found.numbers, numbers)
    assert found.similarity == pytest.approx(1 - distances, abs=1e-3)  # kept as float16
    assert found.searched == 500


def test_strength_does_not_count_and_nothing_is_like_nothing():
    training = np.array([[0.0, 0.0], [5.0, 5.0], [1.0, 0.0]])
    found = evaluation.nearest(np.array([[0.1, 0.1]]), [training])
    assert found.numbers[0, :2].tolist() == [1, 2]
    assert found.similarity[0].astype(float) == pytest.approx([1.0, 0.707, 0.0], abs=1e-3)


def test_fewer_training_images_than_asked_for_are_all_of_them(features):
    ours, training = features
    assert evaluation.nearest(ours, [training[:3]]).numbers.shape == (40, 3)


def test_neighbours_survive_their_file_and_damage_is_named(features):
    found = evaluation.nearest(features[0], [features[1]])
    arrays = found.to_arrays()
    again = Neighbours.from_arrays(40, **arrays)
    assert np.array_equal(again.numbers, found.numbers)
    assert again.searched == 500
    for broken in (
        {"numbers": -1 - found.numbers},
        {"numbers": found.numbers[:, :2]},
        {"similarity": found.similarity * np.float16("nan")},
        {"searched": np.array(0)},
    ):
        with pytest.raises(ValueError, match=r".+"):
            Neighbours.from_arrays(40, **(arrays | broken))
    with pytest.raises(ValueError, match="not the neighbours of this test"):
        Neighbours.from_arrays(41, **arrays)
