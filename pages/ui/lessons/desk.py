"""The lessons to choose from, and for a class's teacher the one that is under way."""

from functools import partial

import streamlit as st

from cnn_core import lessons
from cnn_core.lessons import Lesson
from pages.ui.lessons import following, workshop
from pages.ui.lessons.following import Followed
from pages.ui.lessons.words import for_the_teacher, formatted
from pages.ui.text import plain
from pages.ui.together.membership import Member

_CARD_WIDTH = 230  # pixels at least


def show_desk(member: Member) -> None:
    """The part of the class page, whose `member` is the teacher: the lesson under way, and those to choose from."""
    on = following.following()
    if on and on.place:
        _show_under_way(on)
    _show_list(leads=True)


def show_on_home() -> None:
    st.header("Lessons", anchor=False)
    _show_list(leads=False)


def _show_list(*, leads: bool) -> None:
    """The lessons that ship, to start alone or with the class, and below them the text of an own one."""
    grid = st.grid(len(lessons.shipped()), min_column_width=_CARD_WIDTH, gap="small")
    for name, lesson in lessons.shipped().items():
        with grid, st.container(border=True, height="stretch", gap="xsmall"):
            _show_lesson(lesson)
            with st.container(horizontal=True, gap="xsmall"):
                offer_start(lesson, name, leads=leads)
    workshop.offer(partial(offer_start, leads=leads))


def offer_start(lesson: Lesson, name: str = "", *, leads: bool) -> None:
    """Buttons to begin it; `name` is that of one that ships, `leads` says whether a class can be taken along."""
    if leads:
        st.button("Start with the class", type="primary", key=f"lessons.teach.{name}", on_click=following.teach,
                  args=(lesson,))  # fmt: skip
    else:
        st.button("Start", icon=":material/play_arrow:", key=f"lessons.start.{name}", on_click=following.start,
                  args=(lesson, name))  # fmt: skip


def _show_lesson(lesson: Lesson) -> None:
    st.markdown(f"**{plain(lesson.title)}** · {lesson.minutes} minutes")
    st.caption(formatted(lesson.goal))
    with st.popover("For the teacher", type="tertiary", icon=":material/school:"):
        st.markdown(for_the_teacher(lesson))
        lines = [f"{n}. {plain(step.title)} · {step.minutes} min" for n, step in enumerate(lesson.steps, 1)]
        st.markdown("\n".join(lines))


def _show_under_way(on: Followed) -> None:
    """To its teacher."""
    st.markdown(f"**{plain(on.lesson.title)}** is under way.")
    pupils = following.pupils_at(on)
    for at, step in enumerate(on.lesson.steps):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            here = "**" if at == on.at else ""
            count = f" · {pupils[at]} pupil{'' if pupils[at] == 1 else 's'}" if pupils[at] else ""
            st.markdown(f"{here}{at + 1} · {plain(step.title)}{here} · {step.minutes} min{count}", width="stretch")
            st.button("Go there", key=f"lessons.go.{at}", on_click=following.go_to, args=(at,))
            lead = {"on_click": following.go_to, "args": (at,), "kwargs": {"together": True}}
            st.button("Everyone to this step", key=f"lessons.all.{at}", **lead)
    st.button("End the lesson", key="lessons.end", on_click=following.teach, args=(None,))
