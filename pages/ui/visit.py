"""A switch that belongs to the visit: a link has it (`?name=1`), and it stays on from page to page.

Streamlit's links drop the address, so the session remembers what is written there again.
"""

from dataclasses import dataclass

import streamlit as st


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
