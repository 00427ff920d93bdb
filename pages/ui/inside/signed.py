"""What the parts with maps share: a map over its image with its sum beneath, the scale, and what is computed once."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core import images
from cnn_core.explanation import maps
from cnn_core.plotting import maps as figures
from pages.ui import cache, presenter
from pages.ui.inside.subject import Subject

Found = TypeVar("Found")

_SIDE, _PRESENTED = 204, 240  # pixels of a map: the image and three maps stand beside each other on a beamer
# On a phone two maps stand beside each other.
_STYLE = """<style>@media (max-width: 640px) {
  .st-key-KEY > div { flex: 0 0 calc(50% - 0.5rem); min-width: 0; }
  .st-key-KEY > div * { max-width: 100%; }
}</style>"""


def once(on: Subject, what: tuple, ask: Callable[[], Found]) -> Found:
    """What `ask` finds: computed once for all visitors who ask this network for `what` about this image."""
    return cache.explained(*on.file, on.image, what, ask)


def logits(on: Subject) -> np.ndarray | None:
    """The logits, float32 (classes,); None, with a sentence, if they are not numbers."""
    found = on.passes.logits(on.image[np.newaxis])[0]
    if np.isfinite(found).all():
        return found
    st.error(maps.NOT_NUMBERS, icon=":material/error:")
    return None


def side() -> int:
    """Of a map, in pixels of the page."""
    return _PRESENTED if presenter.is_on() else _SIDE


def row(key: str) -> DeltaGenerator:
    """A container for maps beside each other."""
    st.html(_STYLE.replace("KEY", key))
    return st.container(horizontal=True, key=key, gap="small")


def _column() -> DeltaGenerator:
    """For a map and its lines: a tenth wider than the map, so that its sum has room in one line."""
    return st.container(width=round(1.1 * side()), gap="xsmall")


def show_image(on: Subject) -> None:
    width = side()
    with _column():
        st.markdown("**The image**")
        name = None if on.label is None else on.class_names[on.label]
        alt = f"The image, whose label is {name}" if name else "The image"
        st.image(images.enlarge(on.image, width // len(on.image)), width=width, output_format="PNG", alt=alt)
        if name:
            st.markdown(f"Its label: *{name}*")


def show_map(title: str, image: np.ndarray, values: np.ndarray, limit: float, *lines: str, says: str) -> None:
    """A map (h, w) over its image; `says` is what it shows, for people who cannot see it."""
    width = side()
    with _column():
        st.markdown(f"**{title}**")
        # Streamlit shrinks a larger picture to this width, and encodes it twice for that
        st.image(figures.over_image(image, values, limit, width), width=width, output_format="PNG", alt=says)
        for line in lines:
            st.markdown(line)


def show_scale(limit: float, less: str, more: str) -> None:
    """What the colours of the maps above mean; the words stand at both ends."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":orange[■] {less} {figures.written(-limit)}", width="content")
        st.image(figures.scale_strip(160, 12), width=160, output_format="PNG", alt="From orange over nothing to blue")
        st.markdown(f"+{figures.written(limit)} :blue[■] {more}", width="content")
