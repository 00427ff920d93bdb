"""Beat the network: twenty test images, the same for all who play a round, sorted into their classes by the clock."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

IMAGES = 20  # at most: as many of each class; fewer of a small test split
ROUNDS = 9999  # from 1
_LONGEST = 3600.0  # seconds for one image


@dataclass(frozen=True, slots=True)
class Sorting:
    """What somebody said of a round's images, in the order of the round, and how long each took them, in seconds."""

    answers: tuple[int, ...]
    seconds: tuple[float, ...]

    def right(self, labels: np.ndarray) -> int:
        return int((np.array(self.answers) == labels).sum())


def draw(labels: np.ndarray, number: int, doubted: Collection[int] = ()) -> np.ndarray:
    """The places of round `number` in a split with these labels, int64 (n,): as many of each class, in any order.

    One of them is of `doubted`, the places of images whose label is known to be doubted; the others are not.
    """
    rng = np.random.default_rng([IMAGES, number])
    known = np.isin(np.arange(len(labels)), list(doubted), invert=True)
    classes = np.unique(labels)
    each = max(1, min(IMAGES // len(classes), np.bincount(labels)[classes].min()))
    of_class = [rng.choice(np.flatnonzero(known & (labels == label)), each, replace=False) for label in classes]
    if doubted:
        place = rng.choice(sorted(doubted))
        of_class[labels[place]][0] = place
    return rng.permutation(np.concatenate(of_class))


def read_sorting(sent: Any, images: int, classes: int) -> Sorting:
    """What a browser handed in: {"answers": class numbers, "seconds": numbers}, of each as many as there are images.

    Raises ValueError if it is not that.
    """
    try:
        answers, seconds = list(sent["answers"]), [float(number) for number in sent["seconds"]]
    except (TypeError, KeyError, ValueError, OverflowError):
        answers, seconds = [], []
    are_classes = all(type(answer) is int and 0 <= answer < classes for answer in answers)
    are_seconds = all(math.isfinite(number) and 0 <= number <= _LONGEST for number in seconds)
    if not (len(answers) == len(seconds) == images and are_classes and are_seconds):
        raise ValueError(f"{images} answers with their seconds were expected; what came is something else.")
    return Sorting(tuple(answers), tuple(seconds))


def count_answers(sortings: Iterable[Sorting], classes: int) -> np.ndarray:
    """How many said each class of each image: int64 (n, classes); at least one has sorted them."""
    answers = np.array([sorting.answers for sorting in sortings])
    counts = np.zeros((answers.shape[1], classes), int)
    for said in answers:
        counts[np.arange(len(said)), said] += 1
    return counts


def sides(labels: np.ndarray, one: np.ndarray, other: np.ndarray) -> dict[str, np.ndarray]:
    """Who of two is right where: the places in the round, int64, by "both", "one", "other" and "neither"."""
    first, second = one == labels, other == labels
    found = {"both": first & second, "one": first & ~second, "other": ~first & second, "neither": ~first & ~second}
    return {who: np.flatnonzero(where) for who, where in found.items()}
