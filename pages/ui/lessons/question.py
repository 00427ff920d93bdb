"""The question of a step: predict first, and in a class ask everybody."""

import hashlib
from functools import cache

import streamlit as st

from cnn_core.classroom import Mark, Question
from cnn_core.lessons import Step
from cnn_core.lessons.bank import Entry, read_bank
from pages.ui import guidance
from pages.ui.text import plain


def of(step: Step) -> Question | None:
    """The step's question; None if it has none, or names one that the bank does not have.

    Its topic follows from what is asked: two steps may have the same title, and a lesson any that a stranger gave it.
    """
    asked = step.question
    if asked is None:
        return None
    if isinstance(asked, str):
        entry = _bank().get(asked)
        return entry and entry.question
    text, hint, why = map(plain, (asked.text, asked.hint, asked.why))
    topic = f"lesson.{hashlib.blake2b(repr(asked).encode(), digest_size=8).hexdigest()}"
    return Question(text, asked.options, (Mark("right", asked.right),), hint, why, topic)


def show(asked: Question) -> None:
    with st.container(width=420):
        guidance.ask(asked.topic, asked.text, asked.options, asked.right or "", hint=asked.hint, why=asked.why)


@cache
def _bank() -> dict[str, Entry]:
    return read_bank()[0]
