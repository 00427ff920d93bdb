"""How many test images are still recognised when all are changed alike, over the range of each change."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cnn_core.explanation.changes import CHANGES, Change, vary
from cnn_core.explanation.maps import Explain

IMAGES = 500  # the first of the test split: half an accuracy's 95% margin is at most 4.4 points

Predict = Callable[[np.ndarray], np.ndarray]  # images uint8 (N, 32, 32, 3) -> probabilities or logits (N, classes)


@dataclass(frozen=True, slots=True)
class Curve:
    """What becomes of n images over the strengths of one change."""

    strengths: np.ndarray  # float32 (S,), ascending
    right: np.ndarray  # int32 (S,): images that are recognised
    changed: np.ndarray  # int32 (S,): images with another answer than at the neutral strength
    n: int
    unsteady: np.ndarray  # int32 (k,): the images whose answer changes at a strength next to the neutral one


Robustness = Mapping[str, Curve]  # by the name of the change


def measure(
    predict: Predict,
    explain: Explain,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Curve]:
    """Every change over its rough strengths.

    Args:
        predict: the network; it sees some ninety times the images.
        explain: the same network's `BackwardPass.explain`, for the adversarial step.
        images: uint8 (n, 32, 32, 3), of the test split; labels: integers (n,). Best the first `IMAGES`.
        on_progress: called with the share that is done.
    """
    usual = predict(images).argmax(1)
    total = sum(len(change.rough) for change in CHANGES.values())
    curves, done = {}, 0
    for name, change in CHANGES.items():
        varied = vary(name, images, explain, labels)
        answers = []
        for strength in change.rough:
            answers.append(usual if strength == change.neutral else predict(varied(strength)).argmax(1))
            done += 1
            on_progress(done / total)
        curves[name] = curve(name, answers, labels)
    return curves


def curve(name: str, answers: list[np.ndarray], labels: np.ndarray) -> Curve:
    """From the answers (n,) at each rough strength of a change."""
    change = CHANGES[name]
    said = np.stack(answers)
    usual = said[change.rough.index(change.neutral)]
    counts = ((said == labels).sum(1).astype(np.int32), (said != usual).sum(1).astype(np.int32))
    unsteady = np.flatnonzero((said[_beside(change)] != usual).any(0)).astype(np.int32)
    return Curve(np.array(change.rough, np.float32), *counts, len(labels), unsteady)


def _beside(change: Change) -> list[int]:
    """The places of the rough strengths next to the neutral one."""
    neutral = change.rough.index(change.neutral)
    return [place for place in (neutral - 1, neutral + 1) if 0 <= place < len(change.rough)]


def to_arrays(robustness: Robustness, network_file: bytes) -> dict[str, np.ndarray]:
    """For a file of arrays, which says of which network it is."""
    curves = {
        f"{name}.{what}": np.asarray(getattr(found, what))
        for name, found in robustness.items()
        for what in Curve.__slots__
    }
    return {"network": np.array(zlib.crc32(network_file)), **curves}


def from_arrays(network_file: bytes, network: np.ndarray, **arrays: np.ndarray) -> dict[str, Curve] | None:
    """None if it is another network's. Raises ValueError or KeyError if these cannot be what `to_arrays` made."""
    if int(network) != zlib.crc32(network_file):
        return None
    names = dict.fromkeys(key.rpartition(".")[0] for key in arrays)
    found = {name: _checked(*(arrays[f"{name}.{what}"] for what in Curve.__slots__)) for name in names}
    for name, curve in found.items():
        if name in CHANGES and not np.array_equal(curve.strengths, np.float32(CHANGES[name].rough)):
            raise ValueError(f"{name} was measured at other strengths than the page shows")
    return found


def _checked(
    strengths: np.ndarray, right: np.ndarray, changed: np.ndarray, n: np.ndarray, unsteady: np.ndarray
) -> Curve:
    counts = np.stack([right, changed])
    if strengths.ndim != 1 or counts.shape != (2, len(strengths)) or not np.isfinite(strengths).all():
        raise ValueError("the strengths and the counts do not fit")
    if not np.issubdtype(counts.dtype, np.integer) or n < 1 or (counts < 0).any() or (counts > n).any():
        raise ValueError("a count is not a number of these images")
    if not np.issubdtype(unsteady.dtype, np.integer) or unsteady.ndim != 1 or not set(unsteady) <= set(range(int(n))):
        raise ValueError("an image is not one that was counted")
    return Curve(strengths, right, changed, int(n), unsteady)
