"""A network opened so that one can look inside: its kernels and biases, its gradients, and what it does without a part.

Gradients are TensorFlow's within rounding, computed by LiteRT: no TensorFlow, 1 to 10 ms an image.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from cnn_core.config import IMAGE_SHAPE
from cnn_core.inference.anatomy import Anatomy
from cnn_core.inference.classifier import ClassifierError
from cnn_core.inference.weights import Content, Kernels, Place, StoredKernels, put_kernels


class Explained(NamedTuple):
    """What a network computed for N images, forward and backward."""

    logits: np.ndarray  # float32 (N, classes)
    image_gradient: np.ndarray  # float32 (N, 32, 32, 3): of the weighted sum of logits, for pixels from 0 to 255
    maps: np.ndarray  # float32 (N, h, w, c), the last maps, which the head reads; without a convolution, scaled pixels
    maps_gradient: np.ndarray  # float32 (N, h, w, c): of the same sum


class BackwardPass:
    """A backward graph in LiteRT, safe to share between threads: they take turns.

    One image at a time: more together are no faster, and the values of four of the champion's take 17 MB.
    """

    def __init__(self, graph: bytes) -> None:
        self._lock = threading.Lock()
        try:
            self._interpreter = Interpreter(model_content=graph, num_threads=2)
            signature = self._interpreter.get_signature_runner("serving_default")
            inputs = signature.get_input_details()
            self._inputs = {name: tensor["index"] for name, tensor in inputs.items()}
            self._classes = int(inputs["weights"]["shape"][-1])
            self._outputs = [signature.get_output_details()[name]["index"] for name in Explained._fields]
            del signature  # nothing else may refer to the interpreter while it takes its memory
            self._interpreter.resize_tensor_input(self._inputs["images"], (1, *IMAGE_SHAPE))
            self._interpreter.resize_tensor_input(self._inputs["weights"], (1, self._classes))
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError, KeyError) as error:
            raise ClassifierError("The network's backward pass cannot be read. Complete the run again.") from error

    def explain(self, images: np.ndarray, weights: np.ndarray) -> Explained:
        """Logits, maps and gradients.

        Args:
            images: (N, 32, 32, 3), uint8, or float from 0 to 255.
            weights: float (N, classes): how much of each logit is asked for; 1 for a class and -1 for another asks for
                the difference of their logits. Or integers (N,): the class whose logit alone is asked for.
        """
        images, asked = images.astype(np.float32), (len(images), self._classes)
        if weights.ndim == 1:
            weights = np.eye(self._classes)[weights]
        weights = weights.astype(np.float32)
        if not len(images) or images.shape[1:] != IMAGE_SHAPE or weights.shape != asked:
            raise ValueError(
                f"Expected images (N, 32, 32, 3) and weights (N, {self._classes}); they are {images.shape} and "
                f"{weights.shape}."
            )
        parts = [self._explain_one(*given) for given in zip(images, weights, strict=True)]
        return Explained(*map(np.concatenate, zip(*parts, strict=True)))

    def logits(self, images: np.ndarray) -> np.ndarray:
        """The logits float32 (N, classes) alone, for images as `explain` takes them."""
        return self.explain(images, np.zeros((len(images), self._classes))).logits

    def _explain_one(self, image: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
        given = {"images": image[np.newaxis], "weights": weights[np.newaxis], "one": np.ones(1, np.float32)}
        with self._lock:  # for one image only, so that a visitor's need not wait for a thousand
            for name, values in given.items():
                self._interpreter.set_tensor(self._inputs[name], values)
            self._interpreter.invoke()
            return [self._interpreter.get_tensor(index) for index in self._outputs]


@dataclass(frozen=True)
class Network:
    """The kernels and biases of a network, and its two passes, also with other kernels in it.

    It keeps the biases only: kernels and graph are read from its files when they are asked for. So a network that one
    looks at takes no memory, and what is opened for a moment takes it for that moment.
    """

    biases: dict[str, np.ndarray]  # float32 (n,), by the layer's name; layers without biases are not there
    own: dict[str, tuple[bytes, Place]]  # the kernels that the forward file does not have
    stored: dict[str, Place]  # of the others in the forward file
    places: tuple[Place, ...]  # of all in the backward graph, layer by layer
    read_file: Callable[[], Content]  # the forward file
    read_anatomy: Callable[[], Anatomy]

    @classmethod
    def open(cls, forward_file: Content, anatomy: Anatomy) -> "Network":
        """Raises ClassifierError if the two do not belong together."""
        return cls.of_files(lambda: forward_file, lambda: anatomy)

    @classmethod
    def of_files(cls, read_file: Callable[[], Content], read_anatomy: Callable[[], Anatomy]) -> "Network":
        """The same, for what is read again and again. Raises ClassifierError, and what the two functions raise."""
        anatomy = read_anatomy()
        if not anatomy.belongs_to(read_file()):
            raise ClassifierError(_STRANGERS)
        stored = {place.layer: place for place in anatomy.forward}
        return cls(anatomy.biases, anatomy.own_kernels(), stored, anatomy.backward, read_file, read_anatomy)

    def kernels(self) -> Kernels:
        """Of every convolution, float32 (height, width, in, out), and dense layer, (in, out), by the layer's name.

        Each is read when it is asked for: all together may be millions of numbers.
        """
        file = self.read_file()
        layers = dict.fromkeys(place.layer for place in self.places)
        return StoredKernels(self.own.get(layer) or (file, self.stored[layer]) for layer in layers)

    def kernel(self, layer: str) -> np.ndarray:
        """One of them. Raises KeyError for a layer without one."""
        return self.kernels()[layer]

    def graph(self) -> bytes:
        """The whole backward graph, twice as large as the forward file."""
        try:
            return self.read_anatomy().whole_graph(self.read_file())
        except ValueError as error:
            raise ClassifierError(_STRANGERS) from error

    def put(self, graph: bytes, kernels: Kernels) -> bytes:
        """The graph with these kernels in it; the others stay as they are."""
        return put_kernels(graph, self.places, kernels)

    def backward_pass(self, changed: Kernels | None = None) -> BackwardPass:
        """The network's two passes; with `changed` kernels in place of its own. It takes a fifth of a second at most,
        and as much memory as the graph again."""
        return BackwardPass(self.put(self.graph(), changed) if changed else self.graph())


_STRANGERS = "The network and its backward pass do not fit. Complete the run again."
