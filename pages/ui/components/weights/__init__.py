"""A kernel whose weights are typed over in place: arrow keys choose one, digits replace it, a paste replaces all.

It is the stage's own kernel panel without the stage, and made of the same scripts.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st

from pages.ui.components import stage

_HERE = Path(__file__).parent
_SCRIPTS = ("numbers.js", "paint.js", "panel.js", "edit.js", "words.js")  # of the stage

_mount = st.components.v2.component(
    "weights",
    html=(_HERE / "weights.html").read_text(encoding="utf-8"),
    css=stage.styles() + (_HERE / "weights.css").read_text(encoding="utf-8"),
    js=stage.script(_SCRIPTS) + "\n" + (_HERE / "weights.js").read_text(encoding="utf-8"),
)


def weights(kernel: np.ndarray, *, key: str, on_edit: Callable[[], None]) -> None:
    """Show the kernel (k, k). After an edit `st.session_state[key]["edit"]` is what the stage's edit.js describes."""
    data = {"kernel": kernel.ravel().tolist(), "side": len(kernel)}
    _mount(key=key, data=data, on_edit_change=on_edit)
