"""A run brought in from the zip that Download gave somewhere else: the teacher's to do."""

import streamlit as st

from cnn_core import importing
from cnn_core.runs import RunError
from pages.ui import presenter, teacher, watched
from pages.ui.text import plain

# Larger than a photo may be: a network is in the zip three times. That of the preset `report` has 27 MB.
MOST_MEGABYTES = 30
_OPEN, _TAKEN = "training.import", "training.import.taken"
_REFUSED, _DONE = "training.import.refused", "training.import.done"


def offer() -> None:
    """The place for the zip, for those who may; what was brought in is the run that is watched from then on."""
    if presenter.is_on() or not teacher.may_act():
        return
    # The key keeps it open while the zip is looked through and after: the outcome stands where the zip was given.
    place = st.expander("Bring in a run", icon=":material/upload_file:", key=_OPEN, on_change="rerun")
    if place.open:
        with place:
            _ask()


def most_megabytes() -> int:
    """What a file may have here: no more than the server takes."""
    return min(MOST_MEGABYTES, st.get_option("server.maxUploadSize"))


def _ask() -> None:
    taken, most = st.session_state.get(_TAKEN, 0), most_megabytes()
    st.caption(
        f"The zip that **Download** gave in another copy of this app, of at most {most} MB; `python -m cnn_core "
        "import` takes larger ones. Nothing in it is run: its network is rebuilt from its weights in half a minute."
    )
    file = st.file_uploader(
        "A run's zip",
        type="zip",
        max_upload_size=most,
        key=f"training.import.{taken}",  # a new one each time, so that the server keeps no file that is done with
        label_visibility="collapsed",
    )
    if file is not None:
        with st.spinner("Looking through the zip, and rebuilding its network …", show_time=True):
            _take(file.getvalue(), most)
        st.session_state[_TAKEN] = taken + 1
        st.rerun()
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(plain(refused), icon=":material/error:")
    if done := st.session_state.pop(_DONE, None):
        st.success(done, icon=":material/check_circle:")


def _take(content: bytes, megabytes: int) -> None:
    try:
        teacher.require()
        brought_in = importing.bring_in(content, most=megabytes * 2**20)
    except (RunError, teacher.KeyNeeded) as error:
        st.session_state[_REFUSED] = str(error)
        return
    watched.choose(brought_in.run.id)
    title, notes = plain(brought_in.run.title), plain(" ".join(brought_in.notes))
    st.session_state[_DONE] = f"**{title}** was brought in and stands above. {notes}"
