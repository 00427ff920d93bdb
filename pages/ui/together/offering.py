"""A question of a page can be asked to the class; while the class votes on it, the page keeps the answer back.

A question is known by its name, unlike any other of the app; in the class it is the question's topic.
"""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from cnn_core.classroom import Question
from pages.ui.together.membership import as_teacher, ask, member

_SEEN = "together.offering.seen"  # the questions on this session's page, each in the state in which it was drawn
_KNOWN = "together.offering.known"  # the questions whose answer this session's class knows, each with the class's code
_MOST_KNOWN = 300
_VOTES, _IS_TOLD = "votes", "is told"
_IS_OPEN = "The class is voting on this. Its answer comes with the reveal."


def offer(name: str, make: Callable[[], Question], *, label: str = "Ask the class") -> None:
    """A button for the teacher of a class, and nothing for anybody else.

    name: of the question. make: makes it when it is asked. Streamlit keeps it with the button for as long as the
    session, so it holds no image and no network.
    """
    if as_teacher() and not is_open(name):
        key = f"together.offer.{name}"
        st.button(label, icon=":material/campaign:", key=key, on_click=_ask, args=(name, make))


def is_open(name: str) -> bool:
    """Whether the class is voting on this question now."""
    return _state(name) == _VOTES


def is_known(name: str) -> bool:
    """Whether the class was told the answer; it may have gone on to another question."""
    place = member()
    return _state(name) == _IS_TOLD or bool(place and (place.room.code, name) in st.session_state.get(_KNOWN, ()))


def tell(name: str) -> None:
    """From now on this session's class knows the answer."""
    if place := member():
        known: dict[tuple[str, str], None] = st.session_state.setdefault(_KNOWN, {})
        known[place.room.code, name] = None
        while len(known) > _MOST_KNOWN:
            del known[next(iter(known))]


def say_open() -> None:
    st.caption(f":material/campaign: {_IS_OPEN}")


def follow() -> Callable[[], None]:
    """Called before each page: what runs it again once the class has begun or ended to vote on one of its questions."""
    st.session_state[_SEEN] = {}
    return _keep_up


def _keep_up() -> None:
    drawn = dict(st.session_state.get(_SEEN, {}))
    if any(_state(name) != state for name, state in drawn.items()):
        st.rerun()


def _state(name: str) -> str | None:
    """Whether the class votes on this question or was told its answer; None if it is asked another, or none."""
    place = member()
    if not place:
        return None
    vote = place.room.vote()
    found = (_VOTES if vote.is_open else _IS_TOLD) if vote and vote.question.topic == name else None
    st.session_state.setdefault(_SEEN, {})[name] = found
    if found == _IS_TOLD:
        tell(name)
    return found


def _ask(name: str, make: Callable[[], Question]) -> None:
    place = member()
    if ask(replace(make(), topic=name)) and place:
        st.session_state.get(_KNOWN, {}).pop((place.room.code, name), None)
