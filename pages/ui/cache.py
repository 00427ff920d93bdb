"""The only caches of the app. What is cached here is shared by all visitors and must not be changed by any."""

from pathlib import Path

import streamlit as st
from PIL import Image

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
