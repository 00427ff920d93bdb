"""The pictures to classify without a photo: drawn alike each time, and seen right by every recorded photo network."""

from pathlib import Path

import numpy as np
import pytest

from cnn_core import data, images
from cnn_core.images import SAMPLES
from cnn_core.inference import Classifier

RECORDED = Path(__file__).parents[1] / "assets" / "runs"


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_sample_is_drawn_alike_and_nobody_can_change_it(sample):
    first = sample.draw()
    before = np.array(first)
    first.paste((0, 0, 0), (0, 0, *first.size))
    np.testing.assert_array_equal(sample.draw(), before)
    assert first.mode == "RGB"
    assert first.size == (360, 240)


@pytest.mark.parametrize("name", ["champion", "best", "minute"])
def test_a_network_sees_what_the_samples_show_cut_and_whole(name):
    """The champion said on the day they were drawn: ship 86%, automobile 83%, airplane 84% (whole)."""
    classes = data.about("cifar10").class_names
    network = Classifier(RECORDED / name / "model.tflite")
    for sample in SAMPLES.values():
        for crop in (images.Crop(), images.whole(sample.draw())):
            probabilities = network.predict(images.to_network_input(sample.draw(), crop)[np.newaxis])[0]
            assert classes[probabilities.argmax()] == sample.shows
            assert probabilities.max() > 0.5
