"""A network taken apart for the web process: its backward graph, and where LiteRT files keep its kernels."""

import zlib

import keras
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from cnn_core.inference.anatomy import Anatomy, strip
from cnn_core.inference.weights import LAYOUTS, Place
from cnn_core.training.backward import backward_graph


def take_apart(model: keras.Model, forward_file: bytes) -> Anatomy:
    """What `Network.open` needs beside the network's LiteRT file."""
    graph = backward_graph(model)
    forward, backward = find_places(forward_file, model), find_places(graph, model)
    biases = {layer.name: np.asarray(layer.bias) for layer in model.layers if getattr(layer, "bias", None) is not None}
    return Anatomy(strip(graph, forward, backward), forward, backward, biases, zlib.crc32(forward_file))


def find_places(content: bytes, model: keras.Model) -> tuple[Place, ...]:
    """Each buffer of the file that holds the kernel of a convolution or dense layer, in one of `LAYOUTS`.

    A kernel into which the converter has multiplied something, as the pixels' scale into the first of the forward
    file, is not found.
    """
    looks = {}
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            kernel = np.asarray(layer.kernel)
            for layout in LAYOUTS[kernel.ndim]:
                looks.setdefault(layout.arrange(kernel).tobytes(), (layer.name, kernel.shape, layout.name))
    file = schema.Model.GetRootAsModel(content, 0)
    places = []
    for number in range(file.BuffersLength()):
        numbers = file.Buffers(number).DataAsNumpy()
        if isinstance(numbers, np.ndarray) and (found := looks.get(numbers.tobytes())):
            places.append(Place(*found, offset=_address(numbers) - _address(np.frombuffer(content, np.uint8))))
    return tuple(places)


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]
