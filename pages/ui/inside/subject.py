"""What every part of the page works on: one image and one run's network, opened."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core import data, runs
from cnn_core.inference import BackwardPass, Classifier, ClassifierError, Network
from pages.ui import cache
from pages.ui.text import plain


@dataclass(frozen=True)
class Subject:
    """An image, and the network that is asked about it."""

    run: runs.Run
    classifier: Classifier  # the forward file: probabilities and feature maps
    network: Network  # kernels, biases, and passes with other kernels
    passes: BackwardPass  # the network's own: logits, last maps, gradients
    image: np.ndarray  # uint8 (32, 32, 3)
    image_id: str  # the same for the same image: for the keys of widgets and caches
    label: int | None = None  # its class, where it is known
    data_set: str | None = None  # whose test image it is; None: a photo or a drawing

    @property
    def class_names(self) -> tuple[str, ...]:
        return data.class_names(self.run.config.data_set)


def open_run(run: runs.Run) -> tuple[Classifier, Network, BackwardPass] | None:
    """The run's network; None, with a message, if one cannot look inside."""
    try:
        path, mtime = str(run.classifier_path), run.classifier_path.stat().st_mtime
        return cache.classifier(path, mtime), *cache.network(path, mtime, run)
    except (OSError, runs.RunError, ClassifierError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
