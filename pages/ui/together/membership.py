"""Which class this session belongs to, and as whom: the teacher who opened it, or one of its pupils.

A session keeps its place in itself and in a cookie of the browser, so that a reload keeps it; without cookies joining
works as well, and only a reload loses the place. Codes are short, so wrong ones may be tried as seldom as a wrong key.
"""

import math
import uuid
from dataclasses import dataclass

import streamlit as st

from cnn_core.classroom import Classroom, Pupil, Question
from pages.ui import cache, teacher
from pages.ui.teacher.links import Links
from pages.ui.teacher.tries import Tries

PARAMETER = "class"  # in a link's address: the code of the class
TEACHERS = "class-teacher"  # the same: a token that makes another device the teacher's
COOKIE = "cnn-class"  # what the browser keeps until it is closed: the code and the ticket
_MEMBER, _SESSION = "together.member", "together.session"

# Not in Streamlit's caches: any visitor's browser may ask to clear those.
tries = Tries()
links = Links()


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


def as_teacher() -> Member | None:
    """The same if it is the teacher's; every action of the teacher's in a class begins with it."""
    place = member()
    return place if place and place.is_teacher else None


def kept() -> str | None:
    """What the browser is to keep: "" forgets it; None where this session never was in a class."""
    return st.session_state.get(_MEMBER)


def arrive() -> None:
    """Join the class of a link; who was in it before a reload, as the browser's cookie says, is who they were."""
    if _MEMBER not in st.session_state and isinstance(
        cookie := st.context.cookies.get(COOKIE), str
    ):  # AppTest's is not
        st.session_state[_MEMBER] = cookie if _place(cookie) else ""
    if st.session_state.get(_MEMBER) and not member():
        st.session_state[_MEMBER] = ""
        st.toast("The class has ended.", icon=":material/groups:", duration="long")
    for parameter, use in ((PARAMETER, enter), (TEACHERS, _take_over)):
        if parameter in st.query_params:
            given = st.query_params[parameter]
            del st.query_params[parameter]
            if refusal := use(given):
                st.toast(refusal, icon=":material/groups:", duration="infinite")


def enter(code: str) -> str:
    """Join the class with this code; why that failed in a sentence, "" if it did not."""
    session, address = st.session_state.setdefault(_SESSION, uuid.uuid4().hex), st.context.ip_address
    if refusal := tries.ask(session, address):
        seconds = math.ceil(refusal.seconds)
        return f"Too many wrong codes. Try again in {seconds} second{'' if seconds == 1 else 's'}."
    if not (room := cache.classrooms().find(code)):
        return "No class has this code (any more). It has four letters and digits."
    tries.forgive(session, address)
    if (place := member()) and place.room is room:
        return ""
    if refusal := _refuse_another(room.code):
        return refusal
    ticket = room.teacher if teacher.is_asked_for() and teacher.may_act() else room.join()
    if not ticket:
        return "This class is full."
    leave()  # another class
    st.session_state[_MEMBER] = f"{room.code}.{ticket}"
    return ""


def leave() -> None:
    """From now on this session is in no class; a pupil's place is given up."""
    if place := member():
        place.room.leave(place.ticket)
    st.session_state[_MEMBER] = ""


def open_class() -> None:
    """Make this session the teacher of a new class; of its own, if it has one. Raises KeyNeeded or ClassError."""
    teacher.require()
    if as_teacher():
        return
    room = cache.classrooms().open()
    st.session_state[_MEMBER] = f"{room.code}.{room.teacher}"


def end_class() -> None:
    """For everybody in it. Nothing happens if this session is not its teacher."""
    if place := as_teacher():
        cache.classrooms().close(place.room.code)
        leave()


def ask(question: Question) -> bool:
    """Ask the class of this session; whether this session may."""
    if place := as_teacher():
        place.room.ask(question)
    return place is not None


def make_link() -> str | None:
    """A token with which one more device, once and within ten minutes, is the teacher's."""
    place = as_teacher()
    return links.make(f"{place.room.code}.{place.room.teacher}".encode()) if place else None


def _take_over(token: str) -> str:
    if not (found := links.use(token)):
        return "" if as_teacher() else "This link for the teacher is used, or older than ten minutes."
    if refusal := _refuse_another(found.decode().partition(".")[0]):
        return refusal
    st.session_state[_MEMBER] = found.decode()
    return ""


def _refuse_another(code: str) -> str:
    """Why a teacher does not go to the class with this code, by a link in a message, say: no way leads back."""
    place = as_teacher()
    if not place or place.room.code == code:
        return ""
    return f"You are the teacher of class {place.room.code}. End it before you join another."


def _place(kept: str) -> Member | None:
    code, _, ticket = kept.partition(".")
    room = cache.classrooms().find(code)
    return Member(room, ticket) if room and room.is_here(ticket) else None
