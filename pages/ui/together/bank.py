"""The question bank, from which the teacher of a class can ask at any time."""

import streamlit as st

from cnn_core.lessons.bank import Entry, read_bank
from pages.ui.text import plain
from pages.ui.together.offering import is_open, offer, say_open

_CHOSEN = "together.bank"


def show() -> None:
    """For the teacher: what many believe wrongly of convolutional networks, a question each."""
    st.header("Question bank", anchor=False)
    entries, complaints = read_bank()
    for complaint in complaints:
        st.warning(plain(complaint), icon=":material/description:")
    if not entries:
        st.info("There is no question in `assets/questions`.", icon=":material/info:")
        return
    titles = {name: f"{number}. {entry.title}" for number, (name, entry) in enumerate(entries.items(), start=1)}
    if st.session_state.get(_CHOSEN) not in titles:
        st.session_state.pop(_CHOSEN, None)
    with st.container(width=420):
        name = st.selectbox(
            "Which question", list(titles), format_func=titles.get, key=_CHOSEN, persist_state="session"
        )
    _show_entry(entries[name])


def _show_entry(entry: Entry) -> None:
    """As the class will see it; what gives it away is folded up, since this may be on a beamer."""
    question = entry.question
    with st.container(border=True, gap="small"):
        st.markdown(f"**{question.text}**")
        st.markdown("\n".join(f"- {plain(option)}" for option in question.options))
        if is_open(question.topic):
            say_open()
        offer(question.topic, lambda: question, label="Ask this question")
        with st.expander("For the teacher: the answer, and where to see it", icon=":material/school:"):
            st.markdown(f"*Many believe:* {entry.belief}")
            st.markdown(f"*Right:* **{plain(question.right)}.** {question.why}")
            st.markdown(f"*Between two tries:* {question.hint}")
            page = {"label": entry.where, "icon": ":material/arrow_forward:", "query_params": entry.state}
            st.page_link(f"pages/{entry.page}.py", **page)
