"""The last layer of every recorded network, read from its answers, against Keras' own numbers in the same file."""

import numpy as np
import pytest

from cnn_core.convolution.answer import read_head, sum_of_class
from cnn_core.inference import Classifier
from cnn_core.runs import list_runs

RECORDED = [run for run in list_runs() if run.is_recorded and run.classifier_path.is_file()]
IMAGE = np.random.default_rng(3).integers(0, 256, (32, 32, 3)).astype(np.uint8)


@pytest.mark.parametrize("run", RECORDED, ids=lambda run: run.id)
def test_each_logit_is_the_sum_that_is_written_out(run):
    network = Classifier(run.classifier_path)
    head = read_head(network, run.config.network)
    maps = network.feature_maps(IMAGE)
    for label in range(10):
        of = sum_of_class(head, maps[head.reads], label)
        assert of.logit == pytest.approx(float(maps["logits"][label]), abs=1e-4)
        assert of.others == maps[head.reads].size - 6
        assert (np.diff(np.abs(of.products)) <= 0).all(), "the largest first"
        np.testing.assert_allclose(of.values, maps[head.reads][of.places])


def test_a_file_whose_weights_are_not_found_gives_none():
    run = next(run for run in RECORDED if run.id == "lesson")

    class Strange(Classifier):
        def constants(self, shape):
            return [2 * constant for constant in super().constants(shape)]

    assert read_head(Strange(run.classifier_path), run.config.network) is None
