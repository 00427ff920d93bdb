"""Which answers of a network to look at first, and how much of its accuracy rests on some of the images."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Ranking = Literal["disagrees", "surest", "doubtful"]


@dataclass(frozen=True, slots=True)
class Apart:
    """The accuracy on some of the images, and on the rest of them; None where there is no image."""

    n: int  # of the chosen ones
    of_chosen: float | None
    of_rest: float | None


def ranked(labels: np.ndarray, probabilities: np.ndarray, order: Ranking) -> np.ndarray:
    """Places int64 of the images, those that teach most first; equal ones stay in their order.

    "disagrees": the mistakes, by the probability of the label, the smallest first. "surest": the mistakes, by the
    probability of the answer, the largest first. "doubtful": the right answers, by the same, the smallest first.
    """
    answers = probabilities.argmax(axis=1)
    places = np.flatnonzero((answers == labels) == (order == "doubtful"))
    by = labels if order == "disagrees" else answers
    worth = probabilities[places, by[places]]
    return places[np.argsort(-worth if order == "surest" else worth, kind="stable")]


def accuracy_apart(labels: np.ndarray, probabilities: np.ndarray, chosen: np.ndarray) -> Apart:
    """How often the network is right on the images at the chosen places (n,), and on all others."""
    is_right = probabilities.argmax(axis=1) == labels
    is_chosen = np.zeros(len(labels), bool)
    is_chosen[chosen] = True
    inside, outside = is_right[is_chosen], is_right[~is_chosen]
    return Apart(len(inside), *(float(some.mean()) if len(some) else None for some in (inside, outside)))
