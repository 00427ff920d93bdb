"""A class fills one data set: the teacher opens it, pupils add pictures from their phones, and can do nothing else."""

from functools import partial

import streamlit as st

from cnn_core.data import DataError, own
from cnn_core.data.own import OwnSet
from pages.ui import presenter, together
from pages.ui.components.camera import camera, files
from pages.ui.own_data import bench, filling, rights
from pages.ui.text import plain
from pages.ui.together import Member
from pages.ui.together.panel import TO_COLLECT, pace

PATH = "pages/own_data.py"
_RENEWAL = 3  # seconds between two looks at the counts, for the teacher
_CLASS, _SET = "own_data.pupils_class", "own_data.collected"


def show_opening(own_set: OwnSet) -> None:
    """On the page Your data, for the teacher of a class."""
    if place := together.as_teacher():
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            _show_switch(place, own_set)


def show_collect(member: Member) -> None:
    """The part of the class page; `member` is the teacher."""
    rights.show_message()
    st.markdown("Open a data set, and the class fills it from its phones: on **Your data** each holds the button.")
    found = {one.name: one for one in own.sets() if not one.trouble}
    if not found:
        st.page_link(PATH, label="Name the classes of a data set first", icon=":material/photo_camera:")
        return
    now = member.room.collecting
    if _SET not in st.session_state and now in found:
        st.session_state[_SET] = now
    elif st.session_state.get(_SET) not in found:
        st.session_state.pop(_SET, None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        given = {"key": _SET, "persist_state": "session", "width": presenter.pixels(260)}
        name = st.selectbox("Data set", list(found), format_func=lambda name: found[name].title, **given)
        _show_switch(member, found[name])
        st.page_link(PATH, label="Your data", icon=":material/photo_camera:", query_params={"set": name})
    st.fragment(_show_counts, run_every=_RENEWAL)(name)


def show_pupil() -> None:
    """The page Your data on a pupil's phone: it follows what the teacher opens and closes."""
    if place := rights.pupil():
        st.html(f"<style>.st-key-{TO_COLLECT} {{ display: none }}</style>")  # the link that leads here
        st.fragment(_show_pupil, run_every=pace(place.room))()


def _show_switch(place: Member, own_set: OwnSet) -> None:
    is_open = place.room.collecting == own_set.name
    given = {"key": f"own_data.open.{own_set.name}", "on_click": _open, "args": (None if is_open else own_set.name,)}
    if is_open:
        st.button("Close it to the class", icon=":material/lock:", **given)
        st.caption(f"Class **{place.room.code}** adds pictures now, on its phones, on the page **Your data**.")
    else:
        st.button(f"Open it to class {place.room.code}", icon=":material/groups:", **given)


def _open(name: str | None) -> None:
    rights.attempt(partial(_let_collect, name))


def _let_collect(name: str | None) -> None:
    if name:
        own.find(name)
    if place := together.as_teacher():
        place.room.collecting = name


def _show_counts(name: str) -> None:
    if not (own_set := _found(name)):
        st.rerun()
    with st.container(horizontal=True, gap="large"):
        for one in own_set.classes:
            st.metric(plain(one.name), one.images, width="content")
    st.caption(f"{own.LEAST} pictures of a class are the least, {own.GOOD} are good; two bursts in different places.")


def _show_pupil() -> None:
    if not (place := rights.pupil()):
        st.rerun()
    filling.take_what_arrived()
    with st.container():  # always there, as on the bench
        rights.show_message()
    own_set = _found(place.room.collecting)
    if not own_set or not own_set.classes:
        st.info("Your teacher has not opened a data set to the class. This page follows.", icon=":material/schedule:")
        return
    classes = {one.id: one for one in own_set.classes}
    key = f"{_CLASS}.{own_set.name}"
    if st.session_state.get(key) not in classes:
        st.session_state[key] = own_set.classes[0].id
    chosen_id = st.segmented_control(
        f"{plain(own_set.title)}: what will you show?",
        list(classes),
        format_func=lambda id_: plain(classes[id_].name),
        required=True,
        key=key,
        wrap=True,
    )
    chosen = classes[chosen_id]
    into, full = filling.into(own_set.name, chosen.id), bench.why_full(chosen)
    camera(key=filling.CAMERA, into=into, label=f"Hold to take pictures of {chosen.name}", refused=full)
    yours = filling.own_count(own_set.name, chosen.id)
    st.markdown(f"**{plain(chosen.name)}: {chosen.images}** of the class; you have added {yours}.")
    if (last := filling.last()) and last.name == own_set.name:
        said = f"Take back the last {last.images} of {plain(last.class_name)}"
        st.button(said, icon=":material/undo:", key="own_data.undo", on_click=filling.take_back)
    st.caption("Take a second burst in **another place**: same thing, other background.")
    files(key=filling.FILES, into=into, label="Pictures from this device", room=bench.room_in(chosen), refused=full)


def _found(name: str | None) -> OwnSet | None:
    try:
        return own.find(name) if name else None
    except DataError:
        return None
