"""Lets the browser keep a short text until it is closed, in a cookie that its next visit brings. It shows nothing."""

from pathlib import Path

import streamlit as st

_mount = st.components.v2.component(
    "keeper", html="<span></span>", js=(Path(__file__).parent / "keeper.js").read_text(encoding="utf-8")
)


def keeper(name: str, text: str, *, key: str) -> None:
    """Keep this under this name, both of letters, digits and - _ . only; an empty text forgets it."""
    _mount(key=key, data={"name": name, "text": text}, height=1)
