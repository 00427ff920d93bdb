"""Done by hand, and against the layer that the network begins with."""

import numpy as np

from cnn_core import architecture, config, preprocessing


def test_scaling_is_that_of_the_first_layer():
    first = architecture.layers(config.PRESETS["report"].network)[0]
    pixels = np.arange(256, dtype=np.uint8)
    scaled = preprocessing.scale(pixels)
    assert scaled.dtype == np.float32
    assert scaled[0] == 0
    assert scaled[-1] == 1
    np.testing.assert_allclose(scaled, pixels * first.settings["scale"], rtol=1e-6)


def test_one_hot():
    assert preprocessing.one_hot(np.array([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_tables_say_what_stands_where():
    pixel = preprocessing.pixel_table(np.array([255, 51, 0], np.uint8))
    assert pixel["stored"].to_dict() == {"red": 255, "green": 51, "blue": 0}
    np.testing.assert_allclose(pixel["scaled"], [1, 0.2, 0], rtol=1e-6)
    label = preprocessing.label_table(1, ("cat", "dog"))
    assert label["one-hot"].to_dict() == {"cat": 0, "dog": 1}
