"""The map: scikit-learn's principal components, its nearest neighbours, and places worked out by hand."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from cnn_core.evaluation import Projection, along_axes, directions, same_class_nearby
from cnn_core.training.study import _project

RNG = np.random.default_rng(3)
FEATURES = RNG.gamma(2.0, size=(120, 9)).astype(np.float32)


def test_the_axes_are_the_principal_ones_of_the_directions():
    along, center, axes = along_axes(FEATURES, 4)
    theirs = PCA(4, svd_solver="full").fit(directions(FEATURES))
    np.testing.assert_allclose(np.abs(along), np.abs(theirs.transform(directions(FEATURES))), atol=1e-4)
    np.testing.assert_allclose(center, theirs.mean_, atol=1e-6)
    assert axes.shape == (9, 4)
    assert along_axes(FEATURES)[0].shape == (120, 9), "there are no more axes than features"


def test_more_features_than_images_have_the_same_axes():
    wide = RNG.gamma(2.0, size=(20, 300)).astype(np.float32)
    along, _, axes = along_axes(wide)
    theirs = PCA(19, svd_solver="full").fit(directions(wide))
    np.testing.assert_allclose(np.abs(along[:, :19]), np.abs(theirs.transform(directions(wide))), atol=1e-4)
    assert axes.shape == (300, 20)
    assert not axes[:, 19].any(), "twenty images have nineteen directions"


def test_a_new_image_finds_the_images_that_the_whole_features_find():
    projection = Projection(np.zeros((120, 2), np.float32), *along_axes(FEATURES))
    neighbours = NearestNeighbors(n_neighbors=5).fit(directions(FEATURES))
    for photo in RNG.gamma(2.0, size=(6, 9)):
        theirs = neighbours.kneighbors(directions(photo[np.newaxis]), return_distance=False)[0]
        np.testing.assert_array_equal(projection.nearest(photo), theirs)
    assert projection.nearest(7.5 * FEATURES[17])[0] == 17, "a stronger image of the same mixture"


def test_how_many_neighbours_have_the_same_class():
    places, labels = RNG.normal(size=(200, 2)), RNG.integers(0, 10, 200)
    around = NearestNeighbors(n_neighbors=11).fit(places).kneighbors(places, return_distance=False)[:, 1:]
    assert same_class_nearby(places, labels) == pytest.approx((labels[around] == labels[:, None]).mean())
    in_pairs = np.array([[0, 0], [0, 1], [9, 0], [9, 1]])
    assert same_class_nearby(in_pairs, np.array([1, 1, 2, 3]), k=1) == 0.5
    assert same_class_nearby(in_pairs, np.array([1, 1, 1, 1])) == 1
    assert same_class_nearby(in_pairs[:1], np.array([1])) == 0


@pytest.mark.parametrize("n", [1, 2, 5, 120])
def test_every_number_of_images_gets_a_map(n):
    projection = _project(FEATURES[:n])
    assert projection.spread.shape == projection.flat.shape == (n, 2)
    assert np.isfinite(projection.spread).all()
    back = Projection.from_arrays(n, **projection.to_arrays())
    np.testing.assert_allclose(back.spread, projection.spread, rtol=1e-3, atol=1e-2)
    assert len(back.nearest(FEATURES[0])) == min(n, 5)


def test_a_network_that_finds_all_images_alike_lays_them_on_one_spot():
    assert not _project(np.zeros((30, 6), np.float32)).spread.any()


def test_the_map_is_the_same_each_time_and_keeps_groups_together():
    labels = np.arange(120) % 3
    features = FEATURES + 6 * np.eye(9)[labels]
    one, other = _project(features), _project(features)
    np.testing.assert_array_equal(one.spread, other.spread)
    assert same_class_nearby(one.spread, labels) > 0.95


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"spread": np.full((120, 2), np.nan)}, "not a number"),
        ({"spread": np.zeros((119, 2))}, "do not fit"),
        ({"features": np.zeros(120)}, "do not fit"),
        ({"center": np.zeros(3)}, "do not fit"),
        ({"axes": np.zeros((9, 3))}, "do not fit"),
    ],
)
def test_a_damaged_map_is_refused(change, why):
    arrays = _project(FEATURES).to_arrays()
    assert Projection.from_arrays(120, **arrays)
    with pytest.raises(ValueError, match=why):
        Projection.from_arrays(120, **arrays | change)
    with pytest.raises(ValueError, match="do not fit"):
        Projection.from_arrays(100, **arrays)
