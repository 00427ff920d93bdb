"""Beat the network: sort twenty test images, and see who is right where. A class hands in what each pupil said."""

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core import games
from cnn_core.classroom import Classroom
from cnn_core.games import Sorting
from pages.ui import own_answers, together
from pages.ui.components.sorter import sorter
from pages.ui.games import in_code, outcome
from pages.ui.games.outcome import Handed
from pages.ui.games.rounds import Round, choose_network, choose_round, go_to_next, say_what_to_do
from pages.ui.together import Member

_SORTED, _ATTEMPTS = "games.sorted", "games.attempts"
_LIVE = 2.0  # seconds between two renewals of the teacher's view; pupils renew theirs by hand


def show() -> None:
    """The game or the result first; the controls under its figures, the images below."""
    figure, controls = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    with controls:
        of = choose_round()
    me = together.member()
    if me and me.is_teacher:
        _show_class(of, me.room, figure, controls)
    elif mine := _mine(of, me):
        _show_result(of, mine, me.room.handed_in(of.topic) if me else {}, figure, controls)
    else:
        with figure:
            say_what_to_do("network")
            _play(of, me)


def _show_result(of: Round, mine: Sorting, handed: Handed, figure: DeltaGenerator, controls: DeltaGenerator) -> None:
    with controls:
        answers = choose_network(of)
        if handed:
            st.button("Renew the class's result", icon=":material/refresh:")
        st.button("Play the next round", icon=":material/arrow_forward:", on_click=go_to_next)
    _note(of, mine, answers)
    with figure:
        outcome.show_own(of, mine, answers, handed)
    outcome.show_images(of, outcome.sides(of, mine, answers, handed), handed)
    in_code.show_sorting(of, mine, has_network=answers is not None)


def _note(of: Round, mine: Sorting, answers: np.ndarray | None) -> None:
    """For the lab report."""
    result = f"{mine.right(of.labels)} of {len(of.labels)} right, {np.mean(mine.seconds):.1f} s an image"
    if answers is not None:
        result += f"; the network {(answers == of.labels).sum()} of {len(of.labels)}"
    own_answers.note_game(of.topic, f"Beat the network: {of.data_set.title}, round {of.number}", result)


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
            mine = games.read_sorting(sent, len(of.images), len(of.data_set.class_names))
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


def _show_class(of: Round, room: Classroom, figure: DeltaGenerator, controls: DeltaGenerator) -> None:
    """The teacher's view, live. The images wait until they are asked for: pupils look at the beamer too."""
    with controls:
        answers = choose_network(of)
        shows_images = st.toggle(
            "Show the images with their labels", key=f"games.images.{of.topic}", help="When all have handed in."
        )
    with figure:
        st.fragment(_follow, run_every=_LIVE)(of, room, answers)
    handed = room.handed_in(of.topic)
    if shows_images and handed:
        outcome.show_images(of, outcome.sides(of, None, answers, handed), handed)


def _follow(of: Round, room: Classroom, answers: np.ndarray | None) -> None:
    outcome.show_class(of, room.handed_in(of.topic), len(room.present()), answers)
