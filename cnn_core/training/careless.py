"""What a careless split of an own data set would have said: the same images, features and head, other splits."""

from collections.abc import Callable
from functools import partial

import numpy as np

from cnn_core.config import ExperimentConfig
from cnn_core.data import DataSet, own
from cnn_core.evaluation import Careless, scores
from cnn_core.progress import Stopped
from cnn_core.stoppable import unless_stopped
from cnn_core.training.logistic import Standard, choose_penalty, fit
from cnn_core.training.outcome import Outcome
from cnn_core.training.reuse import MOST_ITERATIONS, reader

DRAWS = 5


def careless(
    outcome: Outcome, config: ExperimentConfig, data: DataSet, *, should_stop: Callable[[], bool] = lambda: False
) -> Careless | None:
    """What the test would have said, had all images been drawn into the splits one by one; None where nobody asks.

    There are as many images of each class in each split, and the head is learned in the same way; the penalty is chosen
    in the first draw. It is asked of own data sets that were learned by reuse: their bursts hold nearly equal images.
    """
    if not (config.own and config.reuse):
        return None

    def tell(_: int) -> None:
        if should_stop():
            raise Stopped

    recipe, model = config.training, outcome.network(should_stop)
    parts = [data.split(split) for split in ("train+val", "test")]
    labels = np.concatenate([part.labels for part in parts])
    features = reader(model)
    read = [
        np.concatenate([features(part, np.arange(len(part)), tell, mirrored=mirrored) for part in parts])
        for mirrored in (False, True)[: 1 + recipe.flip]
    ]
    shares, penalty, most = [], None, recipe.epochs or MOST_ITERATIONS
    for draw in range(DRAWS):
        train, val, test = own.careless(data.name, recipe.seed + draw)
        seen = np.concatenate([each[train] for each in read])
        standard = Standard.of(seen)
        fits = partial(fit, standard(seen), np.tile(labels[train], len(read)), config.network.classes)
        if penalty is None:
            asked = partial(choose_penalty, fits, standard(read[0][val]), labels[val], most)
            penalty = unless_stopped(asked, should_stop)
        found = unless_stopped(partial(fits, penalty, most), should_stop)
        shares.append(scores(labels[test], found.probabilities(standard(read[0][test]))).accuracy)
    return Careless(float(np.mean(shares)), len(test))
