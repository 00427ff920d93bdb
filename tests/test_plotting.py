"""The data in the figures: which numbers are drawn where. How it looks is judged by eye, on screenshots of the app."""

from math import log

import numpy as np
import pandas as pd
import pytest

from cnn_core import architecture, evaluation, plotting
from cnn_core.presets import PRESETS

NAMES = ("a", "b", "c")


@pytest.fixture
def history():
    return pd.DataFrame(
        {
            "epoch": [1, 2, 3],
            "passes": [1.0, 2.0, 2.3],  # a limit in seconds cut the third short
            "loss": [2.0, 1.0, 0.5],
            "accuracy": [0.3, 0.6, 0.9],
            "mse": [0.08, 0.05, 0.02],
            "val_loss": [1.9, 1.2, 1.1],
            "val_accuracy": [0.35, 0.55, 0.6],
            "val_mse": [0.08, 0.06, 0.05],
        }
    )


def traces(drawn):
    return {trace.name: trace for trace in drawn.data}


@pytest.mark.parametrize("metric", ["loss", "accuracy", "mse"])
def test_curves_show_both_splits_and_chance(history, metric):
    drawn = plotting.training_curves(history, metric, validation_name="test")
    train, validation = traces(drawn)["training, mean of each epoch"], traces(drawn)["test"]
    assert list(train.x) == list(validation.x) == [1, 2, 2.3]
    assert list(train.y) == list(history[metric])
    assert list(validation.y) == list(history[f"val_{metric}"])
    assert validation.line.width > train.line.width
    assert train.line.color != validation.line.color
    assert [shape.y0 for shape in drawn.layout.shapes] == [plotting.CHANCE[metric]]


def test_chance_is_what_equal_probabilities_score():
    labels, probabilities = np.arange(10), np.full((10, 10), 0.1)
    scores = evaluation.scores(labels, probabilities)
    assert plotting.CHANCE["loss"] == pytest.approx(scores.loss) == pytest.approx(log(10))
    assert plotting.CHANCE["mse"] == pytest.approx(scores.mse) == pytest.approx(0.09)
    assert plotting.CHANCE["accuracy"] == 0.1


def test_the_running_epoch_continues_the_training_curve(history):
    history["passes"] = [1.0, 2.0, 3.0]
    under_way = pd.DataFrame({"epoch": [4, 4], "batch": [10, 25], "batches": [100, 100], "loss": [0.42, 0.45]})
    drawn = plotting.training_curves(history, "loss", under_way=under_way, epochs=8)
    running = traces(drawn)["training, mean of this epoch so far"]
    assert list(running.x) == pytest.approx([3, 3.1, 3.25])
    assert list(running.y) == [0.5, 0.42, 0.45]
    assert drawn.layout.xaxis.range[1] == pytest.approx(8.2)


def test_between_two_epochs_nothing_is_drawn_as_running(history):
    drawn = plotting.training_curves(history, "loss", under_way=pd.DataFrame())
    assert set(traces(drawn)) == {"training, mean of each epoch", "validation"}


def test_the_first_epoch_is_drawn_before_it_ends():
    under_way = pd.DataFrame({"epoch": [1], "batch": [1], "batches": [2], "accuracy": [0.2]})
    drawn = plotting.training_curves(pd.DataFrame(), "accuracy", under_way=under_way)
    assert list(traces(drawn)["training, mean of this epoch so far"].x) == [0.5]
    assert not len(traces(drawn)["training, mean of each epoch"].x)


@pytest.fixture
def samples():
    return pd.DataFrame(
        {
            "passes": [0.4, 1.6], "seconds": [3.0, 9.0], "n": [500, 500],
            "val_loss": [2.0, 1.5], "val_accuracy": [0.25, 0.5], "val_mse": [0.08, 0.06],
        }
    )  # fmt: skip


@pytest.mark.parametrize("metric", plotting.METRICS)
def test_samples_are_drawn_thin_under_a_name_of_their_own(history, samples, metric):
    drawn = traces(plotting.training_curves(history, metric, validation_name="test", samples=samples))
    sampled = drawn["test, sample of 500"]
    assert list(sampled.x) == [0.4, 1.6]
    assert list(sampled.y) == list(samples[f"val_{metric}"])
    assert sampled.marker.size < drawn["test"].marker.size
    assert sampled.line.color == drawn["test"].line.color


def test_samples_are_drawn_before_the_first_epoch_ends_and_their_absence_draws_nothing(samples):
    assert "validation, sample of 500" in traces(plotting.training_curves(pd.DataFrame(), "loss", samples=samples))
    assert len(plotting.training_curves(pd.DataFrame(), "loss", samples=pd.DataFrame()).data) == 2


def test_curves_in_words(history, samples):
    words = plotting.describe_curves(history, validation_name="test")
    assert words == (
        "Test accuracy went from 35.0% to 60.0% in 2.3 epochs; training accuracy, the mean of the last epoch, is "
        "90.0%, 30.0 points ahead of it. Guessing gives 10%."
    )
    after_one = plotting.describe_curves(history[:1])
    assert "Validation accuracy is 35.0% after 1 epoch; training" in after_one
    assert "is 30.0%, 5.0 points behind it" in after_one
    assert plotting.describe_curves(history[:0]) == "No epoch has ended yet. Guessing gives 10%."
    assert plotting.describe_curves(history[:0], samples=samples) == (
        "No epoch has ended yet. On a sample of 500 validation images accuracy was 50.0% after 1.6 epochs. "
        "Guessing gives 10%."
    )


def test_class_counts_keep_the_order_of_the_classes():
    (bars,) = plotting.class_counts(np.array([5, 0, 1200]), NAMES).data
    assert list(bars.y) == list(NAMES)
    assert list(bars.x) == [5, 0, 1200]
    assert list(bars.text) == ["5", "0", "1,200"]


def test_no_image_at_all_still_gives_an_axis():
    assert plotting.class_counts(np.zeros(3, int), NAMES).layout.xaxis.range[1] > 0


def test_probability_bars_mark_the_prediction_and_the_label():
    (bars,) = plotting.probability_bars(np.array([0.2, 0.7, 0.1]), NAMES, actual=2).data
    assert list(bars.x) == [0.2, 0.7, 0.1]
    assert list(bars.text) == ["20.0%", "70.0%", "10.0% · its label"]
    assert np.argmax(bars.marker.opacity) == 1


def test_parameter_bars_hold_every_parameter_of_the_network():
    table = architecture.table(PRESETS["report"].network)
    drawn = plotting.parameter_bars(table)
    assert sum(sum(trace.x) for trace in drawn.data) == 2_253_906
    in_order = table.loc[table["parameters"] > 0, "layer"]
    assert list(drawn.layout.yaxis.categoryarray) == list(in_order)


def test_every_probability_is_written_even_beside_an_empty_bar():
    (bars,) = plotting.probability_bars(np.array([0.0, 0.9, 0.1]), ["a", "b", "c"], actual=1).data
    assert list(bars.text) == ["0.0%", "90.0% · its label", "10.0%"]
    assert list(bars.textposition) == ["outside", "inside", "outside"]
