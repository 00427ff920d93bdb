"""Widgets that depend on others: the stage with its pinned cell in the address, numbers that must stay in reach."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from cnn_core.convolution import GeometryError
from pages.ui.components.stage import Cell, stage

CELL = "convolution.cell"


def show_stage(build: Callable[..., dict[str, Any]], *arguments: Any, key: str, **settings: Any) -> Cell | None:
    """Mount the stage on what `build` makes of the arguments; the pinned cell, which then stands in the address."""
    state = st.session_state.get(key)
    linked = state.get("cell") if state else _linked_cell()
    try:
        data = build(*arguments, cell=linked, **settings)
    except GeometryError as error:
        st.warning(str(error), icon=":material/fit_screen:")
        return None
    cell = stage(data, key=key)
    if cell:
        st.query_params[CELL] = "{}.{}".format(*cell)
    elif state:  # freed by the visitor
        st.query_params.pop(CELL, None)
    return cell


def clamp(key: str, most: int) -> None:
    """Called before the widget `key` is drawn: a choice made elsewhere may have put its value out of reach."""
    if st.session_state.get(key, 0) > most:
        st.session_state[key] = most


def _linked_cell() -> Cell | None:
    numbers = st.query_params.get(CELL, "").split(".")
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 and all(map(str.isdecimal, numbers)) else None
