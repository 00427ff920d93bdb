"""Predictions and feature maps of an exported network through LiteRT: no TensorFlow, a tenth of a second to start.

The numbers are those of the exported Keras network. Not supported: gradients, which LiteRT cannot compute.
"""

import stat
import threading
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from cnn_core.config import IMAGE_SHAPE

_IDENTIFIER = b"TFL3"  # from byte 4 on
_LARGEST = 2**31  # bytes: LiteRT's files have no longer addresses


class ClassifierError(ValueError):
    """A file that is not an exported network; the message says what was expected and what came."""


class Classifier:
    """One exported network, safe to share between threads: they take turns, so one thread computes at a time.

    It takes one image at a time. Eight together are at most an eighth faster, but every feature map is an output and
    stays in memory: 17 MB of the champion's, and another number of images is a new plan of them, which takes 25 ms.

    The file's signature "serving_default" takes "images" and returns each layer's values under the layer's name, as
    `training.export` writes it.
    """

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.Lock()
        try:
            # As bytes, not as a path: a mapped file could not be replaced or deleted on Windows.
            self._interpreter = Interpreter(model_content=_read(Path(path)), num_threads=1)
            # Only the tensor numbers are kept: copying out the probabilities alone spares 1.6 MB of maps an image.
            signature = self._interpreter.get_signature_runner("serving_default")
            self._images: int = signature.get_input_details()["images"]["index"]
            outputs = signature.get_output_details()
            self._outputs = {name: tensor["index"] for name, tensor in outputs.items()}
            self._probabilities: int = self._outputs["probabilities"]
            self._classes = int(outputs["probabilities"]["shape"][-1])
            del signature  # nothing else may refer to the interpreter while it takes its memory
            self._interpreter.resize_tensor_input(self._images, (1, *IMAGE_SHAPE))
            self._interpreter.allocate_tensors()
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ClassifierError(
                f"Expected a network exported for LiteRT, with images going in and probabilities coming out; "
                f"{Path(path).name} is missing or is not a network. Export the run again."
            ) from error

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities float32 (N, classes) for images uint8 (N, 32, 32, 3)."""
        _check(images, images.shape[1:])
        probabilities = np.empty((len(images), self._classes), np.float32)
        for place, image in enumerate(images):
            with self._lock:  # for one image only, so that a visitor's need not wait for ten thousand
                self._run(image)
                probabilities[place] = self._interpreter.get_tensor(self._probabilities)[0]
        return probabilities

    def feature_maps(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Every layer's values for one image uint8 (32, 32, 3): float32 (h, w, c), or (n,) once flattened.

        `architecture.layers` has the layers in order.
        """
        _check(image, image.shape)
        with self._lock:
            self._run(image)
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

    def _run(self, image: np.ndarray) -> None:
        """Compute all outputs for this image; the caller holds the lock."""
        self._interpreter.set_tensor(self._images, image[np.newaxis])
        self._interpreter.invoke()


def _read(path: Path) -> bytes:
    """The file; not what a link leads to, nor anything whose first bytes are not those of a LiteRT file."""
    if not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size > _LARGEST:
        raise ValueError("it is a link, a folder or a pipe, or too large")
    with path.open("rb") as file:
        beginning = file.read(8)
        if not beginning.endswith(_IDENTIFIER):
            raise ValueError("it is of another kind")
        file.seek(0)
        return file.read()


def _check(images: np.ndarray, shape: tuple[int, ...]) -> None:
    if images.dtype != np.uint8 or shape != IMAGE_SHAPE:
        raise ValueError(f"A network takes uint8 images of {IMAGE_SHAPE}; these are {images.dtype} of {shape}.")
