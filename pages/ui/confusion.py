"""The confusion matrix and, one click further, the images of a cell."""

import pandas as pd
import streamlit as st

from cnn_core import evaluation, plotting
from cnn_core.data import Split
from cnn_core.runs import Predictions
from pages.ui import address
from pages.ui.components.gallery import gallery

_CELL_IMAGES, _PAIRS = 36, 8
_NORMALIZATIONS = {"count": "counts", "actual": "% of actual", "predicted": "% of predicted"}


def show_matrix(predictions: Predictions, class_names: tuple[str, ...], images: Split | None) -> None:
    """The confusion matrix; a click on a cell shows its images."""
    st.header("Confusion matrix", anchor=False)
    st.markdown(
        "Rows: what an image **is**. Columns: what the network **said**. The diagonal is right; every other cell is a "
        "mistake. **Click** a cell to see its images."
    )
    address.allow("evaluation.by", _NORMALIZATIONS.values())
    by = st.segmented_control(
        "Show", list(_NORMALIZATIONS), format_func=_NORMALIZATIONS.get, default="count", required=True,
        key="evaluation.by", bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    matrix = evaluation.confusion_matrix(predictions.labels, predictions.probabilities.argmax(axis=1))
    worst = evaluation.most_confused(matrix, class_names, _PAIRS)
    left, right = st.columns([3, 2], gap="large")
    with left:
        chart = plotting.confusion_matrix(matrix, class_names, by)
        event = st.altair_chart(chart, key="evaluation.matrix", on_select="rerun", alt=_describe(worst))
    with right:
        st.subheader("Most confused", anchor=False)
        st.dataframe(
            worst.style.format("{:.1%}", subset="share"), hide_index=True, column_config={"share": "of actual"}
        )
    picked = next(iter(event["selection"]["cell"]), None)
    if picked and not {picked["actual"], picked["predicted"]} <= {*class_names}:
        picked = None  # the chart keeps a pick when another run is chosen, also one of the other data set
    cell = picked or (worst.iloc[0] if len(worst) else None)
    if cell is not None:
        _show_cell(predictions, class_names, images, cell["actual"], cell["predicted"])


def _describe(worst: pd.DataFrame) -> str:
    if worst.empty:
        return "Confusion matrix without a mistake."
    first = worst.iloc[0]
    return (
        f"Confusion matrix. Most frequent mistake: {first['actual']} taken for {first['predicted']}, "
        f"{first['count']:,} test images."
    )


def _show_cell(
    predictions: Predictions, class_names: tuple[str, ...], images: Split | None, actual: str, predicted: str
) -> None:
    """The images of one cell, those with the highest probability of the predicted class first."""
    index = class_names.index(predicted)
    positions = evaluation.cell_positions(*predictions, class_names.index(actual), index)
    st.subheader(f"{actual}, taken for {predicted}" if actual != predicted else f"{actual}, recognised", anchor=False)
    if images is None:
        st.caption(f"{len(positions):,} test images, which are not on this machine.")
        return
    if not len(positions):
        st.caption("No test image.")
        return
    shown = positions[:_CELL_IMAGES]
    first = f" The first {len(shown)} are shown." if len(shown) < len(positions) else ""
    st.caption(f"{len(positions):,} test images, the highest probability of **{predicted}** first.{first}")
    captions = [f"{predictions.probabilities[position, index]:.1%}" for position in shown]
    gallery(images.images(shown), captions, key="evaluation.cell", label=f"{actual} taken for {predicted}")
