"""The only caches of the app. What is cached here is shared by all visitors and must not be changed by any."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from PIL import Image
from plotly.graph_objects import Figure

from cnn_core import data, images
from cnn_core.inference import Classifier


@st.cache_resource(show_spinner="Opening the data set. Shapes-10 is drawn when it is first used: half a minute …")
def data_set(name: str) -> data.DataSet:
    """The named data set; its pictures stay on disk, memory-mapped. Raises DataNotReady like `data.load`."""
    return data.load(name)


@st.cache_resource(max_entries=8, show_spinner="Opening the network …")
def classifier(path: str, mtime: float) -> Classifier:
    """The exported network at `path`; `mtime`, the file's own, makes a rewritten file a new entry."""
    return Classifier(Path(path))


@st.cache_resource(max_entries=32, show_spinner=False)
def picture(content: bytes) -> Image.Image:
    """The picture in an uploaded file, at most 3 MB of pixels. Raises ImageError like `images.open_image`."""
    return images.open_image(content)


@st.cache_resource(show_spinner=False)
def watchers() -> dict[str, float]:
    """When each visitor's view of a run was last renewed, on the monotonic clock; the one thing here that changes."""
    return {}


@st.cache_resource(max_entries=64, show_spinner=False)
def curves(path: str, moment: tuple, _draw: Callable[[], list[Figure]]) -> list[Figure]:
    """The curves of the run at `path` as it stands, of each metric: drawn once for all who watch it.

    `moment`, the run's state, epochs, samples and seconds, makes a run that went on a new entry. A replay passes
    through too many moments to be kept here: it would push out what a class is watching.
    """
    return _draw()
