"""Brings a part of the page into view when something new stands there. It shows nothing itself."""

from pathlib import Path

import streamlit as st

_mount = st.components.v2.component(
    "arrival", html="<span></span>", js=(Path(__file__).parent / "arrival.js").read_text(encoding="utf-8")
)


def arrival(number: int, place: str, *, key: str) -> None:
    """Scroll to the container whose key is `place` when `number` is another than before; not when the page opens."""
    _mount(key=key, data={"number": number, "place": place}, height=1)
