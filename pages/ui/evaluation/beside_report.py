"""A run beside the report: its figures, and why a repetition does not reach the report's."""

import streamlit as st

from cnn_core import facts
from cnn_core.config import ExperimentConfig
from cnn_core.presets import PRESETS
from cnn_core.results import about_smoothing, results_table
from cnn_core.runs import Run
from pages.ui.text import plain


def show_beside_report(run: Run) -> None:
    """The two columns; below a repetition of the report, what was tried to explain the difference."""
    st.header("Beside the report", anchor=False)
    table = results_table(run).rename(columns=plain)
    table.loc["hardware"] = table.loc["hardware"].map(plain)
    st.table(table)
    if smoothed := about_smoothing(run):
        st.caption(smoothed)
    if run.config.data_set != "cifar10":
        st.caption("The report's figures are for CIFAR-10; this run was trained and tested on another data set.")
    elif _is_repetition(run.config):
        last = run.history()["val_accuracy"].tail(5)
        st.caption(
            f"Why not the report's accuracy? In its last {len(last)} epochs this run's test accuracy moved between "
            f"{last.min():.1%} and {last.max():.1%}. {facts.why_not_the_report()}"
        )


def _is_repetition(config: ExperimentConfig) -> bool:
    """Whether this run uses the report's own recipe, unchanged."""
    return (config.network, config.training) == (PRESETS["report"].network, PRESETS["report"].training)
