"""A chart with one sentence that says what it shows in numbers: below it for all, and for those who cannot see it."""

from typing import Any

import streamlit as st


def show(figure: Any, said: str, *, more: str = "", is_still: bool = False) -> None:
    """A figure of `cnn_core.plotting` and, below it, its sentence, which is also its text alternative.

    more: what is only written. is_still: nothing happens under the pointer.
    """
    st.plotly_chart(figure, config={"displayModeBar": False, "staticPlot": is_still}, alt=said)
    st.caption(f"{said} {more}")
