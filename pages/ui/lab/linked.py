"""The stage with its pinned cell in the address. There, as on the page, rows and columns count from 1."""

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from cnn_core.convolution import GeometryError
from pages.ui.components.stage import Cell, stage
from pages.ui.lab.kernel import take_edit

CELL = "convolution.cell"
_WRITTEN = re.compile(r"([1-9]\d{0,3})\.([1-9]\d{0,3})", re.ASCII)


def show_stage(build: Callable[..., dict[str, Any]], *arguments: Any, key: str, **settings: Any) -> Cell | None:
    """Show the stage with what `build` makes from the arguments; return the pinned cell, which the address gets too."""
    state = st.session_state.get(key)
    linked = state.get("cell") if state else _linked_cell()
    try:
        data = build(*arguments, cell=linked, **settings)
    except GeometryError as error:
        st.warning(str(error), icon=":material/fit_screen:")
        return None
    cell = stage(data, key=key, on_edit=lambda: take_edit(key))
    if cell:
        st.query_params[CELL] = f"{cell[0] + 1}.{cell[1] + 1}"
    elif state:  # freed by the visitor
        st.query_params.pop(CELL, None)
    return cell


def _linked_cell() -> Cell | None:
    """The output that the address names, counted from 0; None where it names none."""
    written = _WRITTEN.fullmatch(st.query_params.get(CELL, ""))
    return (int(written[1]) - 1, int(written[2]) - 1) if written else None
