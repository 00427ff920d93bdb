"""What this session has answered, for its lab report: kept as long as the session, and shown to nobody else."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from cnn_core.classroom import Vote
from cnn_core.lab_report import Answered
from pages.ui.text import portable

_KEPT, _STEP = "own_answers", "own_answers.step"
_MOST = 200


def all_answers() -> dict[str, Answered]:
    """By name, in the order in which they were first given; the session's own, which goes on changing."""
    return st.session_state.setdefault(_KEPT, {})


def set_step(lesson: str = "", step: str = "") -> None:
    """From now on what is answered belongs to this step of a lesson, both by title; or to none."""
    st.session_state[_STEP] = (lesson, step)


def note(
    name: str, question: str, said: Sequence[str], right: str | None = None, why: str = "", *, topic: str = ""
) -> None:
    """The tries at a question, in the place of what was noted of it before. `right` and `why` only once they are known.

    name: unlike any other of the session. question and why: Markdown as pages write it. topic: the question's own name.
    """
    answers = all_answers()
    step = answers[name].step if name in answers else st.session_state.get(_STEP, ("", ""))
    known = {"right": right, "why": portable(why)} if right is not None else {}
    answers[name] = replace(Answered(portable(question), tuple(said), topic=topic or name, step=step), **known)
    while len(answers) > _MOST:
        del answers[next(iter(answers))]


def note_game(name: str, game: str, result: str) -> None:
    """How a game stands; all of it plain text."""
    note(name, game, [result])
    all_answers()[name] = replace(all_answers()[name], what="Result")


def note_vote(code: str, ticket: str, vote: Vote) -> None:
    """What this pupil has chosen in a vote of the class `code`; nothing for who chose nothing, nor for the teacher."""
    said = [ballot[ticket] for ballot in vote.ballots if ticket in ballot]
    if said:
        question = vote.question
        right = None if vote.is_open else question.right
        note(f"class.{code}.{vote.number}", question.text, said, right, question.why, topic=question.topic)
