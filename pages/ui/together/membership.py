"""Which class this session belongs to, and as whom: the teacher who opened it, or one of its pupils."""

from dataclasses import dataclass

import streamlit as st

from cnn_core.classroom import Classroom, Pupil
from pages.ui import cache, teacher

PARAMETER = "class"  # in a link's address: the code of the class
COOKIE = "cnn-class"  # what the browser keeps until it is closed: the code and the ticket
_MEMBER = "together.member"


@dataclass(frozen=True, slots=True)
class Member:
    room: Classroom
    ticket: str

    @property
    def is_teacher(self) -> bool:
        """Who opened the class; and, where a key is asked for, whoever has given it."""
        return self.ticket == self.room.teacher or (teacher.is_asked_for() and teacher.may_act())

    @property
    def pupil(self) -> Pupil | None:
        return self.room.pupil(self.ticket)


def member() -> Member | None:
    """This session's place in a class; None without one, and once the class has ended."""
    return _place(st.session_state.get(_MEMBER, ""))


def arrive() -> None:
    """Join the class of a link; who was in it before a reload, as the browser's cookie says, is who they were."""
    kept = st.session_state.get(_MEMBER) or st.context.cookies.get(COOKIE, "")
    kept = kept if isinstance(kept, str) else ""
    place = _place(kept)
    if PARAMETER in st.query_params:
        room = cache.classrooms().find(st.query_params[PARAMETER])
        del st.query_params[PARAMETER]
        if room and not (place and place.room is room):
            ticket = room.join()
            kept = f"{room.code}.{ticket}" if ticket else kept
    if kept:
        st.session_state[_MEMBER] = kept


def open_class() -> None:
    """Make this session the teacher of a new class. Raises KeyNeeded or ClassError."""
    teacher.require()
    room = cache.classrooms().open()
    st.session_state[_MEMBER] = f"{room.code}.{room.teacher}"


def _place(kept: str) -> Member | None:
    code, _, ticket = kept.partition(".")
    room = cache.classrooms().find(code)
    return Member(room, ticket) if room and room.is_here(ticket) else None
