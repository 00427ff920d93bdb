"""Who watches, and how often they are served: all visitors together get eight renewals a second, however many come."""

import time
import uuid

import streamlit as st

from pages.ui import cache

_RENEWALS = 8  # a second, for all who watch
_AT_REST = 4.0  # seconds between two looks while nothing moves
_PRESENCE = 10.0  # seconds that a visitor counts as watching after the last renewal
_VISITOR = "audience.visitor"


def count_watchers() -> int:
    """How many visitors have had a run before them in the last ten seconds, this one among them."""
    now = time.monotonic()
    visitor = st.session_state.setdefault(_VISITOR, uuid.uuid4().hex)
    watchers = cache.watchers()
    watchers[visitor] = now
    for other, last in list(watchers.items()):
        if now - last > _PRESENCE:
            watchers.pop(other, None)
    return len(watchers)


def pace(*, is_moving: bool) -> float:
    """Seconds between two renewals of what this visitor watches; who waits for a run to start is counted too."""
    watchers = count_watchers()
    return min(max(1.0, watchers / _RENEWALS), _PRESENCE / 2) if is_moving else _AT_REST
