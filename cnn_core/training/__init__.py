"""The TensorFlow part: every import of TensorFlow or Keras is in this folder, and the web process never opens it."""

from cnn_core.training import backend  # noqa: F401  first: what Keras is set to
from cnn_core.training.careless import careless
from cnn_core.training.export import export_model, from_weights, load_model, load_weights, measure, to_litert
from cnn_core.training.filters import watch_filters
from cnn_core.training.loop import splits, train
from cnn_core.training.models import predictor
from cnn_core.training.outcome import Outcome
from cnn_core.training.pipeline import choose_strategy, pipeline
from cnn_core.training.precision import bfloat16
from cnn_core.training.reuse import reuse
from cnn_core.training.schedule import learning_rate
from cnn_core.training.study import SEARCHED, study
from cnn_core.training.weights import take_apart

__all__ = [
    "SEARCHED",
    "Outcome",
    "bfloat16",
    "careless",
    "choose_strategy",
    "export_model",
    "from_weights",
    "learning_rate",
    "load_model",
    "load_weights",
    "measure",
    "pipeline",
    "predictor",
    "reuse",
    "splits",
    "study",
    "take_apart",
    "to_litert",
    "train",
    "watch_filters",
]
