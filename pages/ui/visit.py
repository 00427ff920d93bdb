"""What belongs to the visit: how often a page was opened, and a switch that stays on from page to page.

A link has the switch (`?name=1`). Streamlit's links drop the address, so the session remembers what is written there
again.
"""

from dataclasses import dataclass

import streamlit as st

_PAGE, _OPENED = "visit.page", "visit.opened"


def note_page(page: str) -> None:
    """Called by the frame with each run of a page."""
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state[_OPENED] = pages_opened() + 1


def pages_opened() -> int:
    """Another number when the visitor has come from another page; a widget's key alone does not tell that."""
    return st.session_state.get(_OPENED, 0)


@dataclass(frozen=True)
class VisitSwitch:
    parameter: str  # in the address
    key: str  # begins its keys in the session

    def is_on(self) -> bool:
        """Whether the visitor wants it; the address then says so."""
        on = f"{self.key}.on"
        if self.parameter in st.query_params:
            st.session_state[on] = st.query_params[self.parameter] == "1"
        elif st.session_state.get(on):
            st.query_params[self.parameter] = "1"
        return st.session_state.get(on, False)

    def show(self, label: str, *, help: str | None) -> None:
        """The toggle; once on a page."""
        st.session_state[self._switch] = self.is_on()
        st.toggle(label, key=self._switch, on_change=self._turn, width="content", help=help)

    @property
    def _switch(self) -> str:
        return f"{self.key}.switch"

    def _turn(self) -> None:
        is_on = st.session_state[self._switch]
        st.session_state[f"{self.key}.on"] = is_on
        if is_on:
            st.query_params[self.parameter] = "1"
        else:
            st.query_params.pop(self.parameter, None)
