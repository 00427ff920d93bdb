"""Splitting a set honestly: whole bursts only, so that no test image has a neighbour that was trained on.

Images of one burst differ by a hand's shake. A network that has learned one of them knows the others too, and a test
with such images says nothing of the next photo.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from cnn_core.data.dataset import DataError

TRAIN, VAL, TEST = 0, 1, 2
_TEST_SHARE, _VAL_SHARE = 0.2, 0.15  # of a class's images, about
_MOST_FIRST = 0.5  # of a class's images: a larger burst is for training
_MOST_OVER = 1.5  # times the images that are wanted for the test
_LEAST_LEFT = 2  # images of a class that are not for the test: one to learn, one for validation
_SHARED = 5  # of so many training images, one is for validation where no burst is left for that
_SEED = 7


class Splits(NamedTuple):
    """Which split each image of each class is in."""

    parts: list[np.ndarray]  # a class: (n,) int8 of TRAIN, VAL and TEST
    shares_burst: bool  # whether a burst has training and validation images


def split(classes: Sequence[np.ndarray]) -> Splits:
    """classes: for each, the number of the burst of each of its images, (n,) int64, in the order they came.

    About a fifth of a class is for the test: its newest bursts, or of single photos some at random. Of what is left,
    other bursts are for validation; where one burst is left only, its last fifth. A burst with images in several
    classes is in one split with all of them. Raises DataError if bursts are shared so that no test is left.
    """
    counts = [Counter(groups.tolist()) for groups in classes]
    in_order = sorted(range(len(classes)), key=lambda number: (len(counts[number]), number))
    left = _Left(counts)
    test = {group for number in in_order for group in _test_bursts(number, classes[number], left)}
    val = {group for number in in_order for group in _val_bursts(number, classes[number], left)}
    parts = [np.where(np.isin(g, [*test]), TEST, np.where(np.isin(g, [*val]), VAL, TRAIN)) for g in classes]
    shares = [_share_burst(part) for part in parts if not (part == VAL).any()]
    return Splits([part.astype(np.int8) for part in parts], bool(shares))


class _Left:
    """The bursts that are for training still, and how many of a class's images have been taken for which split."""

    def __init__(self, counts: list[Counter]) -> None:
        self.counts = counts
        self._groups = [len(mine) for mine in counts]
        self._images = [mine.total() for mine in counts]
        self._taken: dict[int, int] = {}  # the split of each burst that was taken

    def taken(self, number: int, part: int) -> int:
        return sum(n for group, n in self.counts[number].items() if self._taken.get(group) == part)

    def can_take(self, group: int, least: int) -> bool:
        """Whether each class keeps another burst, and at least so many images."""
        return group not in self._taken and all(
            self._groups[number] >= 2 and self._images[number] - mine[group] >= least
            for number, mine in enumerate(self.counts)
            if group in mine
        )

    def take(self, group: int, part: int) -> None:
        self._taken[group] = part
        for number, mine in enumerate(self.counts):
            if group in mine:
                self._groups[number] -= 1
                self._images[number] -= mine[group]


def _test_bursts(number: int, groups: np.ndarray, left: _Left) -> Iterator[int]:
    """The bursts that are taken for the test because this class needs them."""
    mine, have = left.counts[number], left.taken(number, TEST)
    wanted = max(1, round(_TEST_SHARE * mine.total()))
    in_order = _in_preference(groups, number)
    for group in in_order:
        most = _MOST_OVER * wanted if have else _MOST_FIRST * mine.total()
        if have < wanted and have + mine[group] <= most and left.can_take(group, _LEAST_LEFT):
            left.take(group, TEST)
            have += mine[group]
            yield group
    if not have:
        allowed = [group for group in in_order if left.can_take(group, _LEAST_LEFT)]
        if not allowed:
            raise DataError(
                "Some bursts have images of several classes, or the same images, so that no burst is left to test a "
                "class on; take another burst of each class."
            )
        smallest = min(allowed, key=mine.__getitem__)
        left.take(smallest, TEST)
        yield smallest


def _val_bursts(number: int, groups: np.ndarray, left: _Left) -> Iterator[int]:
    """The bursts that are taken for validation, the smallest first, while that brings the share nearer."""
    mine, have = left.counts[number], left.taken(number, VAL)
    wanted = max(1, round(_VAL_SHARE * mine.total()))
    for group in sorted(_in_preference(groups, number), key=mine.__getitem__):
        is_nearer = not have or abs(have + mine[group] - wanted) < wanted - have
        if is_nearer and left.can_take(group, 1):
            left.take(group, VAL)
            have += mine[group]
            yield group


def _in_preference(groups: np.ndarray, number: int) -> list[int]:
    """The bursts of a class, those first that are to be tested on: the newest; with a single burst, the photos."""
    found, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    in_order = np.argsort(first)
    bursts = [int(found[place]) for place in in_order[::-1] if sizes[place] > 1]
    alone = [int(found[place]) for place in in_order if sizes[place] == 1]
    alone = [alone[place] for place in np.random.default_rng([_SEED, number]).permutation(len(alone))]
    return [*alone, *bursts] if len(bursts) == 1 else [*bursts, *alone]


def _share_burst(part: np.ndarray) -> bool:
    """Of the training images of a class, the last fifth becomes its validation images."""
    rows = np.flatnonzero(part == TRAIN)
    part[rows[len(rows) - max(1, len(rows) // _SHARED) :]] = VAL
    return True
