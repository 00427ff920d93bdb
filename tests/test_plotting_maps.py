"""A map over its image: where a cell lies, what its colour says, and its number."""

import numpy as np
import pytest

from cnn_core.explanation.occlusion import Covered
from cnn_core.plotting import maps

GRAY = np.full((32, 32, 3), 100, np.uint8)


def test_a_cell_lies_on_its_share_of_the_image_in_the_colour_of_its_sign():
    values = np.zeros((8, 8))
    values[0, 7], values[7, 0] = 2, -2
    drawn = maps.over_image(GRAY, values, 2.0, 64).astype(int)
    assert drawn.shape == (64, 64, 3)
    red, _, blue = drawn[0, -1]
    assert blue > red + 50, "adds: blue, in the upper right corner"
    red, _, blue = drawn[-1, 0]
    assert red > blue + 50, "takes away: orange, in the lower left one"
    assert len(set(drawn[30, 30])) == 1, "nothing: the image in gray"
    np.testing.assert_array_equal(drawn[:8, 56:], np.broadcast_to(drawn[0, -1], (8, 8, 3)))


def test_small_maps_have_their_numbers_and_large_ones_do_not():
    small = maps.over_image(GRAY, np.ones((2, 2)), 1.0, 200)
    assert (small == 0).all(axis=-1).any(), "black digits"
    large = maps.over_image(GRAY, np.ones((5, 5)), 1.0, 200)
    assert len(np.unique(large.reshape(-1, 3), axis=0)) == 1


def test_maps_share_the_scale_of_the_strongest():
    assert maps.limit_of([np.array([[1.0, -3.0]]), np.array([[2.0, 0.0]])]) == 3
    assert maps.limit_of([np.zeros((2, 2))]) == 0


@pytest.mark.parametrize(("value", "text"), [(1.234, "1.23"), (-0.5, "−0.50"), (-0.001, "0.00"), (0.0, "0.00")])
def test_numbers_have_a_real_minus_and_no_negative_zero(value, text):
    assert maps.written(value) == text


@pytest.mark.parametrize(("size", "stride"), [(4, 2), (8, 3), (12, 4)])
def test_what_a_square_takes_lies_in_its_middle(size, stride):
    places = (32 - size) // stride + 1
    covered = Covered(size, stride, np.zeros((places, places, 10)), np.zeros(10))
    values = np.zeros((places, places))
    values[1, 2] = 1
    drawn = covered.placed(values)
    assert drawn.shape == (64, 64)
    rows, columns = np.nonzero(drawn)
    assert (rows.min() + rows.max() + 1) / 4 == stride + size / 2
    assert (columns.min() + columns.max() + 1) / 4 == 2 * stride + size / 2
