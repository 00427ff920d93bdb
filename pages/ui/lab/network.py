"""The network of a run in the lab: opened once for all visitors, and what it computes from an image."""

import streamlit as st

from cnn_core import runs
from cnn_core.convolution.learned import Filters
from cnn_core.inference import Classifier, ClassifierError
from pages.ui import cache


def has_network(run: runs.Run) -> bool:
    return run.is_tested() and run.classifier_path.is_file()


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
