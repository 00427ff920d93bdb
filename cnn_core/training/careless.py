"""What a careless split of an own data set would have said: the same images, features and head, other splits."""

from collections.abc import Callable
from functools import partial

import numpy as np

from cnn_core.config import ExperimentConfig
from cnn_core.data import DataSet
from cnn_core.evaluation import Careless, scores
from cnn_core.progress import Stopped
from cnn_core.stoppable import unless_stopped
from cnn_core.training.logistic import Standard, fit
from cnn_core.training.outcome import Outcome
from cnn_core.training.reuse import MOST_ITERATIONS, features

DRAWS = 5


def careless(
    outcome: Outcome, config: ExperimentConfig, data: DataSet, *, should_stop: Callable[[], bool] = lambda: False
) -> Careless | None:
    """What the test would have said, had all images been drawn into the splits one by one; None where nobody asks.

    With as many images of each class in each split, the same features, penalty and iterations. It is asked of own data
    sets that were learned by reuse to the end: there are bursts in those, whose frames are nearly the same image.
    """
    if not (config.own and config.reuse and outcome.penalty):
        return None
    recipe, model = config.training, outcome.network(should_stop)
    parts = [data.split(split) for split in ("train", "val", "test")]
    labels = np.concatenate([part.labels for part in parts])
    wanted = np.repeat(np.arange(3), [len(part) for part in parts])

    def tell(_: int) -> None:
        if should_stop():
            raise Stopped

    read = [
        np.concatenate([features(model, part, np.arange(len(part)), tell, mirrored=mirrored) for part in parts])
        for mirrored in (False, True)[: 1 + recipe.flip]
    ]
    shares = []
    for draw in range(DRAWS):
        into = drawn_alike(wanted, labels, np.random.default_rng((recipe.seed, 5, draw)))
        train, test = into == 0, into == 2
        own, of_own = np.concatenate([each[train] for each in read]), np.tile(labels[train], len(read))
        standard = Standard.of(own)
        most = recipe.epochs or MOST_ITERATIONS
        fitting = partial(fit, standard(own), of_own, config.network.classes, outcome.penalty, most)
        found = unless_stopped(fitting, should_stop)
        shares.append(scores(labels[test], found.probabilities(standard(read[0][test]))).accuracy)
    return Careless(float(np.mean(shares)), int((wanted == 2).sum()))


def drawn_alike(wanted: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same split numbers (n,) in another order, those of each class among its own images."""
    into = wanted.copy()
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        into[of_class] = rng.permutation(wanted[of_class])
    return into
