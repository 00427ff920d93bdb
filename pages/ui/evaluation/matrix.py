"""The confusion matrix and, beside it, the images of a cell."""

import numpy as np
import pandas as pd
import streamlit as st

from cnn_core import evaluation
from cnn_core.data import Split
from cnn_core.runs import Predictions
from pages.ui import address, onward, presenter
from pages.ui.components.gallery import gallery
from pages.ui.components.matrix import matrix
from pages.ui.controls import ChosenImage

_CELL, _PAIR = "evaluation.cell", "evaluation.pair"  # in the session: a cell's two class names; the pair's line
_PAIRS, _IMAGES = 6, 8  # how many beside the matrix at a time
_NORMALIZATIONS = {"count": "counts", "actual": "% of actual", "predicted": "% of predicted"}
_WIDTH = 64  # pixels of an image, at least
_MATRIX_AND_CELL = (3, 2)  # of the width


def show_matrix(predictions: Predictions, class_names: tuple[str, ...], images: Split | None, data_set: str) -> None:
    """The confusion matrix, and the images of one of its cells, which the visitor picks; `images` are of `data_set`."""
    counts = evaluation.confusion_matrix(predictions.labels, predictions.probabilities.argmax(axis=1))
    worst = evaluation.most_confused(counts, class_names, _PAIRS)
    cell = _open_cell(class_names, worst)
    left, right = st.columns(_MATRIX_AND_CELL, gap="medium")
    with left:
        st.header("Confusion matrix", anchor=False)
        place = st.container()
        by = _choose_normalization()
        with place:
            _show_grid(counts, class_names, by, cell)
    with right:
        if cell:
            shown = _show_cell(predictions, class_names, images, *cell)
            if shown is not None:
                onward.offer(ChosenImage(data_set, "test", shown), key="evaluation")
        _offer_pairs(worst, cell)


def _open_cell(class_names: tuple[str, ...], worst: pd.DataFrame) -> tuple[str, str] | None:
    """The actual and the predicted class of the cell to show: the picked one, or the most frequent mistake."""
    picked = st.session_state.get(_CELL)
    if picked and {*picked} <= {*class_names}:  # a pick outlives its run, but not its data set
        return picked
    return tuple(worst.loc[0, ["actual", "predicted"]]) if len(worst) else None


def _open(actual: str, predicted: str) -> None:
    st.session_state[_CELL] = (actual, predicted)


def _choose_normalization() -> evaluation.Normalization:
    address.allow("evaluation.by", _NORMALIZATIONS.values())
    return st.segmented_control(
        "Show", list(_NORMALIZATIONS), format_func=_NORMALIZATIONS.get, default="count", required=True,
        key="evaluation.by", bind="query-params", label_visibility="collapsed",
    )  # fmt: skip


def _show_grid(
    counts: np.ndarray, class_names: tuple[str, ...], by: evaluation.Normalization, cell: tuple[str, str] | None
) -> None:
    matrix(
        counts,
        class_names,
        by,
        key="evaluation.matrix",
        picked=(class_names.index(cell[0]), class_names.index(cell[1])) if cell else None,
        on_pick=lambda row, column: _open(class_names[row], class_names[column]),
    )


def _offer_pairs(worst: pd.DataFrame, cell: tuple[str, str] | None) -> None:
    """The most frequent mistakes, each a way to its cell."""
    rows = zip(worst["actual"], worst["predicted"], worst["count"], strict=True)
    pairs = {f"{actual} → {predicted} · {count:,}": (actual, predicted) for actual, predicted, count in rows}
    if not pairs:
        return
    st.session_state[_PAIR] = next((line for line, pair in pairs.items() if pair == cell), None)

    def open_pair() -> None:
        if line := st.session_state[_PAIR]:
            _open(*pairs[line])

    st.pills("Most confused: is → said · test images", list(pairs), key=_PAIR, on_change=open_pair, wrap=True)


def _show_cell(
    predictions: Predictions, class_names: tuple[str, ...], images: Split | None, actual: str, predicted: str
) -> int | None:
    """The images of one cell, those first that teach most: mistakes made surely, right answers given unsurely.

    Returns the place in the test split of the image that is picked; None if none is shown.
    """
    is_right = actual == predicted
    index = class_names.index(predicted)
    positions = evaluation.cell_positions(*predictions, class_names.index(actual), index)
    total = int((predictions.labels == class_names.index(actual)).sum())
    st.subheader(f"{actual}, recognised" if is_right else f"{actual}, taken for {predicted}", anchor=False)
    words = f"{len(positions):,} of the {total:,} test images of {actual}"
    if images is None or not len(positions):
        st.caption(f"{words}. They are not on this machine." if len(positions) else "No test image.")
        return None
    order = "least sure" if is_right else "surest"
    st.caption(f"{words}, each with the probability of {predicted}; the **{order} first**.")
    place = st.container()
    first = _IMAGES * (_choose_page(len(positions), actual, predicted) - 1)
    shown = positions[first : first + _IMAGES]
    captions = [f"{predictions.probabilities[position, index]:.1%}" for position in shown]
    with place:
        picked = gallery(
            images.images(shown),
            captions,
            key="evaluation.images",
            label=f"{actual} taken for {predicted}",
            picked=0,
            size=round(_WIDTH * presenter.scale()),
            columns=4,
        )
    return int(shown[picked])


def _choose_page(images: int, actual: str, predicted: str) -> int:
    pages = -(-images // _IMAGES)
    return st.pagination(pages, key=f"evaluation.page.{actual}.{predicted}") if pages > 1 else 1
