"""In which order the classes of a matrix stand: as the data set has them, by recall, or the similar ones together."""

from typing import Literal

import numpy as np

from cnn_core.evaluation.metrics import normalize

Order = Literal["class", "recall", "similarity"]


def order_classes(matrix: np.ndarray, by: Order) -> np.ndarray:
    """The places (classes,) of the rows and columns of `matrix`, first to last; it holds counts (classes, classes).

    "recall": the class with the highest recall first; equal ones stay in class order. "similarity": classes that are
    taken for each other stand together, whichever way round it happens.
    """
    if by == "class":
        return np.arange(len(matrix))
    if by == "recall":
        return np.argsort(-normalize(matrix, "actual").diagonal(), kind="stable")
    return _leaves(_dissimilarity(matrix))


def _dissimilarity(matrix: np.ndarray) -> np.ndarray:
    """How seldom two classes are taken for each other: float64 (classes, classes), 0 for the most confused pair."""
    shares = normalize(matrix, "actual")
    confused = shares + shares.T
    np.fill_diagonal(confused, 0)
    distances = confused.max() - confused
    np.fill_diagonal(distances, 0)
    return distances


def _leaves(distances: np.ndarray) -> np.ndarray:
    """Average linkage: the two nearest groups are joined until one is left, their distance the mean over all pairs.

    Every join may be turned round, so the leaves of the tree have 2^(classes - 1) orders. Kept is the one in which
    neighbours are nearest in sum; of it and its mirror image the one that begins with the lower class number.
    """
    # Of each group: its members, and the shortest order that begins and ends with the given two.
    groups = [([place], {(place, place): (0.0, (place,))}) for place in range(len(distances))]
    while len(groups) > 1:
        pairs = [(i, j) for j in range(len(groups)) for i in range(j)]
        i, j = min(pairs, key=lambda pair: distances[np.ix_(groups[pair[0]][0], groups[pair[1]][0])].mean())
        (members, orders), (others, other_orders) = groups[i], groups.pop(j)
        groups[i] = (members + others, _join(orders, other_orders, distances))
    _, orders = groups[0]
    return np.array(min(orders.values(), key=lambda found: (round(found[0], 12), found[1]))[1])


_Orders = dict[tuple[int, int], tuple[float, tuple[int, ...]]]


def _join(left: _Orders, right: _Orders, distances: np.ndarray) -> _Orders:
    """The shortest orders of two groups beside each other, by their first and last leaf."""
    joined: _Orders = {}
    for (first, inner), (length, order) in left.items():
        for (outer, last), (other_length, other) in right.items():
            whole = length + distances[inner, outer] + other_length
            if (first, last) not in joined or whole < joined[first, last][0]:
                joined[first, last] = (whole, order + other)
                joined[last, first] = (whole, (order + other)[::-1])
    return joined
