"""A trained network measured on the test split, and saved in two forms: Keras' own and LiteRT."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import keras
import numpy as np

from cnn_core import architecture
from cnn_core.augmentation import test_time_augmentation
from cnn_core.config import NetworkConfig
from cnn_core.evaluation import scores
from cnn_core.inference import Anatomy
from cnn_core.progress import Measuring, Result, Stopped
from cnn_core.training.models import build_model, predictor
from cnn_core.training.weights import take_apart


def measure(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    views: int,
    seconds: float,
    *,
    on_measuring: Callable[[Measuring], None] = lambda measuring: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[np.ndarray, Result]:
    """The probabilities float32 (N, classes) for the test split, and the result that they give.

    Args:
        images: all of the split, uint8 (N, 32, 32, 3).
        labels: (N,), from 0.
        views: of each image; with more than one, the average over all views is measured too.
        seconds: that training took; part of the result.
        on_measuring: called with how far it is, in images over all views.
        should_stop: asked after every few images; if it returns True, Stopped is raised.
    """
    total = len(images) * (1 + (views if views > 1 else 0))
    passes = count()
    classify = predictor(model)

    def classify_and_tell(images: np.ndarray) -> np.ndarray:
        return classify(images, partial(tell, len(images) * next(passes)))

    def tell(before: int, done: int) -> None:
        on_measuring(Measuring("test", before + done, total))
        if should_stop():
            raise Stopped

    probabilities = classify_and_tell(images)
    measured = scores(labels, probabilities)
    result = Result(measured.loss, measured.accuracy, measured.mse, measured.n, seconds)
    if views > 1:
        averaged = scores(labels, test_time_augmentation(classify_and_tell, images, views))
        result = replace(result, test_views=views, test_accuracy_over_views=averaged.accuracy)
    return probabilities, result


def export_model(model: keras.Model) -> tuple[bytes, bytes, Anatomy]:
    """The network as a Keras file and as a LiteRT file, and what looks inside the latter."""
    with tempfile.TemporaryDirectory() as folder:
        keras_file = Path(folder) / "network.keras"
        model.save(keras_file)
        litert_file = to_litert(model)
        return keras_file.read_bytes(), litert_file, take_apart(model, litert_file)


def to_litert(model: keras.Model) -> bytes:
    """The network as a LiteRT file whose one signature gives every layer's output under the layer's name.

    Input "images" uint8 (N, 32, 32, 3). The web process reads probabilities and feature maps from it.
    """
    every_output = {
        layer.name: layer.output for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.tflite"
        keras.Model(model.input, every_output).export(file, format="litert", verbose=False)
        return file.read_bytes()


def load_model(path: Path) -> keras.Model:
    """A network that this project wrote. Never call it on a visitor's file: loading can run code."""
    return keras.saving.load_model(path, compile=False)


def from_weights(network: NetworkConfig, weights: Mapping[str, np.ndarray]) -> keras.Model:
    """The network with these variables, under the names and of the shapes that `architecture.variables` gives them."""
    model = build_model(network)
    for layer in model.layers:
        for variable in layer.variables:
            if f"{layer.name}.{variable.name}" in architecture.variables(network):  # dropout keeps a random state
                variable.assign(weights[f"{layer.name}.{variable.name}"])
    return model


def load_weights(network: NetworkConfig, path: Path) -> keras.Model:
    """The network with the weights of a Keras file; nothing else is read of it, so no code of its author runs.

    Raises errors of many kinds if the file is damaged or of another network.
    """
    model = build_model(network)
    model.load_weights(path)
    return model
