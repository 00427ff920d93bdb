"""The images that one run's matrix has in another cell than the other's: B's matrix less A's, and a cell's images."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core import evaluation
from cnn_core.data import Split
from cnn_core.evaluation import comparison
from cnn_core.runs import Predictions, Run, RunError
from pages.ui import presenter, sureness
from pages.ui.components.gallery import gallery
from pages.ui.components.matrix import difference
from pages.ui.evaluation.subject import Subject, read
from pages.ui.text import plain

_CELL = "evaluation.moved"  # in the link: the cell's two class names
_BETWEEN = "→"
_IMAGES = 8  # in a gallery at a time
_COLUMNS = 4
_WIDTH = 64  # pixels of an image, at least
_TILE = 105  # pixels that an image and its caption take where there are few
_MATRIX_AND_CELL = (3, 2)  # of the width


@dataclass(frozen=True)
class Said:
    """What a run said of the test images."""

    name: str  # "A" or "B"
    run_id: str
    classes: np.ndarray  # int64 (N,), its answers
    shares: np.ndarray  # float32 (N,), the probability of each answer
    is_calibrated: bool


@st.fragment
def show(on: Subject, other: Run) -> None:
    """What both said of the same images; a click on a cell shows those that are in it for one of the runs only.

    It takes two runs and not their answers: a fragment keeps what it is given as long as the session.
    """
    try:
        a, b = _said("A", on.run, on.predictions), _said("B", other, read(other, other.predictions))
    except RunError as error:  # another visitor deletes the run
        st.error(plain(str(error)), icon=":material/error:")
        return
    labels, images, class_names = on.predictions.labels, on.images, on.class_names
    before, after = (evaluation.confusion_matrix(labels, said.classes, len(class_names)) for said in (a, b))
    cell = _open_cell(after - before, class_names)
    st.header("What changed from A to B", anchor=False)
    said = describe_change(before, after, class_names)
    left, right = st.columns(_MATRIX_AND_CELL, gap="medium")
    with left:
        difference(
            before,
            after,
            class_names,
            key="evaluation.compare.matrix",
            picked=cell,
            on_pick=lambda row, column: _open(class_names[row], class_names[column]),
            alt=said.replace("*", ""),
        )
        st.markdown(said)
    with right:
        gone, come = comparison.moved_positions(labels, a.classes, b.classes, *cell)
        for positions, one, other in ((gone, a, b), (come, b, a)):
            _show_images(positions, one, other, cell, images, class_names)
        if images is not None and len(gone) + len(come):
            st.caption(_how_sure([a, b]))


def _said(name: str, run: Run, predictions: Predictions) -> Said:
    """What a run answered, and how sure it was, calibrated or raw as everywhere."""
    shown = sureness.shown(run, predictions).probabilities
    classes = shown.argmax(axis=1)
    is_calibrated = sureness.of_run(run).is_calibrated
    return Said(name, run.id, classes, shown[np.arange(len(classes)), classes], is_calibrated)


def describe_change(before: np.ndarray, after: np.ndarray, class_names: tuple[str, ...]) -> str:
    """The class that gained most and the one that lost most, and the mistake that changed most."""
    change = after - before
    right = change.diagonal()
    recognised = [
        f"{abs(right[place]):,} {verb} images of *{class_names[place]}*"
        for place, verb in ((int(right.argmax()), "more"), (int(right.argmin()), "fewer"))
        if right[place] and (right[place] > 0) == (verb == "more")
    ]
    said = (
        f"B recognises {' and '.join(recognised)} than A" if recognised else "B recognises as many of each class as A"
    )
    actual, predicted = _most_changed(change)
    count = change[actual, predicted]
    if not count:
        return f"{said}; its mistakes are as many, pair by pair."
    return (
        f"{said}. Of the mistakes *{class_names[actual]}* taken for *{class_names[predicted]}* changed most: "
        f"{abs(count):,} {'more' if count > 0 else 'fewer'}."
    )


def _most_changed(change: np.ndarray) -> tuple[int, int]:
    """The mistake that changed most; one that did not where none has."""
    mistakes = np.abs(change)
    np.fill_diagonal(mistakes, -1)
    row, column = np.unravel_index(mistakes.argmax(), change.shape)
    return int(row), int(column)


def _open_cell(change: np.ndarray, class_names: tuple[str, ...]) -> tuple[int, int]:
    """Row and column of the cell to show: that of the link, or the mistake that changed most."""
    names = st.query_params.get(_CELL, "").split(_BETWEEN)
    if len(names) == 2 and {*names} <= {*class_names}:
        return class_names.index(names[0]), class_names.index(names[1])
    return _most_changed(change)


def _open(actual: str, predicted: str) -> None:
    st.query_params[_CELL] = f"{actual}{_BETWEEN}{predicted}"


def _show_images(
    positions: np.ndarray,
    one: Said,
    other: Said,
    cell: tuple[int, int],
    images: Split | None,
    class_names: tuple[str, ...],
) -> None:
    """The images that are in this cell for `one` and not for the other; its surest answers first."""
    actual, predicted = (class_names[place] for place in cell)
    what = f"{actual}, recognised" if actual == predicted else f"{actual}, taken for {predicted}"
    what = f"{what} by {one.name}, not by {other.name}"
    st.subheader(f"{what}: {len(positions):,}", anchor=False)
    if images is None or not len(positions):
        st.caption("They are not on this machine." if len(positions) else "No test image.")
        return
    ordered = positions[np.argsort(-one.shares[positions], kind="stable")]
    key = f"evaluation.compare.{one.name}"
    place, pages = st.container(), -(-len(ordered) // _IMAGES)
    page = st.pagination(pages, key=f"{key}.page.{actual}.{predicted}") if pages > 1 else 1
    shown = ordered[_IMAGES * (page - 1) : _IMAGES * page]
    scale = presenter.scale()
    width = "stretch" if len(shown) >= _COLUMNS else round(_TILE * len(shown) * scale)
    pair = sorted((one, other), key=lambda said: said.name)
    captions = [
        "\n".join(
            f"{said.name}: {class_names[said.classes[at]]} {evaluation.percent(said.shares[at])}" for said in pair
        )
        for at in shown
    ]
    size = round(_WIDTH * scale)
    with place, st.container(width=width):  # a single image does not fill the column
        gallery(images.images(shown), captions, key=key, label=what, picks=False, size=size, columns=_COLUMNS)


def _how_sure(pair: list[Said]) -> str:
    """What the percentages below the images are."""
    if sureness.is_raw():
        return "Percentages are raw softmax outputs."
    raw = [said for said in pair if not said.is_calibrated]
    if not raw:
        return "Percentages are calibrated: of all test images with such a percentage, about so many in 100 are right."
    names, ids = (list(dict.fromkeys(getattr(said, what) for said in raw)) for what in ("name", "run_id"))
    commands = " and ".join(f"`python -m cnn_core complete {run_id}`" for run_id in ids)
    return f"The percentages of {' and '.join(names)} are raw softmax outputs; {commands} calibrates them."
