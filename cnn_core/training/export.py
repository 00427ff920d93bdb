"""A trained network measured on the test split, and in the forms in which it is kept: Keras' own and LiteRT."""

import tempfile
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from cnn_core.augmentation import test_time_augmentation
from cnn_core.data import Split
from cnn_core.evaluation import scores
from cnn_core.progress import Result
from cnn_core.training.learner import use_bfloat16
from cnn_core.training.models import predictor


def measure(model: keras.Model, split: Split, views: int, seconds: float) -> tuple[np.ndarray, Result]:
    """The probabilities float32 (N, 10) for the split, and what they are worth; `seconds` is the time of training."""
    use_bfloat16(is_wanted=False)  # the recorded probabilities are those of the exported networks
    classify, images = predictor(model), split.images()
    probabilities = classify(images)
    measured = scores(split.labels, probabilities)
    result = Result(measured.loss, measured.accuracy, measured.mse, measured.n, seconds)
    if views > 1:
        averaged = scores(split.labels, test_time_augmentation(classify, images, views))
        result = replace(result, test_views=views, test_accuracy_over_views=averaged.accuracy)
    return probabilities, result


def export_model(model: keras.Model) -> tuple[bytes, bytes]:
    """The network as a Keras file and as a LiteRT file."""
    with tempfile.TemporaryDirectory() as folder:
        keras_file = Path(folder) / "model.keras"
        model.save(keras_file)
        return keras_file.read_bytes(), to_litert(model)


def to_litert(model: keras.Model) -> bytes:
    """The network as a LiteRT file whose one signature gives every layer's output under the layer's name.

    Input "images" uint8 (N, 32, 32, 3). The web process reads probabilities and feature maps from it.
    """
    every_output = {
        layer.name: layer.output for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.tflite"
        keras.Model(model.input, every_output).export(file, format="litert", verbose=False)
        return file.read_bytes()


def load_model(path: Path) -> keras.Model:
    """A network that this project wrote. Never call it on a visitor's file: loading one can run code."""
    return keras.saving.load_model(path, compile=False)
