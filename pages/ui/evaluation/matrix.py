"""The confusion matrix, how it is looked at, and beside it the images of a cell. A click draws this part only."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core import evaluation, plotting
from pages.ui import address
from pages.ui.components.matrix import matrix
from pages.ui.components.saver import saver
from pages.ui.evaluation import cell
from pages.ui.evaluation.subject import Subject

_BY = {"count": "counts", "actual": "% of actual", "predicted": "% of predicted"}
_ORDERS = {"class": "as in the data set", "recall": "by recall", "similarity": "similar ones together"}
_MATRIX_AND_CELL = (3, 2)  # of the width


@dataclass(frozen=True)
class Look:
    """How the visitor looks at the matrix; all of it is in the address."""

    by: evaluation.Normalization
    order: evaluation.Order
    hides_diagonal: bool
    is_logarithmic: bool


@st.fragment
def show_matrix(on: Subject) -> None:
    """The matrix with its sentence, and the images of one of its cells, which the visitor picks."""
    counts = on.confusion_matrix()
    opened = cell.opened(counts, on.class_names)
    sentence = plotting.describe_matrix(counts, on.class_names)
    left, right = st.columns(_MATRIX_AND_CELL, gap="medium")
    with left:
        place = st.container()
        st.markdown(f"**Confusion matrix.** {sentence}")
        look, saving = _choose_look()
        with place:
            _show_grid(on, counts, look, opened, sentence)
        if saving.open:
            with saving:
                _offer_files(on, counts, look, sentence)
    with right, st.container(gap="xsmall"):  # its buttons stand above the fold, too
        cell.show(on, counts, opened)


def _choose_look() -> tuple[Look, st.delta_generator.DeltaGenerator]:
    """A row of controls below the matrix: what the numbers are, and in a popover how it is drawn.

    Returns also the popover for the files, which are written while it is open.
    """
    with st.container(horizontal=True, gap="xsmall"):
        address.allow("evaluation.by", _BY.values())
        by = st.segmented_control(
            "Show", list(_BY), format_func=_BY.get, default="count", required=True,
            key="evaluation.by", bind="query-params", label_visibility="collapsed",
        )  # fmt: skip
        with st.popover("Order and colour", icon=":material/tune:"):
            address.allow("evaluation.order", _ORDERS.values())
            order = st.radio(
                "Order of the classes", list(_ORDERS), format_func=_ORDERS.get, key="evaluation.order",
                bind="query-params",
            )  # fmt: skip
            hides = _choose("Hide the diagonal", "evaluation.hide", "Only the mistakes keep numbers and colours.")
            why = "1 mistake and 10 differ as much as 10 and 100; so the rare ones can be seen beside the frequent."
            logarithmic = _choose("Logarithmic colour", "evaluation.log", why)
        saving = st.popover("Save", icon=":material/download:", key="evaluation.save", on_change="rerun")
    return Look(by, order, hides, logarithmic), saving


def _choose(label: str, key: str, why: str) -> bool:
    address.allow(key, ["true", "false"])
    return st.toggle(label, key=key, bind="query-params", help=why)


def _show_grid(on: Subject, counts: np.ndarray, look: Look, opened: cell.Pair | None, sentence: str) -> None:
    names = on.class_names
    matrix(
        counts,
        names,
        look.by,
        order=evaluation.order_classes(counts, look.order),
        hides_diagonal=look.hides_diagonal,
        is_logarithmic=look.is_logarithmic,
        key="evaluation.matrix",
        alt=f"Confusion matrix. {sentence}",
        picked=(names.index(opened[0]), names.index(opened[1])) if opened else None,
        on_pick=lambda row, column: cell.open_pair(names[row], names[column]),
    )


def _offer_files(on: Subject, counts: np.ndarray, look: Look, sentence: str) -> None:
    """The matrix as it is looked at, as two pictures; and its counts."""
    order = evaluation.order_classes(counts, look.order)
    shown = plotting.matrix_cells(
        counts, look.by, order=order, hides_diagonal=look.hides_diagonal, is_logarithmic=look.is_logarithmic
    )
    title = f"{on.run.title}: confusion matrix of the test images, {_BY[look.by]}"
    saver(
        f"confusion-matrix-{on.run.id}",
        svg=plotting.matrix_svg(shown, on.class_names, title, sentence),
        csv=plotting.matrix_csv(counts, on.class_names, order),
        key="evaluation.saver",
    )
    st.caption("The pictures as you look at it now; the CSV file always holds the counts.")
