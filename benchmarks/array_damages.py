"""What may have happened to the arrays of a run's file, for `benchmarks.damaged_runs`."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np


class Unchanged(Exception):
    """This damage leaves this file as it is."""


def _arrays(change: Callable[[str, np.ndarray], np.ndarray | None]) -> Callable[[Path], None]:
    """Every array of the file changed; None takes it away."""

    def damage(path: Path) -> None:
        with np.load(path) as arrays:
            changed = {name: change(name, array) for name, array in arrays.items()}
            if all(_is_same(changed[name], array) for name, array in arrays.items()):
                raise Unchanged
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **{name: array for name, array in changed.items() if array is not None})
        path.write_bytes(buffer.getvalue())

    return damage


def _is_same(one: np.ndarray | None, other: np.ndarray) -> bool:
    return one is not None and (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


def _numbers(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[str, np.ndarray], np.ndarray]:
    return lambda name, array: change(array) if array.dtype.kind in "fiu" else array


def _longer(array: np.ndarray) -> np.ndarray:
    return np.concatenate([array, array]) if array.ndim else array


def _shorter(array: np.ndarray) -> np.ndarray:
    return array[: len(array) // 2] if array.ndim else array


def _largest(array: np.ndarray) -> np.ndarray:
    """The largest number of its kind everywhere: places that no data set has."""
    kind = np.finfo if array.dtype.kind == "f" else np.iinfo
    return np.full_like(array, kind(array.dtype).max)


def _renamed(name: str, array: np.ndarray) -> np.ndarray | None:
    return None if name in ("labels", "graph", "validation", "numbers", "spread", "kernels") else array


OF_ARRAYS: dict[str, Callable[[Path], None]] = {
    "not numbers": _arrays(_numbers(lambda array: array * np.nan if array.dtype.kind == "f" else array)),
    "zero": _arrays(_numbers(np.zeros_like)),
    "negative": _arrays(_numbers(lambda array: -array - array.dtype.type(1))),
    "largest": _arrays(_numbers(_largest)),
    "longer": _arrays(_numbers(_longer)),
    "shorter": _arrays(_numbers(_shorter)),
    "empty arrays": _arrays(_numbers(lambda array: array[:0] if array.ndim else array)),
    "flat": _arrays(_numbers(np.ravel)),
    "transposed": _arrays(_numbers(np.transpose)),
    "one axis more": _arrays(_numbers(lambda array: array[np.newaxis])),
    "text": _arrays(lambda name, array: array.astype(str)),
    "complex": _arrays(_numbers(lambda array: array.astype(complex))),
    "in wide floats": _arrays(_numbers(lambda array: array.astype(np.longdouble))),
    "without an array": _arrays(_renamed),
}
