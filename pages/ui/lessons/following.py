"""Which lesson this session follows, and at which step.

In a class that is the class's lesson: its pupils are led to the teacher's step, or each goes on alone. Without a class
it is the lesson of a link or of a list; the address keeps it, so that a reload and the browser's Back find it again.
"""

from dataclasses import dataclass

import streamlit as st

from cnn_core import lessons
from cnn_core.lessons import Lesson, LessonError, Step
from pages.ui import address, teacher
from pages.ui.together.membership import Member, member

LESSON, STEP = "lesson", "lesson.step"  # in the address: a lesson's name or its text, and the step from 1 on
_ALONE, _AT = "lessons.alone", "lessons.at"  # in the session: the own lesson; the own step in a class's lesson
_REFUSED, _DRAWN = "lessons.refused", "lessons.drawn"


@dataclass(frozen=True, slots=True)
class Followed:
    """The lesson, the step (from 0 on) that this session is at, and whose lesson it is."""

    lesson: Lesson
    at: int
    place: Member | None = None  # in the class whose lesson it is; None without a class
    together: bool = False  # whether the class follows the teacher

    @property
    def step(self) -> Step:
        return self.lesson.steps[self.at]

    @property
    def is_teacher(self) -> bool:
        """Who is not locked, and sees the notes: the teacher of a class, also in a lesson of their own, and without a
        class who has given the key."""
        place = self.place or member()
        return place.is_teacher if place else teacher.is_asked_for() and teacher.may_act()

    @property
    def is_led(self) -> bool:
        return self.place is not None and self.together and not self.is_teacher


@dataclass(frozen=True, slots=True)
class _Alone:
    written: str  # as it stands in the address; empty for a lesson that is too long for one
    lesson: Lesson
    at: int


def following() -> Followed | None:
    place = member()
    if place and (taught := place.room.lesson()):
        lesson, at, together = taught
        followed = Followed(lesson, at, place, together)
        if followed.is_teacher or together:
            return followed
        return Followed(lesson, _own_step(place, lesson, at), place, together)
    alone: _Alone | None = st.session_state.get(_ALONE)
    return Followed(alone.lesson, alone.at) if alone else None


def is_followed() -> bool:
    """Whether the lesson's ways take the place of the page's own."""
    return following() is not None


def follow_address() -> None:
    """Take the lesson and the step that the address names, or write there what the session follows."""
    on = following()
    if on and on.place:
        _note(on)
        for parameter in (LESSON, STEP):
            st.query_params.pop(parameter, None)
        return
    alone: _Alone | None = st.session_state.get(_ALONE)
    written = st.query_params.get(LESSON)
    if written is not None and not (alone and alone.written == written):
        alone = _linked(written)
    elif alone and written is not None:
        alone = _Alone(written, alone.lesson, _linked_step(alone.lesson))
    st.session_state[_ALONE] = alone
    _write(alone)


def start(lesson: Lesson, name: str = "") -> None:
    """For callbacks: follow it without a class, from its first step on. `name` is that of one that ships."""
    try:
        written = name or lessons.pack(lesson)
    except LessonError:
        written = ""
    st.session_state[_ALONE] = _Alone(written, lesson, 0)
    _write(st.session_state[_ALONE])


def leave() -> None:
    """For callbacks: end the own lesson."""
    st.session_state[_ALONE] = None
    _write(None)


def teach(lesson: Lesson | None) -> None:
    """For callbacks: let the class do this lesson, from its first step on; None ends it. Only its teacher can."""
    if (place := member()) and place.is_teacher:
        place.room.teach(lesson)


def go_to(at: int, *, together: bool | None = None) -> None:
    """For callbacks: to this step of the lesson. The teacher takes along who is led, and says with `together` whether
    all are. A pupil who is led stays."""
    on = following()
    if on is None or on.is_led or not 0 <= at < len(on.lesson.steps):
        return
    if on.place is None:
        alone: _Alone = st.session_state[_ALONE]
        st.session_state[_ALONE] = _Alone(alone.written, alone.lesson, at)
        _write(st.session_state[_ALONE])
    elif on.is_teacher:
        on.place.room.teach(on.lesson, at, together=on.together if together is None else together)
    else:
        _note(Followed(on.lesson, at, on.place))


def pupils_at(on: Followed) -> list[int]:
    """For each step how many pupils of the class are there."""
    steps = list(on.place.room.handed_in(_topic(on.lesson)).values()) if on.place else []
    return [steps.count(at) for at in range(len(on.lesson.steps))]


def keep_up() -> None:
    """Run the page again where the class's lesson is no longer as it was drawn."""
    if _as_taught() != st.session_state.get(_DRAWN):
        st.rerun()


def note_drawn() -> None:
    st.session_state[_DRAWN] = _as_taught()


def refusal() -> str | None:
    """Why the lesson of a link cannot be followed; once."""
    return st.session_state.pop(_REFUSED, None)


def _as_taught() -> tuple | None:
    """What a member's page depends on; for who is not led, the teacher's step does not matter."""
    place = member()
    if place is None or (taught := place.room.lesson()) is None:
        return None
    lesson, at, together = taught
    return lesson, at if together or place.is_teacher else None, together


def _own_step(place: Member, lesson: Lesson, first: int) -> int:
    """Where a pupil is who goes on alone; a reload finds it again in the class."""
    kept = st.session_state.get(_AT)
    if kept and kept[0] == lesson:
        return kept[1]
    return min(place.room.handed_in(_topic(lesson)).get(place.pupil, first), len(lesson.steps) - 1)


def _note(on: Followed) -> None:
    """Keep the step at which a pupil is, here and in the class."""
    if on.is_teacher or st.session_state.get(_AT) == (on.lesson, on.at):
        return
    st.session_state[_AT] = (on.lesson, on.at)
    on.place.room.hand_in(on.place.ticket, _topic(on.lesson), on.at)


def _topic(lesson: Lesson) -> str:
    return f"lesson {lesson.title}"


def _linked(written: str) -> _Alone | None:
    try:
        shipped = lessons.shipped()
        lesson = shipped[written] if written in shipped else lessons.unpack(written)
    except LessonError as error:
        st.session_state[_REFUSED] = str(error)
        return None
    return _Alone(written, lesson, _linked_step(lesson))


def _linked_step(lesson: Lesson) -> int:
    linked = st.query_params.get(STEP, "1")
    return int(float(linked)) - 1 if address.is_number(linked, 1, len(lesson.steps)) else 0


def _write(alone: _Alone | None) -> None:
    if alone and alone.written:
        for parameter, value in ((LESSON, alone.written), (STEP, str(alone.at + 1))):
            if st.query_params.get(parameter) != value:
                st.query_params[parameter] = value
        return
    for parameter in (LESSON, STEP):
        st.query_params.pop(parameter, None)
