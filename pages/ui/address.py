"""What the address may hold: a bound widget's value is looked at before the widget sees it.

Streamlit 1.67 hands some values of a link on as they are: an empty one empties a control that is `required`, a long
number ends the page. So `allow` or `allow_number` stands before each bound widget; what these refuse is taken out of
the address without a word, and the widget begins with its default.
"""

from collections.abc import Callable, Iterable

import streamlit as st
from streamlit.errors import StreamlitAPIException

_LONGEST = 32  # characters of a number; `float` takes any number of digits


def allow(key: str, labels: Iterable[str]) -> None:
    """Before the bound widget `key`, one of a selection: its value is one of these, as they stand on the screen."""
    allowed = set(labels)
    _keep(key, allowed.__contains__)


def allow_number(key: str, low: float, high: float) -> None:
    """Before the bound widget `key`, one of a number: its value lies in `low` to `high`; whole if `low` is an int.

    What a visitor had chosen before the limits moved is brought back to the nearest limit.
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
    return low <= number <= high and (isinstance(low, float) or number.is_integer())  # NaN lies nowhere


def _keep(key: str, is_good: Callable[[str], bool]) -> None:
    """Take the value out of the address unless it is good, and begin the page again without it."""
    values = st.query_params.get_all(key)
    if not values or (len(values) == 1 and is_good(values[0])):
        return
    try:
        del st.query_params[key]
    except StreamlitAPIException:  # bound already: the visitor went back to the bad link
        st.query_params.from_dict({})
    st.rerun()
