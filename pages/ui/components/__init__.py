"""Custom components (Streamlit Components v2): one folder each, with its Python wrapper, JavaScript and CSS."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st


def component(name: str) -> Callable:
    """The component whose markup, looks and script are `name`.html, .css and .js in the folder of this name."""
    stem = Path(__file__).parent / name / name
    html, css, js = (stem.with_suffix(kind).read_text(encoding="utf-8") for kind in (".html", ".css", ".js"))
    return st.components.v2.component(name, html=html, css=css, js=js)
