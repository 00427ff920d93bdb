"""The part Ask of the class page: the question bank, and a question of the teacher's own."""

import streamlit as st

from cnn_core.classroom import Mark, Question
from cnn_core.classroom.question import LONGEST, LONGEST_OPTION, MOST_OPTIONS
from pages.ui import presenter
from pages.ui.text import plain
from pages.ui.together import bank, membership
from pages.ui.together.membership import Member

_TEXT, _OPTIONS, _RIGHT, _HINT, _WHY, _MESSAGE = (
    f"together.own.{name}" for name in ("text", "options", "right", "hint", "why", "message")
)
_OPINION = "None: I want to know what they think"


def show_ask(member: Member) -> None:
    """`member` is the teacher."""
    bank.show()
    _show_own()


def _show_own() -> None:
    st.header("A question of your own", anchor=False)
    st.text_input("Question", key=_TEXT, max_chars=LONGEST, persist_state="session")
    left, right = st.columns(2, gap="medium")
    with left:
        st.text_area(
            f"Answers, 2 to {MOST_OPTIONS}, one a line",
            key=_OPTIONS,
            max_chars=MOST_OPTIONS * (LONGEST_OPTION + 1),
            height=presenter.pixels(150),
            persist_state="session",
        )
    with right:
        options = _options()
        if st.session_state.get(_RIGHT) not in options:
            st.session_state[_RIGHT] = _OPINION
        st.selectbox("Right answer", [_OPINION, *options], key=_RIGHT)
        given = {"max_chars": LONGEST, "persist_state": "session"}
        st.text_input("Hint before the second try", key=_HINT, **given)
        st.text_input("Why it is so", key=_WHY, **given)
    if message := st.session_state.pop(_MESSAGE, None):
        st.error(message, icon=":material/error:")
    st.button("Ask the class", type="primary", icon=":material/campaign:", key="together.own.ask", on_click=_ask)


def _options() -> list[str]:
    """The answers as they are typed, each once."""
    lines = (" ".join(line.split()) for line in st.session_state.get(_OPTIONS, "").splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def _ask() -> None:
    st.session_state[_MESSAGE] = _trouble() or None
    if not st.session_state[_MESSAGE]:
        membership.ask(_question())


def _trouble() -> str:
    """Why this is no question, in a sentence. Streamlit itself cuts what is longer than a field allows."""
    options = _options()
    if not st.session_state[_TEXT].strip():
        return "Type the question first."
    if not 2 <= len(options) <= MOST_OPTIONS:
        return f"A question needs 2 to {MOST_OPTIONS} different answers, each on a line of its own."
    if any(len(option) > LONGEST_OPTION for option in options):
        return f"An answer has {LONGEST_OPTION} characters at most."
    return ""


def _question() -> Question:
    right = st.session_state[_RIGHT]
    options = _options()
    return Question(
        plain(st.session_state[_TEXT]),
        tuple(options),
        marks=(Mark("right", right),) if right in options else (),
        hint=plain(st.session_state[_HINT]),
        why=plain(st.session_state[_WHY]),
    )
