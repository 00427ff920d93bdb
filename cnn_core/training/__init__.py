"""The TensorFlow wing: whatever imports TensorFlow or Keras is in this folder, and the web process never opens it."""

from cnn_core.training.export import export_model, load_model, measure, to_litert
from cnn_core.training.learner import choose_strategy, pipeline, use_bfloat16
from cnn_core.training.loop import Outcome, learning_rate, splits, train
from cnn_core.training.models import predictor

__all__ = [
    "Outcome",
    "choose_strategy",
    "export_model",
    "learning_rate",
    "load_model",
    "measure",
    "pipeline",
    "predictor",
    "splits",
    "to_litert",
    "train",
    "use_bfloat16",
]
