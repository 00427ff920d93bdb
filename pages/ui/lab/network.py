"""The network of a run in the lab: opened once for all visitors, and what it computes from an image."""

from collections.abc import Callable

import streamlit as st

from cnn_core import data, runs
from cnn_core.convolution.answer import Head
from cnn_core.convolution.learned import Filters
from cnn_core.inference import Classifier, ClassifierError
from pages.ui import cache, controls, presenter

_LAST_RUN = "controls.run"  # the run last looked at on any page


def choose_run(step: str, suits: Callable[[runs.Run], bool]) -> runs.Run | None:
    """A run for this step; who has not looked at any begins with one whose images are on this machine."""
    key = f"convolution.run.{step}"
    if key not in st.session_state and "run" not in st.query_params and _LAST_RUN not in st.session_state:
        known = (run.id for run in runs.list_runs() if suits(run) and data.is_ready(run.config.data_set))
        first = next(known, None)
        if first:
            st.session_state[key] = first
    with st.container(width=presenter.pixels(230)):
        return controls.choose_run(key, suits)


def open_network(run: runs.Run) -> Classifier | None:
    """The run's network; None if there is none to open, with a message if its file is damaged."""
    try:
        return cache.classifier(str(run.classifier_path), run.classifier_path.stat().st_mtime)
    except OSError:
        return None
    except ClassifierError as error:
        st.error(str(error), icon=":material/error:")
        return None


def first_filters(run: runs.Run, network: Classifier) -> Filters:
    """The filters of the first layer with their biases and batch-norm."""
    return cache.first_filters(
        str(run.classifier_path), run.classifier_path.stat().st_mtime, network, run.config.network
    )


def last_layer(run: runs.Run, network: Classifier) -> Head | None:
    """The weights and biases of the logits."""
    return cache.head(str(run.classifier_path), run.classifier_path.stat().st_mtime, network, run.config.network)
