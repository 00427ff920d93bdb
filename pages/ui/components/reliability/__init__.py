"""A reliability diagram: how sure the network is against how often it is right, a bar for each bin.

One stop for the Tab key, the arrow keys move, Enter or a click picks a bin. When other bars are given, they move there.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.ui.components import component

_mount = component("reliability")


def reliability(
    bins: Sequence[dict[str, Any]],
    *,
    key: str,
    alt: str,
    says: str,
    picked: int | None,
    on_pick: Callable[[int], None],
) -> None:
    """Show the bins of `plotting.reliability_bins`, of equal width from 0 to 100%.

    alt: what the diagram says, for people who cannot see it. says: who says how sure it is, in the legend. picked: the
    bin, from 0, that is open; on_pick is called with that of another before the page is drawn again.
    """

    def pass_on() -> None:
        place = (st.session_state.get(key) or {}).get("picked")
        if place is not None and 0 <= int(place) < len(bins):
            on_pick(int(place))

    data = {"bins": list(bins), "alt": alt, "says": says, "picked": picked}
    _mount(key=key, data=data, on_picked_change=pass_on)
