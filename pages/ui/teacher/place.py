"""The one place on every page to give the key, to make a link, and to lock again. Without a key there is none."""

import math
from contextlib import suppress
from urllib.parse import urlencode

import streamlit as st

from pages.ui import presenter
from pages.ui.teacher import rights
from pages.ui.teacher.links import SECONDS
from pages.ui.teacher.tries import Refusal

PARAMETER = "teacher"  # in a link's address
PLACE = "teacher-place-"  # begins the key of the button
_FORM, _TYPED, _WRONG, _TOKEN = (f"teacher.{name}" for name in ("form", "typed", "wrong", "token"))
_UNLOCKED, _LOCKED = ":material/lock_open:", ":material/lock:"


def show_place() -> None:
    """A button that says how it stands; what it opens is small enough for a phone, and closes when that changes."""
    if not rights.is_asked_for():
        return
    is_unlocked = rights.may_act()
    state, icon = ("unlocked", _UNLOCKED) if is_unlocked else ("locked", _LOCKED)
    label = "Teacher" if presenter.is_on() else f"Teacher: {state}"  # which would be a second line beside a title
    with st.popover(
        label, icon=icon, type="tertiary", key=f"{PLACE}{state}", help=f"The teacher's actions are {state}."
    ):
        if is_unlocked:
            _show_unlocked()
        else:
            _ask_for_key()


def arrive() -> None:
    """Use the token of a link, if the visitor came by one, and take it out of the address."""
    if PARAMETER not in st.query_params:
        return
    token = st.query_params[PARAMETER]
    del st.query_params[PARAMETER]
    if rights.may_act():  # the browser's Back leads to the used link once more
        return
    found = rights.unlock_by(token)
    if found is True:
        st.toast("This device is unlocked for the teacher.", icon=_UNLOCKED, duration="long")
    else:
        said = _refused(found) if found else "This link for the teacher is used, or older than ten minutes."
        st.toast(said, icon=_LOCKED, duration="infinite")


def _ask_for_key() -> None:
    if wrong := st.session_state.pop(_WRONG, None):
        st.markdown(f":red[**{wrong}**]")
    else:
        st.caption("The teacher starts, stops and deletes runs, and shows answers.")
    with st.form(_FORM, border=False):
        st.text_input("The teacher's key", type="password", key=_TYPED, autocomplete="off")
        st.form_submit_button("Unlock", on_click=_try)


def _try() -> None:
    """Nothing that was typed stays in the session."""
    typed, st.session_state[_TYPED] = st.session_state[_TYPED], ""
    if not typed.strip():
        return
    found = rights.unlock(typed)
    if found is not True:
        st.session_state[_WRONG] = _refused(found) if found else "That is not the key."


def _refused(refusal: Refusal) -> str:
    seconds = math.ceil(refusal.seconds)
    again = f"Try again in {seconds} second{'' if seconds == 1 else 's'}."
    if refusal.is_own:
        return f"Too many tries. {again}"
    return f"Others are trying too many keys. {again} A link from where you are unlocked works at once."


def _show_unlocked() -> None:
    """Low enough to be whole below the button. Whoever is faster than the teacher could use a link on a beamer."""
    token = st.session_state.get(_TOKEN)
    has_link = token and rights.links.is_open(token) and not presenter.is_on()
    with st.container(gap="xsmall"):
        if has_link:
            st.caption(f"Unlocks one device, once, within {SECONDS / 60:.0f} minutes, whoever opens it.")
            st.code(f"{st.context.url or ''}?{urlencode({PARAMETER: token})}", language=None)
        else:
            st.caption("You may start, stop and delete runs, and show answers.")
        with st.container(horizontal=True):
            if not presenter.is_on():
                help_ = "For your phone, or for the computer at the beamer, so that nobody sees you type the key."
                st.button("Make a link", icon=":material/link:", key="teacher.link", on_click=_make_link, help=help_)
            st.button("Lock again", icon=_LOCKED, key="teacher.lock", on_click=rights.lock)


def _make_link() -> None:
    with suppress(rights.KeyNeeded):  # the key was changed since the button was drawn
        st.session_state[_TOKEN] = rights.make_token()
