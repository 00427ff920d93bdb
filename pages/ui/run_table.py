"""The table of all runs. A tick in it belongs to a run, even when its row moves as others come and go."""

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from cnn_core.runs import Run, RunError
from pages.ui import server, watched
from pages.ui.lessons import locks
from pages.ui.run_words import IMPORTED, badge, duration, learned_on, network, recipe, training_images

_TABLE = "training.table"
_FORMATS = {  # as above the curves; pandas writes any other fraction with six digits
    "test accuracy": "{:.2%}",
    "trained for": duration,
    "epochs": "{:g}",
    "validation accuracy": "{:.1%}",
    "training accuracy": "{:.1%}",
}


def show_table(listed: list[Run], shown: Run | None) -> None:
    """All runs with their settings and results; a click on a row makes it the watched one."""
    rows = {run.id: row for run in listed if (row := _row(run))}
    ids = list(rows)
    ticked = [ids.index(shown.id)] if shown and shown.id in rows else []
    # Streamlit keeps a tick by its place, so it is set each time from the run that is shown.
    st.session_state[_TABLE] = {"selection": {"rows": ticked, "columns": [], "cells": []}}
    st.dataframe(
        _written(pd.DataFrame(list(rows.values()))),
        hide_index=True,
        key=_TABLE,
        on_select=lambda: _pick(ids),
        selection_mode="single-row-required" if ticked else "single-row",
        placeholder="–",
    )


def _written(table: pd.DataFrame) -> Styler:
    """Each share with as many digits in every row: Streamlit's own percent drops a 0 at the end."""
    return table.style.format({name: form for name, form in _FORMATS.items() if name in table}, na_rep="–")


def _pick(ids: list[str]) -> None:
    """`ids`: the runs in the order of the table on which the visitor clicked."""
    rows = st.session_state[_TABLE]["selection"]["rows"]
    if rows and not locks.is_locked("run"):
        watched.watch(ids[rows[0]])


def _row(run: Run) -> dict[str, object] | None:
    """None when another visitor deletes the run meanwhile."""
    try:
        return _figures(run)
    except RunError:
        return {"run": run.title, "state": "damaged"} if run.exists() else None


def _state(run: Run) -> str:
    said = [badge(run).label]
    if run.is_imported:
        said.append(IMPORTED.label)
    if server.stores_few() and run.is_kept():
        said.append("kept")
    return ", ".join(said)


def _figures(run: Run) -> dict[str, object]:
    """Of a run under way no changing figures: the table is not redrawn while the view above it is renewed."""
    config, state, result = run.config, run.state(), run.result()
    is_over = not state.is_active
    last = run.scores() if is_over and not run.has_diverged() else None
    return {
        "run": run.title,
        "state": "came with the app" if run.is_recorded else _state(run),
        "test accuracy": result.test_accuracy if result else None,
        "trained for": run.seconds() if is_over else None,
        "learned on": f"{training_images(config):,} images of {learned_on(config)}",
        "network": network(config),
        "epochs": round(run.passes(), 1) if is_over else None,
        "validation accuracy": last.val_accuracy if last else None,
        "training accuracy": last.accuracy if last else None,
        "recipe": recipe(config),
    }
