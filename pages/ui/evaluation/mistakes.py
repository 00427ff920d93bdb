"""The images from which one learns most: answers that are not the label, and right answers that nearly were not."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from cnn_core import evaluation
from cnn_core.runs import Predictions, RunError
from pages.ui import address, presenter, sureness
from pages.ui.components.gallery import gallery
from pages.ui.evaluation import in_code, one_image, people
from pages.ui.evaluation.subject import Subject
from pages.ui.text import plain

_LIST = "evaluation.list"
_OPENED = "evaluation-opened"  # the container of the picked image
_IMAGES, _COLUMNS, _WIDTH = 8, 4, 64  # on a page of the gallery, in a row at most; pixels of an image at least
_GALLERY_AND_IMAGE = (1, 1)  # of the width
_FLAG = "⚑"
_FIRST = 100  # of a list, among which the label errors are counted


class _List(NamedTuple):
    title: str
    what: str  # what is in it; {} is how many
    whose: str  # the class whose probability stands under an image
    first: str
    if_empty: str


_LISTS: dict[evaluation.Ranking, _List] = {
    "disagrees": _List(
        "The network disagrees most", "{} answers that are not the label", "its label", "smallest",
        "This network agrees with every label of the test split.",
    ),
    "surest": _List(
        "Its surest mistakes", "{} answers that are not the label", "the answer", "largest",
        "This network makes no mistake in the test split.",
    ),
    "doubtful": _List(
        "Its least sure hits", "{} right answers", "the answer", "smallest",
        "This network gives no right answer in the test split.",
    ),
}  # fmt: skip


def show(on: Subject) -> None:
    """The lists and the picked image first, then people and twins."""
    _show_lists(on)
    sureness.show_switch(on.run)
    if people.is_official(on):
        people.show_people(on)
        people.show_twins(on)


@st.fragment
def _show_lists(on: Subject) -> None:
    """It calibrates each time: a fragment keeps what it is given as long as the session, for each visitor anew."""
    try:
        said = sureness.shown(on.run, on.predictions)
        order = _choose_list()
        places = evaluation.ranked(on.predictions.labels, said.probabilities, order)
        if not len(places):
            st.success(_LISTS[order].if_empty, icon=":material/check:")
            return
        _explain(on, _LISTS[order], places)
        left, right = st.columns(_GALLERY_AND_IMAGE, gap="medium")
        with left:
            place = _pick(on, said, order, places)
            _explain_flags(on, places)
        with right, st.container(key=_OPENED):
            one_image.show(on, said, place)
        if not one_image.is_kept_back(on, place):
            one_image.show_around(on, place)
        in_code.show_ranked(on, order)
    except RunError as error:  # another visitor deletes the run
        st.error(plain(str(error)), icon=":material/error:")


def _choose_list() -> evaluation.Ranking:
    address.allow(_LIST, [each.title for each in _LISTS.values()])
    return st.segmented_control(
        "List", list(_LISTS), format_func=lambda order: _LISTS[order].title, default="disagrees", required=True,
        key=_LIST, bind="query-params", label_visibility="collapsed",
    )  # fmt: skip


def _pick(on: Subject, said: Predictions, order: evaluation.Ranking, places: np.ndarray) -> int:
    """One page of the list; the place in the test split of the image that is opened."""
    above = st.container()
    first = _IMAGES * (_choose_page(on, order, len(places)) - 1)
    shown = places[first : first + _IMAGES]
    with above:
        captions = [_caption(on, said, order, place) for place in shown]
        if on.images is None:
            return _pick_by_name(shown, captions)
        picked = gallery(
            on.images.images(shown), captions, key="evaluation.listed", label=_LISTS[order].title, picked=0,
            size=round(_WIDTH * presenter.scale()), columns=_COLUMNS, opens=_OPENED,
        )  # fmt: skip
    return int(shown[picked])


def _choose_page(on: Subject, order: evaluation.Ranking, images: int) -> int:
    pages = -(-images // _IMAGES)
    return st.pagination(pages, key=f"evaluation.listed.{on.run.id}.{order}") if pages > 1 else 1


def _explain(on: Subject, listed: _List, places: np.ndarray) -> None:
    n = len(on.predictions.labels)
    what = listed.what.format(f"{len(places):,}")
    words = f"{what}, of {n:,} test images. Under each the {sureness.name(on.run)} of **{listed.whose}**, "
    st.caption(f"{words}the **{listed.first} first**.")


def _explain_flags(on: Subject, places: np.ndarray) -> None:
    errors = people.label_errors_of(on)
    flagged = sum(int(place) in errors for place in places[:_FIRST])
    if flagged:
        first = min(_FIRST, len(places))
        st.caption(f"{_FLAG} marks labels that people did not confirm: {flagged} of the first {first}.")


def _caption(on: Subject, said: Predictions, order: evaluation.Ranking, place: int) -> str:
    if one_image.is_kept_back(on, int(place)):
        return "?"
    shares, label, names = said.probabilities[place], on.predictions.labels[place], on.class_names
    answer = int(shares.argmax())
    named = label if order == "disagrees" else answer
    other = {"disagrees": f"says {names[answer]}", "surest": f"label: {names[label]}"}.get(order)
    flag = f"{_FLAG} " if int(place) in people.label_errors_of(on) else ""
    return "\n".join(filter(None, (f"{flag}{names[named]} {evaluation.percent(shares[named], 1)}", other)))


def _pick_by_name(shown: np.ndarray, captions: list[str]) -> int:
    """Without the pictures: a line for each image."""
    lines = {int(place): " · ".join([f"image {place:,}", *text.split("\n")])
             for place, text in zip(shown, captions, strict=True)}  # fmt: skip
    chosen = st.selectbox("Image", list(lines), format_func=lines.get)
    return int(chosen)
