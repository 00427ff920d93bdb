"""Predictions and feature maps of an exported network through LiteRT: no TensorFlow, a tenth of a second to start.

The numbers are those of the exported Keras network. Not supported: gradients, which LiteRT cannot compute.
"""

import threading
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from cnn_core.config import CLASSES, IMAGE_SHAPE

# Every feature map is an output and stays in memory, so larger chunks are slower, not faster: the report's network
# takes 1.5 ms an image in chunks of 8, and twice that in chunks of 32.
CHUNK = 8


class ClassifierError(ValueError):
    """A file that is not an exported network; the message says what was expected and what came."""


class Classifier:
    """One exported network, safe to share between threads: they take turns, so one thread computes at a time.

    The file's signature "serving_default" takes "images" and returns each layer's values under the layer's name, as
    `training.export` writes it.
    """

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.Lock()
        try:
            # As bytes, not as a path: a mapped file could not be replaced or deleted on Windows.
            self._interpreter = Interpreter(model_content=Path(path).read_bytes(), num_threads=1)
            # Only the tensor numbers are kept: copying out the probabilities alone spares 1.6 MB of maps an image.
            signature = self._interpreter.get_signature_runner("serving_default")
            self._images: int = signature.get_input_details()["images"]["index"]
            self._outputs = {name: tensor["index"] for name, tensor in signature.get_output_details().items()}
            self._probabilities = self._outputs["probabilities"]
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ClassifierError(
                f"Expected a network exported for LiteRT, with images going in and probabilities coming out; "
                f"{Path(path).name} is missing or is not a network. Export the run again."
            ) from error
        self._rows = 0  # images the interpreter has memory for

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities float32 (N, 10) for images uint8 (N, 32, 32, 3)."""
        _check(images, images.shape[1:])
        probabilities = np.empty((len(images), CLASSES), np.float32)
        for start in range(0, len(images), CHUNK):
            chunk = slice(start, start + CHUNK)
            with self._lock:  # for one chunk only, so that a single image need not wait for ten thousand
                self._run(images[chunk])
                probabilities[chunk] = self._interpreter.get_tensor(self._probabilities)
        return probabilities

    def feature_maps(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Every layer's values for one image uint8 (32, 32, 3): float32 (h, w, c), or (n,) once flattened.

        `architecture.layers` has the layers in order.
        """
        _check(image, image.shape)
        with self._lock:
            self._run(image[np.newaxis])
            return {name: self._interpreter.get_tensor(index)[0] for name, index in self._outputs.items()}

    def constants(self, shape: tuple[int, ...]) -> list[np.ndarray]:
        """The file's fixed float tensors of this shape: weights and biases, as LiteRT keeps them."""
        found = []
        with self._lock:
            for tensor in self._interpreter.get_tensor_details():
                if tuple(tensor["shape"]) == shape and tensor["dtype"] == np.float32:
                    try:
                        found.append(self._interpreter.get_tensor(tensor["index"]))
                    except ValueError:  # computed anew for each image, and not there now
                        continue
        return found

    def _run(self, images: np.ndarray) -> None:
        """Compute all outputs for these few images; the caller holds the lock."""
        if len(images) != self._rows:
            self._rows = 0  # if memory runs out half way, the next call starts again
            self._interpreter.resize_tensor_input(self._images, images.shape)
            self._interpreter.allocate_tensors()
            self._rows = len(images)
        self._interpreter.set_tensor(self._images, images)
        self._interpreter.invoke()


def _check(images: np.ndarray, shape: tuple[int, ...]) -> None:
    if images.dtype != np.uint8 or shape != IMAGE_SHAPE:
        raise ValueError(f"A network takes uint8 images of {IMAGE_SHAPE}; these are {images.dtype} of {shape}.")
