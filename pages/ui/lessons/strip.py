"""The strip at the top of every page for who follows a lesson: the step, its task, and the ways on."""

import streamlit as st

from pages.ui import own_answers, presenter
from pages.ui.lessons import following, locks, opening, question
from pages.ui.lessons.following import Followed
from pages.ui.lessons.report import offer_report
from pages.ui.lessons.words import formatted, on_one_line
from pages.ui.text import plain
from pages.ui.together import offering

STRIP, _SAID = "lessons-strip", "lessons-said"
# The words take the room that the buttons leave, as long as it is enough to read them; then the buttons go below. The
# presenter's key on the primary button would be pale blue on blue.
_STYLE = f"""<style>
.st-key-{STRIP} {{ padding: 0.35rem 0.75rem; }}
.st-key-{STRIP} :has(> .st-key-{_SAID}) {{ flex: 1 1 17rem; width: auto; min-width: min(17rem, 100%); }}
.st-key-{STRIP} button {{ min-height: 2rem; padding-block: 0; }}
.st-key-{STRIP} p {{ line-height: 1.4; }}
.st-key-{STRIP} kbd {{ color: inherit; opacity: 1; }}
</style>"""
_PRESENTED = f"<style>.st-key-{STRIP} [data-testid=stMarkdownContainer] {{ font-size: 0.875rem; }}</style>"


def show_strip(shown: str) -> None:
    """Nothing for who follows none. `shown` is the page that runs. The presenter's keys change the lesson's step."""
    if refusal := following.refusal():
        st.warning(plain(refusal), icon=":material/link_off:")
    on = following.following()
    if on is None:
        own_answers.set_step()
        return
    own_answers.set_step(on.lesson.title, on.step.title)
    locks.hide()
    st.html(_STYLE + (_PRESENTED if presenter.is_on() else ""))
    with (
        st.container(border=True, key=STRIP),
        st.container(horizontal=True, vertical_alignment="center", gap="small"),
    ):
        with st.container(key=_SAID):
            place = f"{on.at + 1} of {len(on.lesson.steps)} · {plain(on.step.title)}"
            st.markdown(f"**{place}** · {on_one_line(on.step.task)}")
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
            _show_extras(on)
            _show_ways(on, shown)


def _show_extras(on: Followed) -> None:
    """What belongs to the step: its question, and for the teacher the note, which is not for a beamer."""
    if asked := question.of(on.step):
        key = f"lessons-question-{offering.is_open(asked.topic)}"  # another one, so closed, once the class is asked
        with st.popover("Question", icon=":material/help:", key=key):
            question.show(asked)
    if on.step.note and on.is_teacher and not presenter.is_on():
        with st.popover("Note", icon=":material/sticky_note_2:", help="Only the teacher sees it, and no beamer."):
            st.markdown(formatted(on.step.note))


def _show_ways(on: Followed, shown: str) -> None:
    if on.step.page != shown:
        st.button("Open the step's page", icon=":material/undo:", key="lessons.again", on_click=opening.open_again)
    is_last = on.at == len(on.lesson.steps) - 1
    if on.is_led:
        st.caption("With the class", width="content")
        if is_last:
            offer_report(on)
        return
    st.button(
        "", icon=":material/arrow_back:", key="lessons.back", disabled=not on.at, help="The step before",
        on_click=following.go_to, args=(on.at - 1,), shortcut=presenter.shortcut(presenter.PREVIOUS_KEY),
    )  # fmt: skip
    if is_last:
        offer_report(on)
    else:
        st.button(
            "Next", icon=":material/arrow_forward:", key="lessons.next", type="primary",
            on_click=following.go_to, args=(on.at + 1,), shortcut=presenter.shortcut(presenter.NEXT_KEY),
        )  # fmt: skip
    if on.place is None:
        st.button("", icon=":material/close:", key="lessons.leave", type="tertiary", help="Leave the lesson",
                  on_click=following.leave)  # fmt: skip
    elif on.is_teacher:
        _show_leading(on)


def _show_leading(on: Followed) -> None:
    """Whether all are led: pupils who are not go on at their own pace."""
    if on.together:
        label, icon, says = "Own pace", ":material/directions_walk:", "All are at your step. Let each go on alone."
    else:
        label, icon, says = "Everyone to this step", ":material/groups:", "Lead all pupils to your step from now on."
    st.button(
        label, icon=icon, key="lessons.together", help=says,
        on_click=following.go_to, args=(on.at,), kwargs={"together": not on.together},
    )  # fmt: skip
