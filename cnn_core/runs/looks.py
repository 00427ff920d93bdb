"""A look in a run's log: its kernels as bytes, so that a long run writes little; checked when it is read.

Each weight is one of 255 steps between the largest of its look and its negative: finer than a screen shows.
"""

import base64
from dataclasses import asdict
from math import prod
from typing import Any

import numpy as np

from cnn_core.config import IMAGE_SHAPE, MOST_CLASSES
from cnn_core.progress import Look

_STEPS = 127
_MOST_IMAGES = 16
_LARGEST_SPLIT = 60_000  # images
_LARGEST_KERNEL = (7, 7, IMAGE_SHAPE[2], 32)  # of the first layer
_LARGEST_WEIGHT = 1e6


def look_fields(look: Look) -> dict[str, Any]:
    """The look as JSON has it; its seconds to the last digit, since a log's order in time is read from them."""
    probabilities = [round(probability, 3) for probability in look.probabilities]
    packed = None if look.kernels is None else _packed(look.kernels)
    return asdict(look) | {"probabilities": probabilities, "kernels": packed}


def read_look(values: dict[str, Any]) -> Look:
    """The look that `look_fields` wrote. Raises ValueError, TypeError or KeyError where something is missing or odd."""
    positions = _list_of(int, values["positions"], _LARGEST_SPLIT - 1)
    labels, answers = (_list_of(int, values[name], MOST_CLASSES - 1) for name in ("labels", "answers"))
    probabilities = _list_of(float, values["probabilities"], 1)
    if not 1 <= len(positions) <= _MOST_IMAGES or len({*map(len, (positions, labels, answers, probabilities))}) != 1:
        raise ValueError
    packed = values.get("kernels")
    kernels = None if packed is None else _unpacked(packed["shape"], packed["largest"], packed["steps"])
    return Look(values["seconds"], positions, labels, answers, probabilities, kernels)


def _packed(kernels: np.ndarray) -> dict[str, Any]:
    largest = float(f"{max(float(np.abs(kernels).max()), 1e-6):.4g}")
    steps = np.clip(np.round(kernels / largest * _STEPS), -_STEPS, _STEPS).astype(np.int8)
    return {"shape": kernels.shape, "largest": largest, "steps": base64.b64encode(steps.tobytes()).decode()}


def _unpacked(shape: object, largest: object, steps: str) -> np.ndarray:
    """The kernels, float32 (height, width, 3, n)."""
    sizes = _list_of(int, shape, max(_LARGEST_KERNEL))
    (scale,) = _list_of(float, [largest], _LARGEST_WEIGHT)
    is_a_kernel = len(sizes) == len(_LARGEST_KERNEL) and sizes[2] == IMAGE_SHAPE[2]
    if not is_a_kernel or any(not 1 <= size <= most for size, most in zip(sizes, _LARGEST_KERNEL, strict=True)):
        raise ValueError
    numbers = np.frombuffer(base64.b64decode(steps, validate=True), np.int8)
    if len(numbers) != prod(sizes):
        raise ValueError
    return numbers.reshape(sizes).astype(np.float32) * np.float32(scale / _STEPS)


def _list_of(kind: type, values: object, largest: float) -> tuple:
    """The values, numbers of this kind from 0 to `largest`; a whole number is a float too."""
    if not isinstance(values, list):
        raise TypeError
    for value in values:
        if type(value) not in (int, kind) or not 0 <= value <= largest:
            raise ValueError
    return tuple(map(kind, values))
