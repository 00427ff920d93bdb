"""Who watches, and how often their view is renewed: all visitors together get six renewals a second.

So do those whose camera asks a network live: three answers a second for one, fewer where they are many.
"""

import time
import uuid

import streamlit as st

from pages.ui import cache

_RENEWALS = 6  # a second, for all who watch
_AT_REST = 4.0  # seconds between two renewals while nothing changes
_PRESENCE = 10.0  # seconds that a visitor counts as watching after the last renewal
_LIVE = 0.25  # seconds at least between an answer and the next picture of a live camera
_VISITOR = "audience.visitor"


def count_watchers() -> int:
    """How many visitors have watched a run in the last ten seconds, this one included."""
    now = time.monotonic()
    visitor = st.session_state.setdefault(_VISITOR, uuid.uuid4().hex)
    watchers = cache.watchers()
    watchers[visitor] = now
    for other, last in list(watchers.items()):
        if now - last > _PRESENCE:
            watchers.pop(other, None)
    return len(watchers)


def pace(*, is_moving: bool) -> float:
    """Seconds between two renewals of this visitor's view; visitors who wait for a run to start are counted too."""
    watchers = count_watchers()
    return min(max(1.0, watchers / _RENEWALS), _PRESENCE / 2) if is_moving else _AT_REST


def pause_of_live() -> float:
    """Seconds between an answer and the next picture of this visitor's live camera."""
    return min(max(_LIVE, count_watchers() / _RENEWALS), _PRESENCE / 2)
