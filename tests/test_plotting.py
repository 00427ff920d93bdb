"""The data in the figures: which numbers are drawn where. How it looks is judged by eye, on screenshots of the app."""

import json
import math

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
            "seconds": [10.0, 20.0, 30.0],
            "loss": [2.0, 1.0, 0.5],
            "accuracy": [0.3, 0.6, 0.9],
            "mse": [0.08, 0.05, 0.02],
            "val_loss": [1.9, 1.2, 1.1],
            "val_accuracy": [0.35, 0.55, 0.6],
            "val_mse": [0.08, 0.06, 0.05],
        }
    )


def drawn(history=None, batches=None, samples=None, **named):
    """The lines by their kind; a table that is not given has its columns, and no row."""
    tables = [
        given if given is not None else pd.DataFrame(columns=columns)
        for given, columns in ((history, HISTORY), (batches, BATCHES), (samples, SAMPLES))
    ]
    return {line.kind: line for line in plotting.lines(*tables, **named)}


HISTORY = ["epoch", "passes", "seconds", "loss", "accuracy", "mse", "val_loss", "val_accuracy", "val_mse"]
BATCHES = ["epoch", "batch", "batches", "seconds", "loss", "accuracy", "mse"]
SAMPLES = ["passes", "seconds", "n", "val_loss", "val_accuracy", "val_mse"]


def batch(epoch, number, loss, seconds=0.0, batches=100):
    return dict(zip(BATCHES, (epoch, number, batches, seconds, loss, 0.1 * epoch, 0.08), strict=True))


@pytest.mark.parametrize("metric", plotting.METRICS)
def test_curves_show_both_splits_and_chance(history, metric):
    found = drawn(history, validation_name="test", n=10_000)
    training, validation = found["training"], found["validation"]
    assert training.passes == validation.passes == [1, 2, 2.3]
    assert training.values[metric] == history[metric].tolist()
    assert validation.values[metric] == history[f"val_{metric}"].tolist()
    assert validation.name == "test, all 10,000 images"
    (chart,) = (c for c in plotting.drawing(list(found.values()), classes=10)["charts"] if c["metric"] == metric)
    assert chart["chance"] == plotting.chance(10)[metric]


@pytest.mark.parametrize(("classes", "mse"), [(10, 0.09), (3, 2 / 9), (2, 0.25)])
def test_chance_is_what_equal_probabilities_score(classes, mse):
    scores = evaluation.scores(np.arange(classes), np.full((classes, classes), 1 / classes))
    chance = plotting.chance(classes)
    assert chance["loss"] == pytest.approx(scores.loss) == pytest.approx(math.log(classes))
    assert chance["mse"] == pytest.approx(scores.mse) == pytest.approx(mse)
    assert chance["accuracy"] == scores.accuracy == 1 / classes


def test_each_epoch_so_far_continues_the_training_curve_and_stays_when_the_epoch_has_ended(history):
    history["passes"] = [1.0, 2.0, 3.0]
    rows = [batch(3, 5, 9.9, 20), batch(3, 50, 0.7, 25), batch(4, 4, 0.2, 31), batch(4, 10, 0.42, 32)]
    running = drawn(history, pd.DataFrame([*rows, batch(4, 25, 0.45, 33)]))["running"]
    assert running.passes == pytest.approx([2, 2.5, 3, 3, 3.1, 3.25])
    assert running.values["loss"] == [1.0, 0.7, 0.5, 0.5, 0.42, 0.45], "without the first batches, which jump about"
    assert running.pieces == [3, 3, 3, 4, 4, 4]
    assert running.seconds == [25, 25, 30, 32, 32, 33]


def test_the_first_epoch_is_drawn_before_it_ends():
    found = drawn(batches=pd.DataFrame([batch(1, 1, 2.3, batches=2)]))
    assert found["running"].passes == [0.5]
    assert not found["training"].passes
    assert "sample" not in found


def test_what_was_not_known_yet_at_a_moment_is_not_the_last_point(history):
    line = drawn(history)["validation"]
    assert [line.last(seconds) for seconds in (9.9, 10, 29, 1000)] == [None, 0, 1, 2]


def test_scales_hold_the_whole_run_in_few_round_steps(history):
    sent = plotting.drawing(list(drawn(history).values()), classes=10, planned=20)
    assert sent["last"] == 20
    assert [text for _, text in sent["ticks"]] == ["0", "4", "8", "12", "16", "20 epochs"]
    tops = {chart["metric"]: chart["top"] for chart in sent["charts"]}
    assert tops == {"accuracy": 1.0, "loss": 3.0, "mse": 0.1}, "chance is on each of them"
    history.loc[2, "val_loss"] = 7.1
    assert plotting.drawing(list(drawn(history).values()), classes=10)["charts"][1]["top"] == 8
    history.loc[2, "val_loss"] = 3e38  # a learning rate that is too high, just before the loss is no number
    assert plotting.drawing(list(drawn(history).values()), classes=10)["charts"][1]["top"] == 3e38
    assert plotting.drawing(list(drawn(history).values()), classes=10)["last"] == 2.3
    ticks = plotting.drawing(list(drawn().values()), classes=10)["ticks"]
    assert [text for _, text in ticks] == ["0", "0.2", "0.4", "0.6", "0.8", "1 epoch"]


def test_a_run_of_hours_is_as_light_as_one_of_minutes_and_does_not_tremble_as_it_grows():
    rows = pd.DataFrame([batch(1, n, 2.0, n, batches=10_000) for n in range(1, 9001)])
    running = drawn(batches=rows)["running"]
    assert 120 < len(running.passes) <= 250
    assert running.seconds[-1] == 9000, "the last is always there"
    longer = drawn(batches=rows[:8990])["running"]
    assert longer.seconds[:-1] == running.seconds[: len(longer.seconds) - 1]
    assert [len(plotting.thinned(rows[:n])) for n in (0, 1, 249, 300)] == [0, 1, 249, 151]
    assert len(json.dumps(plotting.drawing([running], classes=10))) < 20_000


def test_a_number_that_is_none_reaches_the_browser_as_null(samples):
    samples.loc[1, "val_loss"] = math.nan
    told = plotting.drawing(list(drawn(samples=samples).values()), classes=10)["lines"]
    (sent,) = (line for line in told if line["kind"] == "sample")
    assert sent["loss"] == [2.0, None]
    json.dumps(sent, allow_nan=False)


@pytest.fixture
def samples():
    return pd.DataFrame(
        {
            "passes": [0.4, 1.6], "seconds": [3.0, 9.0], "n": [500, 500],
            "val_loss": [2.0, 1.5], "val_accuracy": [0.25, 0.5], "val_mse": [0.08, 0.06],
        }
    )  # fmt: skip


def test_samples_are_a_line_of_their_own_under_a_name_that_says_how_many(history, samples):
    line = drawn(history, samples=samples, validation_name="test")["sample"]
    assert line.name == "test, always the same 500 images"
    assert line.passes == [0.4, 1.6]
    assert line.values["accuracy"] == [0.25, 0.5]


def test_curves_in_words(history, samples):
    words = plotting.describe_curves(history, classes=10, validation_name="test")
    assert words == (
        "Test accuracy went from 35.0% to 60.0% in 2.3 epochs; training accuracy, the mean of the last epoch, is "
        "90.0%, 30.0 points ahead of it. Guessing gives 10%."
    )
    after_one = plotting.describe_curves(history[:1], classes=10)
    assert "Validation accuracy is 35.0% after 1 epoch; training" in after_one
    assert "is 30.0%, 5.0 points behind it" in after_one
    assert plotting.describe_curves(history[:0], classes=10) == "No epoch has ended yet. Guessing gives 10%."
    assert plotting.describe_curves(history[:0], classes=10, samples=samples) == (
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
