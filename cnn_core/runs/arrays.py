"""The arrays that a run keeps: predictions, snapshots, checkpoints; checked when they are read."""

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from cnn_core.architecture import totals
from cnn_core.config import CLASSES, NetworkConfig
from cnn_core.evaluation import Study
from cnn_core.progress import TrainingState
from cnn_core.runs import files
from cnn_core.runs.npz import read_npz
from cnn_core.runs.opening import open_file, read_file

MOST_BYTES = 32_000_000  # of a file's arrays: the largest, a map, has one
Arrays = TypeVar("Arrays")


class Predictions(NamedTuple):
    labels: np.ndarray  # int64 (N,), the test split in official order
    probabilities: np.ndarray  # float32 (N, 10)


class Snapshot(NamedTuple):
    kernels: np.ndarray  # float16 (height, width, in, out); empty if the network has no convolution
    probabilities: np.ndarray  # float16 (n, 10), of the first validation images


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


def checked_predictions(labels: np.ndarray, probabilities: np.ndarray, *, n: int) -> Predictions:
    """Raises ValueError if these cannot be the answers to `n` test images."""
    _check(
        labels.ndim == 1 and len(labels) > 0 and np.issubdtype(labels.dtype, np.integer),
        "the labels are not a list of whole numbers",
    )
    _check(bool(((labels >= 0) & (labels < CLASSES)).all()), "a label is not one of the classes")
    _check_probabilities(probabilities)
    _check(len(labels) == len(probabilities) == n, "they are not as many as the images of the test")
    return Predictions(labels, probabilities)


def read_state(**arrays: np.ndarray) -> TrainingState:
    """Raises KeyError if an array is missing. Training checks whether the variables are this network's."""
    return TrainingState.from_arrays(arrays)


def checked_snapshot(kernels: np.ndarray, probabilities: np.ndarray) -> Snapshot:
    _check(np.issubdtype(kernels.dtype, np.floating), "the kernels are not numbers")
    _check(kernels.ndim == 4 or not kernels.size, "the kernels have the wrong shape")
    _check(bool(np.isfinite(kernels).all()), "a weight of a kernel is infinite or not a number")
    _check_probabilities(probabilities)
    return Snapshot(kernels, probabilities)


def _check_probabilities(probabilities: np.ndarray) -> None:
    _check(np.issubdtype(probabilities.dtype, np.floating), "the probabilities are not numbers")
    _check(probabilities.ndim == 2 and probabilities.shape[1] == CLASSES, "the probabilities have the wrong shape")
    sums = probabilities.sum(axis=1, dtype=np.float64)
    are_shares = bool((probabilities >= 0).all()) and bool((np.abs(sums - 1) < 0.01).all())  # float16 rounds that much
    _check(are_shares, "the probabilities do not add up to 1")


def _check(holds: bool, why_not: str) -> None:
    if not holds:
        raise ValueError(why_not)
