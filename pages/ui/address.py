"""Checks the values in a link before a bound widget reads them.

Streamlit 1.67 passes some bad values on: an empty value clears a control that is `required`, a very long number breaks
the page. So `allow` or `allow_number` is called before each bound widget. A value that they refuse is removed from the
address without a message, and the widget starts with its default.
"""

from collections.abc import Callable, Iterable

import streamlit as st
from streamlit.errors import StreamlitAPIException

_LONGEST = 32  # characters of a number; `float` takes any number of digits


def allow(key: str, labels: Iterable[str]) -> None:
    """Call before the bound widget `key`, a selection: its value must be one of these, as shown on the screen."""
    allowed = set(labels)
    _keep(key, allowed.__contains__)


def allow_number(key: str, low: float, high: float) -> None:
    """Call before the bound widget `key`, a number: it must be from `low` to `high`, and whole if `low` is an int.

    A value that was chosen before the limits changed is moved to the nearest limit.
    """
    _keep(key, lambda text: is_number(text, low, high))
    chosen = st.session_state.get(key)
    if isinstance(chosen, int | float) and not low <= chosen <= high:
        st.session_state[key] = min(max(chosen, low), high)


def is_number(text: str, low: float, high: float) -> bool:
    """Whether the text is a number from `low` to `high`, written in ASCII digits; whole if `low` is an int."""
    if not text.isascii() or len(text) > _LONGEST:
        return False
    try:
        number = float(text)
    except ValueError:
        return False
    return low <= number <= high and (isinstance(low, float) or number.is_integer())  # NaN fails the comparison


def _keep(key: str, is_good: Callable[[str], bool]) -> None:
    """Remove a bad value from the address, and run the page again without it."""
    values = st.query_params.get_all(key)
    if not values or (len(values) == 1 and is_good(values[0])):
        return
    try:
        del st.query_params[key]
    except StreamlitAPIException:  # bound already: the visitor went back to the bad link
        st.query_params.from_dict({})
    st.rerun()
