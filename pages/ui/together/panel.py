"""The panel: the class's question at the bottom of every page, for everybody in a class and for nobody else.

It renews itself, all members together at most eight times a second. The page around it runs again only when what it
shows of the class is another by now, as those say who show it.
"""

import math
from collections.abc import Callable

import streamlit as st

from cnn_core.classroom import Classroom, Vote
from pages.ui import own_answers, presenter
from pages.ui.components.keeper import keeper
from pages.ui.components.tally import tally
from pages.ui.text import plain
from pages.ui.together import late
from pages.ui.together.membership import COOKIE, Member, as_teacher, kept, member

_RENEWALS = 8  # a second, for all members of a class
_FASTEST = 2  # seconds between two renewals
_IS_NEW, _TROUBLE = "together.is_new", "together.trouble"
_PANEL, _WHY, _KEEPER = "together-panel", "together-why", "together-keeper"
TO_COLLECT = "together-collect"  # the link to the page where a class adds pictures to a data set
_TALK = "Tell your neighbour why you chose your answer. Then choose once more."
# What lies above the panel is the figure that the question is about: the panel is low, and scrolls if it must not be.
_STYLE = f"""<style>
[data-testid=stBottomBlockContainer] {{ padding-block: 0.5rem; border-top: 1px solid rgb(128 128 128 / 30%); }}
.st-key-{_PANEL} {{ max-height: 45vh; overflow-y: auto; }}
.st-key-{_KEEPER} {{ position: absolute; }}
</style>"""
_PRESENTED = f"""<style>
.st-key-{_PANEL} {{ max-height: 190px; }}
.st-key-{_PANEL}:has(.st-key-{_WHY}) {{ max-height: 260px; }}
.st-key-{_PANEL} [data-testid=stMarkdownContainer] {{ font-size: 0.875rem; }}
.st-key-{_PANEL} button {{ min-height: 1.5rem; padding-block: 0; }}
</style>"""


def show_panel(*keep_up: Callable[[], None]) -> None:
    """The frame calls this before each page. Each of `keep_up` runs the page again if that is outdated."""
    if (text := kept()) is not None:
        st.html(_STYLE + (_PRESENTED if presenter.is_on() else ""))
        keeper(COOKIE, text, key=_KEEPER)
    if place := member():
        seconds = pace(place.room)
        st.session_state[_IS_NEW] = True
        with st.bottom:
            st.fragment(_show, run_every=seconds)(seconds, keep_up)


def pace(room: Classroom) -> int:
    """Seconds between two renewals. It follows who has joined, not who is there: that changes all the time."""
    return max(_FASTEST, math.ceil((room.joined() + 1) / _RENEWALS))


def _show(seconds: int, keep_up: tuple[Callable[[], None], ...]) -> None:
    place = member()
    if not place or pace(place.room) != seconds:
        st.rerun()
    if not st.session_state.pop(_IS_NEW, False):  # the page is being drawn at this moment
        for runs_again in keep_up:
            runs_again()
    vote = place.room.vote()
    with st.container(key=_PANEL, gap="xsmall"):
        if vote is None:
            _show_place(place)
        elif place.is_teacher:
            _show_to_teacher(place.room, vote)
        else:
            _show_to_pupil(place, vote)


def _show_place(place: Member) -> None:
    """Who one is, and where."""
    if not place.is_teacher:
        st.caption(f"{_introduction(place)} The next question appears here.")
        if place.room.collecting:
            with st.container(key=TO_COLLECT):
                st.page_link("pages/own_data.py", label="Take pictures for the class", icon=":material/photo_camera:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link("pages/classroom.py", label=f"Class **{place.room.code}**", icon=":material/groups:")
        here = len(place.room.present())
        st.caption(f"{here} pupil{'' if here == 1 else 's'} here", width="content")


def _show_to_teacher(room: Classroom, vote: Vote) -> None:
    is_in_line = presenter.is_on()  # which saves the height of the buttons; on the teacher's phone it would be squeezed
    if not is_in_line:
        st.markdown(f"**{vote.question.text}**")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=not is_in_line):
        if is_in_line:
            st.markdown(f"**{vote.question.text}**", width="stretch")
        if vote.is_open:
            st.caption(f"{len(vote.ballots[-1])} answered, {len(room.present())} here", width="content")
        elif result := _result(vote):
            st.markdown(result, width="content")
        if vote.stage == "open":
            _offer("Second try", "forum", _explain, vote, "Shows a hint, and lets everybody choose once more.")
        if vote.is_open:
            _offer("Reveal", "visibility", _reveal, vote, "Ends the vote, and shows everybody the answer.")
        _offer("Put away", "close", _put_away, vote, "Takes the question from all screens.")
    if trouble := st.session_state.pop(_TROUBLE, None):
        st.toast(trouble, icon=":material/hourglass_top:", duration="long")  # the panel itself is soon drawn again
    if vote.stage == "explained":
        _show_hint(vote)
    _show_counts(vote)


def _show_to_pupil(place: Member, vote: Vote) -> None:
    choice = vote.choice(place.ticket)
    own_answers.note_vote(place.room.code, place.ticket, vote)
    st.markdown(f"**{vote.question.text}**")
    if not vote.is_open:
        chosen = f"You chose **{plain(choice)}**." if choice else ""
        st.caption(f"{_introduction(place)} {chosen} {_result(vote)}")
        _show_counts(vote)
        return
    if vote.stage == "explained":
        _show_hint(vote)
    key = f"together.choice.{place.room.code}.{vote.number}.{vote.tries}"
    st.pills(
        "Your answer",
        vote.question.options,
        default=choice,  # after a reload; a browser may miss what only the first of two quick runs sets in the session
        format_func=plain,
        required=True,
        key=key,
        on_change=_cast,
        args=(key, vote.number, vote.tries),
        label_visibility="collapsed",
    )
    chosen = f"You chose **{plain(choice)}**, and may still change it." if choice else "Choose an answer."
    st.caption(f"{_introduction(place)} {chosen}")


def _introduction(place: Member) -> str:
    pupil = place.pupil
    return f"{pupil.sign} You are **{pupil.name}**." if pupil else ""


def _show_hint(vote: Vote) -> None:
    st.markdown(f":material/lightbulb: {vote.question.hint or _TALK}")


def _show_counts(vote: Vote) -> None:
    """To pupils only once they are revealed, like all that is known of the answer; both tries only then."""
    question, is_over = vote.question, not vote.is_open
    marks: dict[str, list[str]] = {}
    for mark in question.marks if is_over else ():
        marks.setdefault(mark.option, []).append(mark.whose)
    counts = [vote.counts(try_) for try_ in (range(vote.tries) if is_over else (-1,))]
    tally(counts, marks=marks, right=question.right if is_over else None, key=f"together.tally.{vote.number}")
    if is_over and question.why:
        with st.container(key=_WHY):
            st.markdown(question.why)


def _result(vote: Vote) -> str:
    """How many were right, of how many, in each try; nothing where nobody knows."""
    if not (right := vote.question.right):
        return ""
    *before, (were_right, total) = [(one[right], sum(one.values())) for one in map(vote.counts, range(vote.tries))]
    if not total:
        return "Nobody answered."
    said = f"**{were_right} of {total}** right"
    return f"{said}, before {before[0][0]} of {before[0][1]}" if before else said


def _offer(label: str, icon: str, action, vote: Vote, help_: str) -> None:
    key = f"together.{label.lower().replace(' ', '-')}"
    st.button(label, icon=f":material/{icon}:", key=key, on_click=action, args=(vote.number,), help=help_)


def _cast(key: str, number: int, try_: int) -> None:
    choice = st.session_state[key]
    if choice is not None and (place := member()):
        place.room.cast(place.ticket, choice, number=number, try_=try_)


def _explain(number: int) -> None:
    if place := as_teacher():
        place.room.change_vote(Vote.explain, number)


def _reveal(number: int) -> None:
    """What is asked for a number that is known later may not be known yet."""
    place = as_teacher()
    vote = place and place.room.vote()
    if not vote or vote.number != number:
        return
    found = late.answered(vote.question)
    if isinstance(found, str):
        st.session_state[_TROUBLE] = found
    else:
        place.room.change_vote(lambda vote: vote.reveal(found), number)


def _put_away(number: int) -> None:
    if place := as_teacher():
        place.room.put_away(number)
