"""The words of the lesson, and its questions: predict first, then see."""

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import streamlit as st

from cnn_core.classroom import Mark, Question
from cnn_core.classroom.question import MOST_OPTIONS
from cnn_core.convolution import write
from pages.ui import address, own_answers, presenter, teacher
from pages.ui.lessons import locks
from pages.ui.text import plain
from pages.ui.together import offering

ANSWERS = "answers"
TRIES = 2
_TEXTS = Path(__file__).parents[2] / "assets" / "pages"


@cache
def _sections(page: str) -> dict[str, tuple[str, str]]:
    """For each step of a page what to do and what to notice."""
    parts = (_TEXTS / f"{page}.md").read_text(encoding="utf-8").split("## ")[1:]
    named = (part.split("\n", 1) for part in parts)
    return {name.strip(): tuple(text.strip() for text in body.split("\n---\n")) for name, body in named}


def what_to_do(page: str, step: str) -> None:
    st.markdown(_sections(page)[step][0])


def what_to_notice(page: str, step: str) -> None:
    if presenter.is_on():
        return
    st.info(_sections(page)[step][1], icon=":material/visibility:")


def choose_answers() -> None:
    """The teacher's switch. Who may not have it gets no answers by its link either."""
    if not teacher.may_act():
        return
    address.allow(ANSWERS, ["true", "false"])
    st.sidebar.toggle(
        "Show answers",
        key=ANSWERS,
        bind="query-params",
        help="For teachers: shows every answer, also to everyone who opens this link.",
        disabled=locks.is_locked("answers"),
    )


def _shows_answers() -> bool:
    return teacher.may_act() and bool(st.session_state.get(ANSWERS)) and not locks.is_locked("answers")


def numbers(*values: float) -> list[str]:
    """Numbers to choose from, in order, each as it is written; equal texts appear once."""
    return list(dict.fromkeys(write(value) for value in sorted(values)))


def ask(name: str, question: str, options: Sequence[str], answer: str, *, hint: str, why: str) -> bool:
    """A question to predict, with two tries; True once the answer is known.

    The first wrong choice gives the hint, which does not give the answer away; the second reveals it with the
    arithmetic. `name` names the question, unlike any other of the app, with all that its answer depends on, so that
    another image asks again. The page keeps the answer back everywhere until this returns True.

    The teacher of a class can ask the class instead. While that votes, nobody in it gets the answer here; once it is
    revealed, everybody does.
    """
    key = f"lesson.question.{name}"
    tries: list[str] = st.session_state.setdefault(f"{key}.tries", [])
    with st.container(border=True):
        if offering.is_open(name):
            st.markdown(question)
            offering.say_open()
            return False
        st.pills(
            question, list(options), format_func=plain, key=key, on_change=_try, args=(name, question, answer, why)
        )
        is_told = _shows_answers() or offering.is_known(name)
        with st.container(horizontal=True, vertical_alignment="center"):
            _respond(answer, tries, hint, why, is_told=is_told)
            if 2 <= len(options) <= MOST_OPTIONS and not offering.is_known(name):
                marks = (Mark("right", answer),)
                offering.offer(name, partial(Question, question, tuple(options), marks, hint=hint, why=why))
    return answer in tries or len(tries) >= TRIES or is_told


def _respond(answer: str, tries: Sequence[str], hint: str, why: str, *, is_told: bool) -> None:
    """What is said to these tries."""
    if is_told:
        st.markdown(f":material/lightbulb: **{plain(answer)}.** {why}")
    elif answer in tries:
        st.success(f"**{plain(answer)}** is right. {why}", icon=":material/check:")
    elif len(tries) >= TRIES:
        st.error(f"Not {plain(' and not '.join(tries))}: it is **{plain(answer)}**. {why}", icon=":material/close:")
    elif tries:
        st.warning(f"Not {plain(tries[0])}. {hint} Try once more.", icon=":material/help:")
    else:
        st.caption("Predict first; you have two tries.")


def _try(name: str, question: str, answer: str, why: str) -> None:
    """Note a choice, unless the question has been answered."""
    key = f"lesson.question.{name}"
    choice, tries = st.session_state[key], st.session_state[f"{key}.tries"]
    if choice is not None and choice not in tries and answer not in tries and len(tries) < TRIES:
        tries.append(choice)
        is_known = answer in tries or len(tries) >= TRIES
        own_answers.note(name, question, tries, answer if is_known else None, why)
