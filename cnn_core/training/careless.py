"""What a careless split of an own data set would have said: the same images, features and head, other splits."""

from collections.abc import Callable
from functools import partial

import numpy as np

from cnn_core.batches import training_rows
from cnn_core.config import ExperimentConfig
from cnn_core.data import DataError, DataSet, own
from cnn_core.evaluation import Careless, scores
from cnn_core.progress import Stopped
from cnn_core.stoppable import unless_stopped
from cnn_core.training.logistic import Standard, choose_penalty, fit
from cnn_core.training.outcome import Outcome
from cnn_core.training.reuse import MOST_ITERATIONS, reader

DRAWS = 5
_MANY = 1_500  # images of which a fit takes seconds
_DRAWS_OF_MANY = 2


def careless(
    outcome: Outcome, config: ExperimentConfig, data: DataSet, *, should_stop: Callable[[], bool] = lambda: False
) -> Careless | None:
    """What the test would have said, had all images been drawn into the splits one by one; None where nobody asks.

    There are as many images of each class in each split, and the head is learned in the same way; the penalty is chosen
    in the first draw; with many images that of the run is taken. It is asked of own data sets that were learned by
    reuse: their bursts hold nearly equal images. None too if somebody removes the data set meanwhile.
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
    are_many, most = len(labels) > _MANY, recipe.epochs or MOST_ITERATIONS
    penalty, shares = outcome.penalty if are_many else None, []
    for draw in range(_DRAWS_OF_MANY if are_many else DRAWS):
        try:
            train, val, test = own.careless(data.name, recipe.seed + draw)
        except DataError:
            return None
        train = np.sort(train[training_rows(recipe, len(train))])
        seen = np.concatenate([each[train] for each in read])
        standard = Standard.of(seen)
        fits = partial(fit, standard(seen), np.tile(labels[train], len(read)), config.network.classes)
        if penalty is None:
            asked = partial(choose_penalty, fits, standard(read[0][val]), labels[val], most)
            penalty = unless_stopped(asked, should_stop)
        found = unless_stopped(partial(fits, penalty, most), should_stop)
        shares.append(scores(labels[test], found.probabilities(standard(read[0][test]))).accuracy)
    return Careless(float(np.mean(shares)), len(test))
