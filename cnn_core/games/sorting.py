"""Beat the network: twenty test images, the same for all who play a round, sorted into ten classes by the clock."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnn_core.config import CLASSES

IMAGES = 20
ROUNDS = 9999  # from 1
_EACH = IMAGES // CLASSES
_LONGEST = 3600.0  # seconds for one image


@dataclass(frozen=True, slots=True)
class Sorting:
    """What somebody said of a round's images, in the order of the round, and how long each took them, in seconds."""

    answers: tuple[int, ...]
    seconds: tuple[float, ...]

    def right(self, labels: np.ndarray) -> int:
        return int((np.array(self.answers) == labels).sum())


def draw(labels: np.ndarray, number: int, doubted: Collection[int] = ()) -> np.ndarray:
    """The places of round `number` in a split with these labels, int64 (20,): two of each class, in any order.

    One of them is of `doubted`, the places of images whose label is known to be doubted; the others are not.
    """
    rng = np.random.default_rng([IMAGES, number])
    known = np.isin(np.arange(len(labels)), list(doubted), invert=True)
    of_class = [rng.choice(np.flatnonzero(known & (labels == label)), _EACH, replace=False) for label in range(CLASSES)]
    if doubted:
        place = rng.choice(sorted(doubted))
        of_class[labels[place]][0] = place
    return rng.permutation(np.concatenate(of_class))


def read_sorting(sent: Any) -> Sorting:
    """What a browser handed in: {"answers": 20 class numbers, "seconds": 20 numbers}. ValueError if it is not that."""
    try:
        answers, seconds = list(sent["answers"]), [float(number) for number in sent["seconds"]]
    except (TypeError, KeyError, ValueError, OverflowError):
        answers, seconds = [], []
    are_classes = all(type(answer) is int and 0 <= answer < CLASSES for answer in answers)
    are_seconds = all(math.isfinite(number) and 0 <= number <= _LONGEST for number in seconds)
    if not (len(answers) == len(seconds) == IMAGES and are_classes and are_seconds):
        raise ValueError(f"{IMAGES} answers with their seconds were expected; what came is something else.")
    return Sorting(tuple(answers), tuple(seconds))


def count_answers(sortings: Iterable[Sorting]) -> np.ndarray:
    """How many said each class of each image: int64 (20, classes)."""
    counts = np.zeros((IMAGES, CLASSES), int)
    for sorting in sortings:
        counts[np.arange(IMAGES), sorting.answers] += 1
    return counts


def sides(labels: np.ndarray, one: np.ndarray, other: np.ndarray) -> dict[str, np.ndarray]:
    """Who of two is right where: the places in the round, int64, by "both", "one", "other" and "neither"."""
    first, second = one == labels, other == labels
    found = {"both": first & second, "one": first & ~second, "other": ~first & second, "neither": ~first & ~second}
    return {who: np.flatnonzero(where) for who, where in found.items()}
