"""Presenter mode, `?present=1`: for a beamer. No sidebar, larger type and pictures, the figure first, notes hidden.

The mode belongs to the visit: a link turns it on, the switch turns it on and off, and it stays on from page to page,
although Streamlit's links drop the rest of the address. Type grows with the root font size, since Streamlit's own
widgets and the components are measured in rem; sizes in pixels that a page sets are multiplied by `scale()`.
"""

from typing import Literal

import streamlit as st

from pages.ui.visit import VisitSwitch

SCALE = 1.4  # of type and pictures
NEXT_KEY, PREVIOUS_KEY = "PageDown", "PageUp"  # what the usual remote controls for slides send
_SWITCH = VisitSwitch("present", "presenter")
_STYLE = f"<style>:root {{ font-size: {SCALE:.0%} }}</style>"


def is_on() -> bool:
    return _SWITCH.is_on()


def scale() -> float:
    """The factor for sizes in pixels that a page itself sets."""
    return SCALE if is_on() else 1.0


def pixels(width: int) -> int:
    """The width of a control or a picture that is this wide outside presenter mode."""
    return round(width * scale())


def labels() -> Literal["visible", "collapsed"]:
    """Whether a control that explains itself has its label above it: presenting, that line belongs to the figure."""
    return "collapsed" if is_on() else "visible"


def shortcut(key: str) -> str | None:
    """This key for a button that leads a step on or back; outside presenter mode the keys scroll the page as always."""
    return key if is_on() else None


def apply_style() -> None:
    if is_on():
        st.html(_STYLE)


def show_switch() -> None:
    """The one switch: in the sidebar, and beside the title while there is no sidebar; there it needs no explanation."""
    help_ = "For a beamer: larger type and pictures, no sidebar, no notes. Page Down and Page Up change the step."
    _SWITCH.show("Presenter mode", help=None if is_on() else help_)
