"""Custom components (Streamlit Components v2): one folder each, with its Python wrapper, JavaScript and CSS."""

import base64
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

_HERE = Path(__file__).parent


def component(name: str, *, folder: str | None = None, shared: Sequence[str] = ()) -> Callable:
    """The component whose markup, looks and script are `name`.html, .css and .js in the folder of this name.

    folder: another one, of several components. shared: scripts that others have too, from here, put before its own.
    """
    stem = _HERE / (folder or name) / name
    html, css = (stem.with_suffix(kind).read_text(encoding="utf-8") for kind in (".html", ".css"))
    scripts = [*(_HERE / script for script in shared), stem.with_suffix(".js")]
    js = "\n".join(script.read_text(encoding="utf-8") for script in scripts)
    return st.components.v2.component(name, html=html, css=css, js=js)


def png_url(pixels: np.ndarray) -> str:
    """An image uint8 (h, w, 3 or 4) as the address of a PNG that holds it: an <img> shows it without asking anybody."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
