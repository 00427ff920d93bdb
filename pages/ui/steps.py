"""The steps of a page, of which one is shown: a choice that is in the address, and the ways from one to the next."""

from collections.abc import Mapping
from typing import Protocol

import streamlit as st

from pages.ui import address, frame, lessons, presenter
from pages.ui.lessons import locks

# Links of before people could bring data sets with another number of classes.
_RENAMED = {"None of my ten": "None of its classes", "To ten classes": "To the classes"}


class Titled(Protocol):
    """A step, or a part of a page."""

    @property
    def title(self) -> str: ...


def choose(steps: Mapping[str, Titled], key: str, *, default: str, label: str) -> str:
    """The step that is shown, with a button to the next one in sight; `key` is the choice's, also in the address."""
    renamed = _RENAMED.get(st.query_params.get(key))
    if name := next((name for name, step in steps.items() if step.title == renamed), None):
        del st.query_params[key]
        st.session_state[key] = name
    address.allow(key, [step.title for step in steps.values()])
    kept = f"steps.{key}"
    if kept in st.session_state:
        st.session_state[key] = st.session_state.pop(kept)
    before = st.session_state.get(key, default)
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            label,
            list(steps),
            format_func=lambda name: steps[name].title,
            default=default,
            required=True,
            key=key,
            bind="query-params",
            label_visibility="collapsed",
            disabled=locks.is_locked("part"),
            wrap=locks.is_locked("part"),  # who cannot choose cannot scroll by keyboard either
        )
        if chosen != before and key not in st.query_params:
            # The browser's Back: when a button opens another page, Streamlit (1.67) leaves an address without the step
            # behind, and of such an address it takes the default. The visitor wants the step that they left.
            st.session_state[kept] = before
            st.rerun()
        if (following := _beside(steps, chosen, 1)) and not lessons.is_followed():
            given = {"type": "primary", "icon": ":material/arrow_forward:"}
            st.button("Next", key=frame.NEXT, on_click=_go_to, args=(key, following), **given)
    return chosen


def show_way(steps: Mapping[str, Titled], key: str, chosen: str, page: str) -> None:
    """Buttons to the previous and the next step, or page; the presenter's keys press them.

    `page` is the name of this page's file.
    """
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        for way, icon, pressed_by in (
            (-1, "arrow_back", presenter.PREVIOUS_KEY),
            (1, "arrow_forward", presenter.NEXT_KEY),
        ):
            if other := _beside(steps, chosen, way):
                st.button(
                    steps[other].title,
                    icon=f":material/{icon}:",
                    on_click=_go_to,
                    args=(key, other),
                    shortcut=None if lessons.is_followed() else presenter.shortcut(pressed_by),
                    key=f"steps.way{way}",
                    disabled=locks.is_locked("part"),
                )
            else:
                frame.show_step(page, way)


def _beside(steps: Mapping[str, Titled], chosen: str, way: int) -> str | None:
    """The step after this one, or before it where `way` is -1."""
    names = list(steps)
    place = names.index(chosen) + way
    return names[place] if 0 <= place < len(names) else None


def _go_to(key: str, name: str) -> None:
    st.session_state[key] = name
