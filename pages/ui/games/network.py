"""Beat the network: sort twenty test images, and see who is right where. A class hands in what each pupil said."""

import numpy as np
import streamlit as st

from cnn_core import games
from cnn_core.classroom import Classroom
from cnn_core.games import Sorting
from pages.ui import together
from pages.ui.components.sorter import sorter
from pages.ui.games import outcome
from pages.ui.games.rounds import Round, choose_network, choose_round, go_to_next
from pages.ui.together import Member

_SORTED, _ATTEMPTS = "games.sorted", "games.attempts"
_LIVE = 2.0  # seconds between two renewals of the teacher's view; pupils renew theirs by hand


def show() -> None:
    of, me = choose_round(), together.member()
    if me and me.is_teacher:
        _show_class(of, me.room)
        return
    mine = _mine(of, me)
    if mine is None:
        _play(of, me)
        return
    answers = choose_network(of)
    outcome.show_own(of, mine, answers, me.room.handed_in(of.topic) if me else {})
    with st.container(horizontal=True):
        if me:
            st.button("Renew the class's result", icon=":material/refresh:")
        st.button("Play the next round", icon=":material/arrow_forward:", on_click=go_to_next)


def _mine(of: Round, me: Member | None) -> Sorting | None:
    """What this visitor said of the round, here or before a reload; who joins a class later hands it in then."""
    mine = st.session_state.get(_SORTED, {}).get(of.topic)
    if not (me and me.pupil):
        return mine
    handed_in = me.room.handed_in(of.topic).get(me.pupil)
    if mine and not handed_in:
        me.room.hand_in(me.ticket, of.topic, mine)
    return handed_in or mine


def _play(of: Round, me: Member | None) -> None:
    attempt = st.session_state.get(_ATTEMPTS, 0)
    sent = sorter(of.images, of.data_set.class_names, key=f"games.sorter.{of.topic}", attempt=attempt)
    if sent is not None:
        try:
            mine = games.read_sorting(sent)
        except ValueError as error:
            st.session_state[_ATTEMPTS] = attempt + 1
            st.session_state["games.refused"] = str(error)
        else:
            st.session_state.setdefault(_SORTED, {})[of.topic] = mine
        st.rerun()
    if refused := st.session_state.pop("games.refused", None):
        st.error(f"{refused} Play once more.", icon=":material/error:")
    if me and me.pupil:
        st.caption(f"You are {me.pupil.name} {me.pupil.sign}. Your answers go to the class without your name.")


def _show_class(of: Round, room: Classroom) -> None:
    """The teacher's view: who has handed in, live. The images wait until they are asked for: pupils look at it too."""
    answers = choose_network(of)
    shows_images = st.toggle(
        "Show the images with their labels", key=f"games.images.{of.topic}", help="When all have handed in."
    )
    st.fragment(_follow, run_every=_LIVE)(of, room, answers, shows_images)


def _follow(of: Round, room: Classroom, answers: np.ndarray | None, shows_images: bool) -> None:
    outcome.show_class(of, room.handed_in(of.topic), len(room.present()), answers, shows_images=shows_images)
