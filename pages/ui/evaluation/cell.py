"""One cell of the matrix: which is open, its images, and the most frequent mistakes as ways to theirs.

Which cell is open is in the address and nowhere else, so the browser's Back and a link open it too.
"""

import numpy as np
import pandas as pd
import streamlit as st

from cnn_core import evaluation
from pages.ui import onward, presenter, sureness
from pages.ui.components.gallery import gallery
from pages.ui.controls import ChosenImage
from pages.ui.evaluation.subject import Subject

Pair = tuple[str, str]  # the actual and the predicted class, by name

CELL = "evaluation.cell"
_PAIR = "evaluation.pair"  # in the session: the pair's line
_PAIRS, _IMAGES = 6, 8  # how many beside the matrix at a time
_WIDTH = 64  # pixels of an image, at least


def opened(counts: np.ndarray, class_names: tuple[str, ...]) -> Pair | None:
    """The cell of the address; where it names none of these classes, the most frequent mistake."""
    written = st.query_params.get(CELL)
    if written is not None:
        for actual in class_names:
            for predicted in class_names:
                if written == _written(actual, predicted):
                    return actual, predicted
        del st.query_params[CELL]  # of another data set, or of a link that somebody mistyped
    worst = evaluation.most_confused(counts, class_names, 1)
    return tuple(worst.loc[0, ["actual", "predicted"]]) if len(worst) else None


def open_pair(actual: str, predicted: str) -> None:
    """Open this cell when the matrix is drawn next."""
    st.query_params[CELL] = _written(actual, predicted)


def _written(actual: str, predicted: str) -> str:
    return f"{actual} as {predicted}"


def show(on: Subject, counts: np.ndarray, pair: Pair | None) -> None:
    """The images of the open cell with their ways on, and the most frequent mistakes."""
    if pair:
        shown = _show_images(on, *pair)
        if shown is not None:
            onward.offer(ChosenImage(on.data_set, "test", shown), key="evaluation")
    _offer_pairs(evaluation.most_confused(counts, on.class_names, _PAIRS), pair)


def _offer_pairs(worst: pd.DataFrame, opened: Pair | None) -> None:
    rows = zip(worst["actual"], worst["predicted"], worst["count"], strict=True)
    pairs = {f"{actual} → {predicted} · {count:,}": (actual, predicted) for actual, predicted, count in rows}
    if not pairs:
        return
    st.session_state[_PAIR] = next((line for line, pair in pairs.items() if pair == opened), None)

    def open_line() -> None:
        if line := st.session_state[_PAIR]:
            open_pair(*pairs[line])

    st.pills("Most confused: is → said · test images", list(pairs), key=_PAIR, on_change=open_line, wrap=True)


def _show_images(on: Subject, actual: str, predicted: str) -> int | None:
    """The images of one cell, those first that teach most: mistakes made surely, right answers given unsurely.

    Returns the place in the test split of the image that is picked; None if none is shown.
    """
    is_right = actual == predicted
    index = on.class_names.index(predicted)
    said = sureness.shown(on.run, on.predictions)
    positions = evaluation.cell_positions(*said, on.class_names.index(actual), index)
    total = int((on.predictions.labels == on.class_names.index(actual)).sum())
    st.header(f"{actual}, recognised" if is_right else f"{actual}, taken for {predicted}", anchor=False)
    words = f"{len(positions):,} of the {total:,} test images of {actual}"
    if on.images is None or not len(positions):
        st.caption(f"{words}. They are not on this machine." if len(positions) else "No test image.")
        return None
    order = "least sure" if is_right else "surest"
    st.caption(f"{words}, each with the {sureness.name(on.run)} of {predicted}; the **{order} first**.")
    place = st.container()
    first = _IMAGES * (_choose_page(len(positions), actual, predicted) - 1)
    shown = positions[first : first + _IMAGES]
    captions = [evaluation.percent(said.probabilities[position, index], 1) for position in shown]
    with place:
        picked = gallery(
            on.images.images(shown),
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
