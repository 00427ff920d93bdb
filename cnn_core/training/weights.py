"""A network taken apart for the web process: its backward graph, and where LiteRT files keep its kernels."""

import zlib
from collections.abc import Iterator

import keras
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from cnn_core.inference.anatomy import Anatomy
from cnn_core.inference.weights import LAYOUTS, Place, put_kernels
from cnn_core.training.backward import backward_graph, mark


def take_apart(model: keras.Model, forward_file: bytes) -> Anatomy:
    """What `Network.open` needs beside the network's LiteRT file."""
    marked = backward_graph(model)
    forward, backward = find_kernels(forward_file, model), find_marks(marked, model)
    known = {place.layer for place in forward}
    kernels = {layer.name: np.asarray(layer.kernel) for layer in model.layers if hasattr(layer, "kernel")}
    left = {name: np.zeros(kernel.shape, "f4") if name in known else kernel for name, kernel in kernels.items()}
    biases = {layer.name: np.asarray(layer.bias) for layer in model.layers if getattr(layer, "bias", None) is not None}
    return Anatomy(put_kernels(marked, backward, left), forward, backward, biases, zlib.crc32(forward_file))


def find_marks(graph: bytes, model: keras.Model) -> tuple[Place, ...]:
    """Where the kernels of a backward graph belong: each in both layouts."""
    marks = {
        mark(layer.name, layout): (layer.name, tuple(layer.kernel.shape), layout)
        for layer in model.layers
        if hasattr(layer, "kernel")
        for layout in LAYOUTS[len(layer.kernel.shape)]
    }
    places = []
    for offset, numbers in _buffers(graph):
        number = numbers[:4].view("<f4")[0] if len(numbers) >= 4 else None
        found = marks.get(number)
        if found and len(numbers) == 4 * np.prod(found[1]) and (numbers.view("<f4") == number).all():
            places.append(Place(*found, offset))
    if len(places) != len(marks):
        raise AssertionError("a kernel has no place in the backward graph, or two")
    return tuple(places)


def find_kernels(content: bytes, model: keras.Model) -> tuple[Place, ...]:
    """Each buffer of the file that holds the kernel of a convolution or dense layer, in one of `LAYOUTS`.

    A kernel into which the converter has multiplied something, as the pixels' scale into the first of the forward
    file, is not found.
    """
    looks = {}
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            kernel = np.asarray(layer.kernel)
            for name, layout in LAYOUTS[kernel.ndim].items():
                looks.setdefault(layout.arrange(kernel).tobytes(), (layer.name, kernel.shape, name))
    found = ((offset, looks.get(numbers.tobytes())) for offset, numbers in _buffers(content))
    return tuple(Place(*look, offset) for offset, look in found if look)


def _buffers(content: bytes) -> Iterator[tuple[int, np.ndarray]]:
    """The constants of a LiteRT file: where each begins, and its bytes."""
    file = schema.Model.GetRootAsModel(content, 0)
    beginning = _address(np.frombuffer(content, np.uint8))
    for number in range(file.BuffersLength()):
        numbers = file.Buffers(number).DataAsNumpy()
        if isinstance(numbers, np.ndarray):
            yield _address(numbers) - beginning, numbers


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]
