"""Presenter mode, `?present=1`: for a beamer. No sidebar, larger type and pictures, the figure first, notes hidden."""

import streamlit as st

SCALE = 1.4  # of type and pictures
_PARAMETER = "present"


def is_on() -> bool:
    return st.query_params.get(_PARAMETER) == "1"


def scale() -> float:
    """The factor for sizes in pixels that a page itself sets."""
    return SCALE if is_on() else 1.0
