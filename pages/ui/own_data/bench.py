"""Filling a data set: the camera, and the classes as cards beside it; below, all pictures of one class."""

from functools import partial

import streamlit as st

from cnn_core import limits
from cnn_core.data import DataError, own
from cnn_core.data.own import OwnClass, OwnSet
from pages.ui import guidance, presenter, together
from pages.ui.components.camera import camera, files
from pages.ui.components.card import MOST, card
from pages.ui.own_data import filling, in_code, managing, rights, splits, walls
from pages.ui.text import plain

_FEW = 6  # classes; of more the cards are lower, so that all stand above the fold of a beamer
_RENEWAL = 3  # seconds, while a class adds pictures
_LACKS = "own_data.lacks"


def show(name: str) -> None:
    """The part of the page that runs again when pictures come, from here or from the class."""
    place = together.as_teacher()
    is_collecting = bool(place and place.room.collecting == name)
    st.session_state.pop(_LACKS, None)
    st.fragment(_show, run_every=_RENEWAL if is_collecting else None)(name)


def chosen_class(own_set: OwnSet) -> OwnClass:
    """The class that the camera fills; the first, until another is chosen."""
    wanted = st.session_state.get(_key(own_set.name))
    return next((one for one in own_set.classes if one.id == wanted), own_set.classes[0])


def choose(name: str, class_id: int) -> None:
    st.session_state[_key(name)] = class_id


def why_full(one: OwnClass) -> str:
    most = limits.current().class_images
    return f"{one.name} is full: a class has {most:,.0f} pictures at most." if one.images >= most else ""


def room_in(one: OwnClass) -> int:
    """How many pictures it may still get."""
    return max(0, int(min(limits.current().class_images - one.images, 10_000)))


def _show(name: str) -> None:
    filling.take_what_arrived()
    walls.fulfil(name)
    try:
        own_set = own.find(name)
    except DataError:
        st.rerun()  # another visitor has removed it
    if not own_set.classes:
        managing.show_add_class(own_set)
        return
    if st.session_state.setdefault(_LACKS, own_set.lacks()) != own_set.lacks():
        st.rerun()  # what comes after is possible now, or no longer
    chosen = chosen_class(own_set)
    with st.container():  # always there: the camera is mounted anew, and off, when its place on the page changes
        rights.show_message()
    if rights.may_change():
        left, right = st.columns([1, 2], gap="medium")
        with left, st.container(gap="xsmall"):
            _show_camera(own_set, chosen)
    else:
        right = st.container()
    with right:
        _show_cards(own_set, chosen)
        if rights.may_change():
            managing.show_class(own_set, chosen)
            _ask_for_a_second_burst(chosen)
    walls.show(own_set, chosen)
    splits.show(own_set)
    in_code.show(own_set)


def _show_camera(own_set: OwnSet, chosen: OwnClass) -> None:
    into, full = filling.into(own_set.name, chosen.id), why_full(chosen)
    camera(key=filling.CAMERA, into=into, label=f"Hold to take pictures of {chosen.name}", refused=full)
    given = {"label": f"Pictures of {chosen.name}", "room": room_in(chosen), "refused": full}
    files(key=filling.FILES, into=into, **given)
    if (last := filling.last()) and last.name == own_set.name:
        said = f"Take back the last {last.images} of {plain(last.class_name)}"
        st.button(said, icon=":material/undo:", type="tertiary", key="own_data.undo", on_click=filling.take_back)


def _show_cards(own_set: OwnSet, chosen: OwnClass) -> None:
    if not presenter.is_on():
        guidance.what_to_do("own_data", "fill")
    count = len(own_set.classes)
    is_many = count > _FEW
    with st.grid(4 if is_many else min(count, 3), min_column_width=140, gap="xsmall"):
        for one in own_set.classes:
            pictures = [stored.image for stored in _newest(own_set.name, one.id, MOST // 2 if is_many else MOST)]
            card(
                one.name,
                one.images,
                pictures,
                key=f"own_data.card.{own_set.name}.{one.id}",
                least=own.LEAST,
                good=own.GOOD,
                is_chosen=one.id == chosen.id,
                is_low=is_many,
                on_choose=partial(choose, own_set.name, one.id),
            )


def _ask_for_a_second_burst(chosen: OwnClass) -> None:
    if chosen.bursts == 1 and chosen.images >= own.LEAST:
        st.markdown(
            f":material/place: Now a second burst of **{plain(chosen.name)}** in **another place**: same thing, other "
            "background."
        )


def _newest(name: str, class_id: int, count: int) -> list[own.Stored]:
    try:
        return own.images(name, class_id, newest=count)
    except DataError:
        return []  # removed meanwhile


def _key(name: str) -> str:
    return f"own_data.class.{name}"
