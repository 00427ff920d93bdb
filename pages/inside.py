"""The inside page: the whole network on one image, and why it says what it says."""

import streamlit as st

from pages.ui import address, frame, lesson, presenter
from pages.ui.inside import PARTS
from pages.ui.inside.picture import choose_picture
from pages.ui.inside.subject import Subject, choose_run, look_at

PART = "inside.part"


def choose_part() -> str:
    address.allow(PART, [part.title for part in PARTS.values()])
    return st.segmented_control(
        "Part",
        list(PARTS),
        format_func=lambda name: PARTS[name].title,
        default="network",
        required=True,
        key=PART,
        bind="query-params",
        label_visibility="collapsed",
    )


def choose_subject() -> Subject | None:
    """The run and the image, in a row; None, with a message, while there is nothing to look at."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    below = st.container()
    with row:
        run = choose_run()
        picture = choose_picture(run, below) if run else None
    return look_at(run, picture) if run and picture else None


def go_to(part: str) -> None:
    st.session_state[PART] = part


def show_way(part: str) -> None:
    """Buttons to the previous and the next part, or page; the presenter's keys press them."""
    names = list(PARTS)
    place = names.index(part)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        for way, icon, key in ((-1, "arrow_back", presenter.PREVIOUS_KEY), (1, "arrow_forward", presenter.NEXT_KEY)):
            if 0 <= place + way < len(names):
                other = names[place + way]
                st.button(
                    PARTS[other].title,
                    icon=f":material/{icon}:",
                    on_click=go_to,
                    args=(other,),
                    shortcut=presenter.shortcut(key),
                )
            else:
                frame.show_step("inside.py", way)


def show_next(part: str) -> None:
    """The next part, in sight while one looks at this one; beside the parts, which say its name."""
    other = dict(zip(PARTS, list(PARTS)[1:], strict=False)).get(part)
    if other:
        st.button("Next", type="primary", icon=":material/arrow_forward:", on_click=go_to, args=(other,))


frame.header("Inside", "Look inside the network, and ask why it says what it says.")
lesson.choose_answers()
with st.container(horizontal=True):
    chosen = choose_part()
    show_next(chosen)
if subject := choose_subject():
    if not presenter.is_on():  # the figure stands above the fold of a beamer
        lesson.what_to_do("inside", chosen)
    PARTS[chosen].show(subject)
    lesson.what_to_notice("inside", chosen)
show_way(chosen)
frame.lead_on("inside.py")
