"""The only caches of the app. What is cached here is shared by all visitors and must not be changed by any."""

from pathlib import Path

import streamlit as st

from cnn_core import data
from cnn_core.inference import Classifier


@st.cache_resource(show_spinner="Opening the data set …")
def data_set(name: str) -> data.DataSet:
    """The named data set; its pictures stay on disk, memory-mapped. Raises DataNotReady like `data.load`."""
    return data.load(name)


@st.cache_resource(max_entries=8, show_spinner="Opening the network …")
def classifier(path: str, mtime: float) -> Classifier:
    """The exported network at `path`; `mtime`, the file's own, makes a rewritten file a new entry."""
    return Classifier(Path(path))
