"""Making a lesson in the app: its text, what it becomes, its link and its file."""

from collections.abc import Callable

import streamlit as st

from cnn_core import lessons
from cnn_core.lessons import GROUPS, Lesson, LessonError, Step
from pages.ui import downloads
from pages.ui.lessons import following, question
from pages.ui.lessons.words import for_the_teacher, formatted
from pages.ui.text import plain

TEXT, _FROM = "lessons.text", "lessons.from"
_HELP = "A lesson is a text: a header, then steps. Each step opens a page by its address: copy it from the browser."


def offer(offer_start: Callable[[Lesson], None]) -> None:
    """Closed at first, and then nothing of it runs. `offer_start` draws the buttons that begin the lesson."""
    place = st.expander("Make a lesson, or change one", icon=":material/edit_note:", on_change="rerun",
                        key="lessons.workshop")  # fmt: skip
    if place.open:
        with place:
            left, right = st.columns(2, gap="medium")
            with left:
                text = _write()
            with right:
                _show(text, offer_start)


def _write() -> str:
    if TEXT not in st.session_state:
        st.session_state[TEXT] = lessons.write(next(iter(lessons.shipped().values())))
    titles = {name: lesson.title for name, lesson in lessons.shipped().items()}
    st.selectbox("Begin with", list(titles), index=None, format_func=titles.get, key=_FROM, on_change=_take,
                 placeholder="The text below")  # fmt: skip
    st.caption(f"{_HELP} `locked` and `hidden` name groups of controls: {', '.join(GROUPS)}.")
    return st.text_area(
        "The lesson's text", key=TEXT, height=520, max_chars=lessons.LONGEST_TEXT, persist_state="session"
    )


def _take() -> None:
    if name := st.session_state[_FROM]:
        st.session_state[TEXT] = lessons.write(lessons.shipped()[name])
        st.session_state[_FROM] = None


def _show(text: str, offer_start: Callable[[Lesson], None]) -> None:
    try:
        lesson = lessons.read(text)
    except LessonError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    with st.container(horizontal=True, gap="xsmall"):
        offer_start(lesson)
        downloads.offer("Download", lambda: lessons.write(lesson).encode(), f"{lesson.file_name}.md",
                        icon=":material/download:", key="lessons.download", mime="text/markdown")  # fmt: skip
    _show_link(lesson)
    st.markdown(f"**{plain(lesson.title)}** · {lesson.minutes} minutes")
    st.markdown(formatted(lesson.goal))
    st.markdown(for_the_teacher(lesson))
    for number, step in enumerate(lesson.steps, 1):
        with st.container(border=True, gap="xsmall"):
            _show_step(number, step)


def _show_link(lesson: Lesson) -> None:
    try:
        packed = lessons.pack(lesson)
    except LessonError as error:
        st.warning(plain(str(error)), icon=":material/link_off:")
        return
    st.caption("Its link holds the whole lesson: nothing is kept here.")
    st.code(f"{st.context.url or ''}?{following.LESSON}={packed}", language=None, wrap_lines=False)


def _show_step(number: int, step: Step) -> None:
    st.markdown(f"**{number} · {plain(step.title)}** · {step.minutes} min")
    st.markdown(formatted(step.task))
    kept = [f"{word}: {', '.join(groups)}" for word, groups in (("locked", step.locked), ("hidden", step.hidden))
            if groups]  # fmt: skip
    st.caption(plain(" · ".join([f"Opens {step.address}", *kept])))
    if asked := question.of(step):
        st.markdown(f":material/help: {asked.text}")
        st.caption(plain(" · ".join(f"{'✓ ' if option == asked.right else ''}{option}" for option in asked.options)))
    elif step.question:
        st.warning(f"The question bank has no question {plain(repr(step.question))}.", icon=":material/help:")
    if step.note:
        st.caption(f":material/sticky_note_2: {formatted(step.note)}")
