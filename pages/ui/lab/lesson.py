"""The words of the lesson, and its questions: predict first, then see."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import streamlit as st

from cnn_core.convolution import write
from pages.ui import address

ANSWERS = "convolution.answers"
_TEXT = Path(__file__).parents[3] / "assets" / "lessons" / "convolution.md"


@cache
def _sections() -> dict[str, tuple[str, str]]:
    """For each step what to do and what to notice."""
    parts = _TEXT.read_text(encoding="utf-8").split("## ")[1:]
    named = (part.split("\n", 1) for part in parts)
    return {name.strip(): tuple(text.strip() for text in body.split("\n---\n")) for name, body in named}


def what_to_do(step: str) -> None:
    st.markdown(_sections()[step][0])


def what_to_notice(step: str) -> None:
    st.info(_sections()[step][1], icon=":material/visibility:")


def choose_answers() -> None:
    address.allow(ANSWERS, ["true", "false"])
    st.sidebar.toggle(
        "Show answers",
        key=ANSWERS,
        bind="query-params",
        help="For teachers: every question is answered, also for whoever opens this link.",
    )


def numbers(*values: float) -> list[str]:
    """Numbers to choose from, in order, each as it is written; what is written alike stands there once."""
    return list(dict.fromkeys(write(value) for value in sorted(values)))


def ask(name: str, question: str, options: Sequence[str], answer: str, why: str) -> bool:
    """A question to predict; True once it is answered, or when answers are shown.

    `name` names the question with all that its answer depends on, so that another image asks anew.
    """
    with st.container(border=True):
        choice = st.pills(question, list(options), key=f"convolution.question.{name}")
        if st.session_state.get(ANSWERS):
            st.markdown(f":material/lightbulb: **{answer}.** {why}")
        elif choice is None:
            st.caption("Predict first; the answer follows your choice.")
        elif choice == answer:
            st.success(f"**{answer}** is right. {why}", icon=":material/check:")
        else:
            st.error(f"Not {choice}: it is **{answer}**. {why}", icon=":material/close:")
    return choice is not None or bool(st.session_state.get(ANSWERS))
