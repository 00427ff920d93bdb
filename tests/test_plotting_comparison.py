"""The figures of two runs: every value at its place, each line told apart without colour, and the same in words."""

import numpy as np
import pandas as pd
import pytest
from handmade import epoch_fields

from cnn_core import plotting


def history(accuracies, *, seconds=6.0, passes=None):
    rows = [epoch_fields(number) for number in range(1, len(accuracies) + 1)]
    table = pd.DataFrame(rows, columns=list(epoch_fields(1)))
    table["val_accuracy"] = np.array(accuracies, float)
    table["seconds"] = seconds * np.arange(1, len(rows) + 1)
    if passes:
        table["passes"] = passes
    return table


class TestCurves:
    def test_both_lines_hold_the_values_and_differ_in_line_and_marker(self):
        a, b = history([0.4, 0.6]), history([0.3, 0.5, 0.7])
        lines = plotting.two_curves(a, b, "accuracy", "epochs").data
        assert [list(line.y) for line in lines] == [[0.4, 0.6], [0.3, 0.5, 0.7]]
        assert [list(line.x) for line in lines] == [[1, 2], [1, 2, 3]]
        assert [line.text[-1] for line in lines] == ["A 60.0%", "B 70.0%"]
        assert lines[0].line.dash != lines[1].line.dash
        assert lines[0].marker.symbol != lines[1].marker.symbol

    def test_seconds_are_the_other_axis_and_the_loss_the_other_metric(self):
        a, b = history([0.4, 0.6], seconds=5), history([0.3], seconds=50)
        lines = plotting.two_curves(a, b, "loss", "seconds").data
        assert [list(line.x) for line in lines] == [[5, 10], [50]]
        assert lines[0].y[0] == a["val_loss"][0]

    def test_ends_at_the_same_place_have_their_texts_apart(self):
        for last, places in ((0.61, ["bottom left", "top left"]), (0.59, ["top left", "bottom left"])):
            figure = plotting.two_curves(history([0.4, 0.6]), history([0.4, last]), "accuracy", "epochs")
            assert [line.textposition for line in figure.data] == places

    @pytest.mark.parametrize("accuracies", [[], [np.nan, np.nan], [0.3]])
    def test_a_run_without_a_line_or_with_one_epoch_is_drawn(self, accuracies):
        a, b = history(accuracies), history([0.4, 0.6])
        for metric in ("accuracy", "loss"):
            figure = plotting.two_curves(a, b, metric, "epochs")
            assert len(figure.data) == 2
        assert len(plotting.two_curves(a, b, "accuracy", "epochs").data[0].y) == int(np.isfinite(accuracies).sum())

    def test_the_sentence_says_where_they_end_and_where_the_longer_one_was(self):
        a, b = history([0.4, 0.6]), history([0.3, 0.5, 0.7])
        said = plotting.describe_two_curves(a, b, "epochs")
        assert said == (
            "Validation accuracy ends for A at 60.0% (loss 1.300) after 2 epochs, B at 70.0% (loss 0.900) after 3 "
            "epochs. When A ended, B was at 50.0%."
        )
        assert "When B ended, A was at 50.0%." in plotting.describe_two_curves(b, a, "epochs")
        assert "When" not in plotting.describe_two_curves(a, a, "epochs")
        slow = history([0.3], seconds=60)
        assert "When A ended, B was not measured yet." in plotting.describe_two_curves(a, slow, "seconds")
        assert "after 60 s" in plotting.describe_two_curves(a, slow, "seconds")

    def test_without_an_epoch_the_sentence_says_so(self):
        assert "A ended before an epoch" in plotting.describe_two_curves(history([]), history([0.5]), "epochs")
        assert "A and B ended" in plotting.describe_two_curves(history([]), history([np.nan]), "epochs")


class TestStrip:
    def test_the_interval_and_the_seeds_are_in_points(self):
        figure = plotting.difference_strip(0.02, (0.01, 0.04), 0.05)
        dot, bar = figure.data
        assert dot.x[0] == pytest.approx(2)
        assert dot.error_x.array[0] == pytest.approx(2)
        assert dot.error_x.arrayminus[0] == pytest.approx(1)
        assert (bar.base[0], bar.x[0]) == (pytest.approx(-5), pytest.approx(10))
        low, high = figure.layout.xaxis.range
        assert low < -5 < 0 < 5 < high
        assert low == -high

    def test_without_repetitions_and_without_a_difference(self):
        figure = plotting.difference_strip(0.0, (0.0, 0.0), None)
        assert len(figure.data) == 1
        assert figure.layout.xaxis.range[0] < 0 < figure.layout.xaxis.range[1]
