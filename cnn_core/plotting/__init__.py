"""Arrays and tables in, figures out; knows no Streamlit. One style, so that a colour means the same on every page.

The curves of a run are the browser's to draw, since they move: of them come the points and the scales.

A figure has a `describe_...` beside it where one sentence can say what it shows, for people who cannot see it.
"""

from cnn_core.plotting.changes import accuracy_over, describe_accuracy, describe_flips, probability_lines
from cnn_core.plotting.classes import class_counts, describe_counts, describe_shares, probability_bars
from cnn_core.plotting.comparison import describe_two_curves, difference_strip, two_curves
from cnn_core.plotting.curves import METRICS, chance, describe_curves, drawing, lines, thinned, written_passes
from cnn_core.plotting.doubt import describe_doubt, energy_histogram
from cnn_core.plotting.matrix import change_cells, describe_groups, describe_matrix, matrix_cells
from cnn_core.plotting.matrix_files import matrix_csv, matrix_svg
from cnn_core.plotting.network import describe_parameters, describe_pipeline, parameter_bars, pipeline
from cnn_core.plotting.style import enlarged
from cnn_core.plotting.sureness import (
    coverage_curve,
    describe_bin,
    describe_coverage,
    describe_reliability,
    name_bin,
    reliability_bins,
)
from cnn_core.plotting.surgery import before_and_after, describe_answer, describe_recalls, recall_change

__all__ = [
    "METRICS",
    "accuracy_over",
    "before_and_after",
    "chance",
    "change_cells",
    "class_counts",
    "coverage_curve",
    "describe_accuracy",
    "describe_answer",
    "describe_bin",
    "describe_counts",
    "describe_coverage",
    "describe_curves",
    "describe_doubt",
    "describe_flips",
    "describe_groups",
    "describe_matrix",
    "describe_parameters",
    "describe_pipeline",
    "describe_recalls",
    "describe_reliability",
    "describe_shares",
    "describe_two_curves",
    "difference_strip",
    "drawing",
    "energy_histogram",
    "enlarged",
    "lines",
    "matrix_cells",
    "matrix_csv",
    "matrix_svg",
    "name_bin",
    "parameter_bars",
    "pipeline",
    "probability_bars",
    "probability_lines",
    "recall_change",
    "reliability_bins",
    "thinned",
    "two_curves",
    "written_passes",
]
