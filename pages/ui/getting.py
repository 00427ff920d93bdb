"""The way to CIFAR-10, on the pages that have images to show."""

import streamlit as st

from cnn_core import data
from pages.ui import teacher

OFFER_WIDTH = 800  # pixels at most: a line that can be read
_REFUSED = "controls.refused"
_NOT_HERE = "**CIFAR-10 is not on this machine yet.**"
_HOW_TO_GET_IT = (
    "The official archive is a download of 170 MB, once for all visitors. "
    "Without internet: `python -m cnn_core data --from ARCHIVE`."
)


def offer_cifar10(meanwhile: str = "") -> None:
    """The way to CIFAR-10. Every visitor's page asks again and again, so all see the progress; seldom while there is
    none, since a class may go without CIFAR-10 for a whole lesson.

    `meanwhile` says what the page shows until then.
    """
    is_running = data.preparation_status().state == "running"
    st.fragment(_offer_cifar10, run_every=2 if is_running else 10)(meanwhile, is_running)


def _offer_cifar10(meanwhile: str, was_running: bool) -> None:
    status = data.preparation_status()
    if status.state == "ready" or (status.state == "running") != was_running:
        st.rerun()
    with st.container(border=True, key="offer_cifar10", width=OFFER_WIDTH):
        may_get_it = teacher.may_act()
        st.markdown(f"{_NOT_HERE} {_HOW_TO_GET_IT if may_get_it else 'The teacher can get it.'} {meanwhile}")
        if status.state == "running":
            st.progress(status.done / status.total if status.total else 0.0, text=status.message)
            return
        message = st.session_state.pop(_REFUSED, None) or (status.message if status.state == "failed" else None)
        if message:
            st.error(message, icon=":material/error:")
        if may_get_it:
            st.button("Get CIFAR-10", icon=":material/download:", on_click=_get_cifar10)


def _get_cifar10() -> None:
    try:
        teacher.require()
        data.start_background_preparation()
    except (data.DataError, teacher.KeyNeeded) as error:
        st.session_state[_REFUSED] = str(error)
