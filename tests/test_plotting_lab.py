"""The lab's images and figures, checked by the data in them."""

import numpy as np
import pytest

from cnn_core.convolution import geometry
from cnn_core.convolution.activations import ACTIVATIONS
from cnn_core.plotting import lab

MAP = np.array([[-200.0, -100.0], [0.0, 400.0]])


ORANGE, BLUE = [217, 115, 13, 255], [53, 114, 216, 255]


def test_signed_results_are_transparent_at_zero_and_symmetric():
    (picture,) = lab.result_images([np.array([[-2.0, 0.0, 2.0, 1.0]])], "signed")
    assert picture[0, 1, 3] == 0, "no white square in the dark theme"
    assert picture[0, 0].tolist() == ORANGE
    assert picture[0, 2].tolist() == BLUE
    assert picture[0, 3].tolist() == [*BLUE[:3], 128]  # half way, rounded to even


def test_signed_channels_are_three_images_on_one_scale():
    pictures = lab.result_images([MAP, MAP / 2, 0 * MAP], "signed")
    assert len(pictures) == 3
    np.testing.assert_array_equal(pictures[1], lab.signed_image(MAP / 2, 400))
    assert not pictures[2][..., 3].any()


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("absolute", [[128, 64], [0, 255]]), ("relu", [[0, 0], [0, 255]]), ("clipped", [[0, 0], [0, 255]])],
)
def test_other_modes_are_gray(mode, expected):
    (picture,) = lab.result_images([MAP], mode)
    assert picture.shape == (2, 2, 3)
    assert picture[..., 0].tolist() == expected


def test_three_channels_together_are_a_colour_image():
    (picture,) = lab.result_images([MAP, 0 * MAP, -MAP], "clipped")
    assert picture[1, 1].tolist() == [255, 0, 0]
    assert picture[0, 0].tolist() == [0, 0, 200]


def test_a_map_of_zeros_is_no_division_by_zero():
    for mode in ("signed", "absolute", "relu", "clipped"):
        assert lab.result_images([np.zeros((2, 2))], mode)[0].shape == (2, 2, 4 if mode == "signed" else 3)


def test_one_strong_edge_does_not_make_a_large_map_white():
    values = np.ones((32, 32))
    values[0, :3] = -500.0
    (picture,) = lab.result_images([values], "signed")
    assert picture[5, 5].tolist() == BLUE, "in full colour"
    assert picture[0, 0].tolist() == ORANGE
    assert lab.strongest(np.array([[1.0, -3.0]])) == 3, "a small map is scaled to its largest value"
    sparse = np.zeros(1000)
    sparse[7] = 4.0
    assert lab.strongest(sparse) == 4, "not to a percentile that is 0"


def test_contrast_brings_the_full_colour_nearer():
    (picture,) = lab.result_images([MAP], "signed", contrast=2.0)
    assert picture[0, 0].tolist() == ORANGE
    np.testing.assert_array_equal(picture, lab.signed_image(MAP, 200))


def test_a_mosaic_has_every_map_in_its_place_on_one_scale():
    maps = np.stack([np.full((2, 2), number) for number in range(6)], -1).astype(float)
    picture = lab.mosaic(maps, 100)
    scale = (picture.shape[1] // 3 - 1) // 2
    assert picture[0, 0, 3] == 0
    assert picture[-2, -2].tolist() == BLUE
    assert picture[2 * scale, 0].tolist() == [128, 128, 128, 255], "a line between them"


def test_a_strip_keeps_the_strongest_of_the_numbers_that_share_a_pixel():
    values = np.zeros(1000)
    values[501] = -3.0
    picture = lab.strip(values, 100, 4)
    assert picture.shape == (4, 100, 4)
    assert picture[0, 50].tolist() == ORANGE


def test_coverage_map_carries_its_counts_and_crosses_out_what_is_never_read():
    counts = geometry((8, 8), (3, 3), stride=2).coverage()
    heatmap = lab.coverage_map(counts).data[0]
    np.testing.assert_array_equal(heatmap.z, counts)
    assert heatmap.text[7, 0] == "×"
    assert heatmap.text[2, 2] == "4"
    assert lab.coverage_map(np.ones((32, 32), int)).data[0].texttemplate is None


def test_activation_curves_mark_the_point_on_the_chosen_curve():
    drawn = lab.activation_curves("tanh", 1.5)
    assert drawn.data[-1].y[0] == pytest.approx(np.tanh(1.5))
    assert drawn.data[-2].name == "tanh"
    assert len(drawn.data) == len(ACTIVATIONS) + 1


def test_weight_growth():
    drawn = lab.weight_growth([1, 2], [3, 12], [9, 9], 2)
    assert {trace.name: list(trace.y) for trace in drawn.data} == {"dense": [3, 12], "convolution": [9, 9]}
