"""Which data set the page shows; and a new one, by the names of its classes or from a zip."""

from functools import partial

import streamlit as st

from cnn_core.config import LEAST_CLASSES, LONGEST_NAME, MOST_CLASSES
from cnn_core.data import own
from cnn_core.data.own import OwnSet
from pages.ui import presenter, visit
from pages.ui.own_data import rights
from pages.ui.own_data.managing import CHOSEN
from pages.ui.text import plain

NONE_OF_THESE = "none of these"
_NEW, _TITLE, _CLASSES, _NONE = (f"own_data.new{part}" for part in ("", ".title", ".classes", ".none"))
_TAKEN, _BROUGHT = "own_data.zip.taken", "own_data.zip.brought"
_OPENED = "own_data.opened"


def choose() -> OwnSet | None:
    """The set of the link, or the one looked at last, which may have a `trouble`; None while there is none."""
    if brought := st.session_state.pop(_BROUGHT, None):
        st.session_state.update({CHOSEN: brought, _NEW: False})
    found = {one.name: one for one in own.sets()}
    if not found:
        _show_first()
        return None
    linked, before = st.query_params.get("set"), st.session_state.get(_OPENED)
    st.session_state[_OPENED] = visit.pages_opened()
    if linked in found and before != visit.pages_opened():  # a link says more than what was looked at before
        st.session_state[CHOSEN] = linked
    elif st.session_state.get(CHOSEN) not in found:
        st.session_state[CHOSEN] = next(iter(found))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        name = st.selectbox(
            "Data set",
            list(found),
            format_func=lambda name: found[name].title,
            key=CHOSEN,
            persist_state="session",
            label_visibility="collapsed",
            width=presenter.pixels(260),
        )
        if rights.may_change() and not presenter.is_on():
            with st.popover("New data set", icon=":material/add:", key=_NEW, on_change="rerun") as place:
                if place.open:
                    _show_form()
                    _show_import()
    st.query_params["set"] = name
    if found[name].trouble:
        st.error(plain(found[name].trouble), icon=":material/error:")
    return found[name]


def _show_first() -> None:
    if not rights.may_change():
        st.info("There is no data set here yet. The teacher makes one.", icon=":material/photo_camera:")
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Name the classes", anchor=False)
        _show_form()
    with right:
        st.header("Or bring one in", anchor=False)
        _show_import()


def _show_form() -> None:
    with st.form("own_data.form", border=False, clear_on_submit=False):
        st.text_input("Title", key=_TITLE, max_chars=LONGEST_NAME, placeholder="My mug and my pen")
        st.text_area(
            f"Classes, {LEAST_CLASSES} to {MOST_CLASSES}, one a line",
            key=_CLASSES,
            max_chars=MOST_CLASSES * (LONGEST_NAME + 1),
            height=presenter.pixels(110),
            placeholder="mug\npen",
        )
        st.checkbox(
            f"Add the class “{NONE_OF_THESE}”",
            value=True,
            key=_NONE,
            help="Without it, the network must call an empty table a mug or a pen: it knows no other answer. "
            "Fill it with whatever else the camera may see.",
        )
        st.form_submit_button("Make it", type="primary", icon=":material/add:", on_click=_create)


def _show_import() -> None:
    taken = st.session_state.get(_TAKEN, 0)
    most = st.get_option("server.maxUploadSize")
    file = st.file_uploader(
        f"A zip with a folder for each class, {most} MB at most",
        type="zip",
        max_upload_size=most,
        key=f"own_data.zip.{taken}",  # a new one each time, so that the server keeps no file that is done with
    )
    st.markdown("For larger ones: `python -m cnn_core data --from FOLDER --name NAME`.")
    if file is None:
        return
    with st.spinner("Looking through the zip …", show_time=True):
        st.session_state[_TAKEN] = taken + 1  # before: who clicks elsewhere meanwhile does not bring it in twice
        rights.attempt(partial(_bring, file.getvalue()))
    st.rerun()


def _create() -> None:
    lines = [" ".join(line.split()) for line in st.session_state[_CLASSES].splitlines()]
    names = [line for line in lines if line]
    if st.session_state[_NONE] and NONE_OF_THESE not in (name.casefold() for name in names):
        names.append(NONE_OF_THESE)
    if rights.attempt(partial(_make, st.session_state[_TITLE], names)):
        st.session_state.update({_NEW: False, _TITLE: "", _CLASSES: ""})


def _make(title: str, names: list[str]) -> None:
    st.session_state[CHOSEN] = own.create(title, names).name


def _bring(content: bytes) -> str | None:
    brought = own.bring_zip(content, None)
    st.session_state[_BROUGHT] = brought.name
    return " ".join(brought.notes) or None
