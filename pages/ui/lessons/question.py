"""The question of a step: predict first, and in a class ask everybody."""

import streamlit as st

from cnn_core.lessons import Asked, Lesson, Step
from pages.ui import guidance
from pages.ui.lessons import bank
from pages.ui.text import plain


def found(step: Step) -> Asked | None:
    """The step's question; None if it has none, or names one that the bank does not have."""
    return bank.find(step.question) if isinstance(step.question, str) else step.question


def show(lesson: Lesson, step: Step) -> None:
    asked = found(step)
    if asked is None:
        return
    name = step.question if isinstance(step.question, str) else f"{lesson.title}.{step.title}"
    with st.container(width=420):
        guidance.ask(
            f"lessons.{name}", plain(asked.text), list(asked.options), asked.right,
            hint=plain(asked.hint), why=plain(asked.why),
        )  # fmt: skip
