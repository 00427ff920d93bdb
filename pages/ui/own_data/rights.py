"""What this visitor may do with data sets of one's own. Each answer is the server's, and asked for at each action.

The teacher may do all, as with runs. A pupil who has joined a class may add pictures to the one set that the teacher
has opened to the class, take back what they added last, and nothing else.
"""

from collections.abc import Callable

import streamlit as st

from cnn_core.data import DataError
from cnn_core.images import ImageError
from cnn_core.runs import disk_sentence
from pages.ui import teacher
from pages.ui.text import plain
from pages.ui.together import Member, member

_MESSAGE = "own_data.message"


def pupil() -> Member | None:
    """This session's place in a class if it is a pupil's."""
    place = member()
    return place if place and not place.is_teacher else None


def may_change() -> bool:
    return teacher.may_act() and not pupil()


def require_change() -> None:
    """Raise KeyNeeded unless `may_change()`."""
    if pupil():
        raise teacher.KeyNeeded("Only the teacher of your class can do that.")
    teacher.require()


def require_add(name: str) -> None:
    """Raise KeyNeeded unless this visitor may add pictures to this set."""
    if not (place := pupil()):
        teacher.require()
    elif not name or place.room.collecting != name:
        raise teacher.KeyNeeded("Your teacher has closed this data set to the class; nothing was added.")


def attempt(action: Callable[[], str | None], *, needs: Callable[[], None] = require_change) -> bool:
    """Do it, and whether that worked; `show_message` then says what it returned, or why it could not be done."""
    try:
        needs()
        said = action()
    except (DataError, ImageError, teacher.KeyNeeded) as error:
        st.session_state[_MESSAGE] = str(error)
    except OSError as error:  # whose own words may hold a path
        st.session_state[_MESSAGE] = disk_sentence(error)
    else:
        if said:
            st.session_state[_MESSAGE] = said
        return True
    return False


def show_message() -> None:
    if message := st.session_state.pop(_MESSAGE, None):
        st.error(plain(message), icon=":material/error:")
