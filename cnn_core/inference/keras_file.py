"""The weights of a network as plain arrays, so that others need not load its Keras file, which can run code.

    python -m cnn_core.inference.keras_file KERAS_FILE LITERT_FILE > ARRAYS

It is a process of its own because a damaged file may end it: HDF5's library and LiteRT's are written in C.
"""

import io
import sys
import zipfile
from pathlib import Path

import numpy as np

from cnn_core import processes
from cnn_core.config import IMAGE_SHAPE
from cnn_core.inference.classifier import Classifier

ANSWERS = "answers"  # beside the weights: what the network says to `questions`
_NAMES = {  # of a layer's variables, by the first word of Keras' name for its kind, and by how many there are
    "conv2d": {1: ("kernel",), 2: ("kernel", "bias")},
    "dense": {2: ("kernel", "bias")},
    "batch": {
        3: ("beta", "moving_mean", "moving_variance"),
        4: ("gamma", "beta", "moving_mean", "moving_variance"),
    },
}


def questions() -> np.ndarray:
    """Images uint8 (4, 32, 32, 3), always the same: two networks that answer them alike are the same one."""
    return np.random.default_rng(0).integers(0, 256, (4, *IMAGE_SHAPE), dtype=np.uint8)


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """The variables of a Keras file of this project: float32, under "layer.variable" as Keras calls them."""
    import h5py  # comes with Keras; the web process never needs it

    weights = {}
    with zipfile.ZipFile(path) as archive:
        inside = archive.getinfo("model.weights.h5")
        if inside.compress_type != zipfile.ZIP_STORED:  # Keras compresses nothing: no kilobyte becomes a gigabyte
            raise ValueError("it is not a Keras file of this project")
        content = archive.read(inside)
    with h5py.File(io.BytesIO(content)) as file:
        for kind, layer in file["layers"].items():
            variables = layer["vars"]
            if len(variables):
                names = _NAMES[kind.split("_")[0]][len(variables)]
                place = variables.attrs["name"]
                weights |= {f"{place}.{name}": variables[str(number)][()] for number, name in enumerate(names)}
    return weights


def main() -> None:
    processes.step_back()
    keras_file, litert_file = map(Path, sys.argv[1:])
    weights = read_weights(keras_file)
    weights[ANSWERS] = Classifier(litert_file).predict(questions())
    buffer = io.BytesIO()
    np.savez(buffer, **weights)  # not compressed: the zip around it is
    sys.stdout.buffer.write(buffer.getvalue())


if __name__ == "__main__":
    main()
