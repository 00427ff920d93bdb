"""The arrays that a run keeps: predictions, snapshots, checkpoints; checked when they are read."""

import io
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from cnn_core.architecture import features, totals, variables
from cnn_core.config import NetworkConfig
from cnn_core.data.strange import IMAGES as STRANGE_IMAGES
from cnn_core.data.strange import STRANGE
from cnn_core.evaluation import Calibration, Doubt, Neighbours, Projection, Study
from cnn_core.inference import Anatomy
from cnn_core.progress import TrainingState
from cnn_core.runs import files
from cnn_core.runs.npz import read_npz
from cnn_core.runs.opening import open_file, read_file

MOST_BYTES = 32_000_000  # of a file's arrays: the largest, a map, has one
MOST_OF_A_SNAPSHOT = 2_000_000  # bytes: there may be a thousand
Arrays = TypeVar("Arrays")


class Predictions(NamedTuple):
    labels: np.ndarray  # int64 (N,), the test split in official order
    probabilities: np.ndarray  # float32 (N, classes)


class Snapshot(NamedTuple):
    kernels: np.ndarray  # float16 (height, width, in, out); empty if the network has no convolution
    probabilities: np.ndarray  # float16 (n, classes), of the first validation images


def read_arrays(path: Path, form: Callable[..., Arrays], most: float = MOST_BYTES) -> Arrays:
    """What `form` makes of a file's arrays, which are read-only.

    Raises OSError, and ValueError on damage or if the arrays take more than `most` bytes. A checkpoint, which may be as
    large as it likes, is read as it is needed: nobody but this machine's worker does so.
    """
    if most < math.inf:
        return form(**read_npz(read_file(path, most), most))
    with open_file(path) as file, np.load(file, allow_pickle=False) as arrays:  # no pickle is opened
        return form(**arrays)


def largest_network(network: NetworkConfig) -> float:
    """More bytes than a file of this network has: its weights, and some hundred kilobytes around them."""
    return 5 * totals(network).parameters + 5e6


def write_arrays(arrays: dict[str, np.ndarray], *, compress: bool = True) -> bytes:
    """A file of these arrays."""
    buffer = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def study_files(study: Study) -> dict[str, dict[str, np.ndarray]]:
    """What was found out about a network once, as arrays by the name of their file."""
    names = (files.CALIBRATION, files.DOUBT, files.NEIGHBOURS, files.MAP)
    return {name: part.to_arrays() for name, part in zip(names, study, strict=True)}


def checked_predictions(classes: int, n: int, /, labels: np.ndarray, probabilities: np.ndarray) -> Predictions:
    """Raises ValueError if these cannot be the answers to `n` test images of so many classes."""
    _check(
        labels.ndim == 1 and len(labels) > 0 and np.issubdtype(labels.dtype, np.integer),
        "the labels are not a list of whole numbers",
    )
    _check(bool(((labels >= 0) & (labels < classes)).all()), "a label is not one of the classes")
    _check_probabilities(probabilities, classes)
    _check(len(labels) == len(probabilities) == n, "they are not as many as the images of the test")
    return Predictions(labels, probabilities)


def checked_anatomy(network: NetworkConfig, /, **arrays: np.ndarray) -> Anatomy:
    """Raises ValueError, KeyError or TypeError if these cannot be what looks inside such a network."""
    anatomy, shapes = Anatomy.from_arrays(**arrays), variables(network)
    kernels = {name.removesuffix(".kernel"): shape for name, shape in shapes.items() if name.endswith(".kernel")}
    biases = {name.removesuffix(".bias"): shape for name, shape in shapes.items() if name.endswith(".bias")}
    _check(
        all(kernels.get(place.layer) == place.shape for place in (*anatomy.forward, *anatomy.backward)),
        "a kernel has another shape than that of the network",
    )
    _check({place.layer for place in anatomy.backward} == kernels.keys(), "a kernel has no place")
    _check({name: array.shape for name, array in anatomy.biases.items()} == biases, "the biases are another network's")
    for array in anatomy.biases.values():
        _check(array.dtype == np.float32 and bool(np.isfinite(array).all()), "a bias is infinite or not a number")
    return anatomy


def read_state(**arrays: np.ndarray) -> TrainingState:
    """Raises KeyError if an array is missing. Training checks whether the variables are this network's."""
    return TrainingState.from_arrays(arrays)


def checked_calibration(test_n: int, /, **arrays: np.ndarray) -> Calibration:
    """Raises ValueError unless this temperature leaves some of `test_n` test images to measure what it promises."""
    calibration = Calibration.from_arrays(**arrays)
    _check(calibration.split != "test" or calibration.n < test_n, "it was fitted on more images than the test has")
    return calibration


def checked_doubt(n: int, /, **arrays: np.ndarray) -> Doubt:
    """The energies of `n` test images, and of strange images that are known here. Raises ValueError on nonsense."""
    doubt = Doubt.from_arrays(n, **arrays)
    strange = {kind: energies for kind, energies in doubt.strange.items() if kind in STRANGE}
    _check(all(len(energies) <= STRANGE_IMAGES for energies in strange.values()), "there are not so many images")
    return replace(doubt, strange=strange)


def checked_neighbours(n: int, images: int, /, **arrays: np.ndarray) -> Neighbours:
    """Raises ValueError unless these are, for `n` test images, some of so many training images."""
    neighbours = Neighbours.from_arrays(n, **arrays)
    _check(bool((neighbours.numbers < images).all()), "there is no such training image")
    return neighbours


def checked_projection(network: NetworkConfig, n: int, /, **arrays: np.ndarray) -> Projection:
    """Raises ValueError unless this is a map of at most `n` test images by the features of such a network."""
    projection = Projection.from_arrays(n, **arrays)
    _check(len(projection.center) == features(network).output_shape[-1], "it is of other features")
    return projection


def checked_snapshot(network: NetworkConfig, kernels: np.ndarray, probabilities: np.ndarray) -> Snapshot:
    """Raises ValueError unless this is a snapshot of such a network."""
    of_convolutions = [shape for shape in variables(network).values() if len(shape) == 4]
    _check(np.issubdtype(kernels.dtype, np.floating), "the kernels are not numbers")
    is_like_it = kernels.shape == of_convolutions[0] if of_convolutions else not kernels.size
    _check(is_like_it, "the kernels have the wrong shape")
    _check(bool(np.isfinite(kernels).all()), "a weight of a kernel is infinite or not a number")
    _check_probabilities(probabilities, network.classes)
    return Snapshot(kernels, probabilities)


def _check_probabilities(probabilities: np.ndarray, classes: int) -> None:
    _check(np.issubdtype(probabilities.dtype, np.floating), "the probabilities are not numbers")
    _check(probabilities.ndim == 2 and probabilities.shape[1] == classes, "the probabilities have the wrong shape")
    sums = probabilities.sum(axis=1, dtype=np.float64)
    are_shares = bool((probabilities >= 0).all()) and bool((np.abs(sums - 1) < 0.01).all())  # float16 rounds that much
    _check(are_shares, "the probabilities do not add up to 1")


def _check(holds: bool, why_not: str) -> None:
    if not holds:
        raise ValueError(why_not)
