"""A network's weights as plain arrays: how they come into a run's zip, and what they must be to be taken out of one."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping

import numpy as np

from cnn_core.architecture import variables
from cnn_core.config import NetworkConfig
from cnn_core.inference.keras_file import ANSWERS, questions
from cnn_core.runs import files
from cnn_core.runs.arrays import largest_network
from cnn_core.runs.npz import read_npz
from cnn_core.runs.run import Run
from cnn_core.runs.words import RunError

_PATIENCE = 120.0  # seconds until a busy machine must have read a Keras file; it takes one
_READING = threading.Lock()  # a process of 100 MB, also when a whole class presses Download
_CLOSE = 0.01  # to 1, of the sum of all probabilities


def largest_weights(network: NetworkConfig) -> float:
    """More bytes than the weights of this network take, with their names and the answers."""
    return sum(4 * np.prod(shape) + 1000 for shape in variables(network).values()) + 1e5


def plain_weights(run: Run) -> bytes | None:
    """The weights of a run's network in a file of arrays; None without a network, or if it cannot be read."""
    if not run.has_network():
        return None
    command = [sys.executable, "-m", "cnn_core.inference.keras_file", run.keras_path, run.classifier_path]
    try:
        if os.path.getsize(run.keras_path) > largest_network(run.config.network):
            return None
        with _READING:
            done = subprocess.run(command, cwd=files.ROOT, capture_output=True, timeout=_PATIENCE, check=True)
        check_weights(run.config.network, read_npz(done.stdout, largest_weights(run.config.network)))
    except (subprocess.SubprocessError, OSError, ValueError, RunError):
        return None
    return done.stdout


def check_weights(network: NetworkConfig, arrays: Mapping[str, np.ndarray]) -> None:
    """Raises RunError unless these are the weights of such a network, with its answers."""
    shapes = variables(network) | {ANSWERS: (len(questions()), network.classes)}
    if missing := [name for name in shapes if name not in arrays]:
        raise RunError(f"Its weights are not those of its settings: {_and_more(missing)} is missing.")
    if len(arrays) > len(shapes):
        raise RunError("Its weights are not those of its settings: there are more arrays than such a network has.")
    for name, shape in shapes.items():
        array = arrays[name]
        if array.shape != shape:
            raise RunError(f"Its weights are not those of its settings: {name} is {array.shape}, not {shape}.")
        if array.dtype != np.float32:
            raise RunError(f"Its weights are not what this app writes: {name} is of {array.dtype}, not float32.")
        if not np.isfinite(array).all():
            raise RunError(f"Its weights cannot be used: {name} holds a number that is infinite or not a number.")
        if name.endswith(".moving_variance") and (array < 0).any():
            raise RunError(f"Its weights cannot be used: {name} has a variance below 0.")
    if np.abs(arrays[ANSWERS].sum(axis=1) - 1).max() > _CLOSE:
        raise RunError("What its network is said to answer are no probabilities.")


def _and_more(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
