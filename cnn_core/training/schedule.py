"""The learning rate of each step: what the recipe's schedule says; and how it falls once a run is to finish."""

import math

from cnn_core.clock import Clock
from cnn_core.config import FALL, TrainingConfig


def learning_rate(recipe: TrainingConfig, fraction: float) -> float:
    """The rate after `fraction` (0-1) of the run."""
    left = 1 - min(fraction, 1.0)
    factor = {
        "constant": 1.0,
        "linear": left,
        "cosine": 0.5 * (1 - math.cos(math.pi * left)),
        "trapezoid": min(1.0, left / FALL),
    }[recipe.schedule]
    return recipe.learning_rate * factor


def rate_now(recipe: TrainingConfig, clock: Clock, epoch: int, batch: int) -> float:
    """The rate of the next step. From the moment of a finish it falls in a line to zero, from what it was then."""
    if clock.finish is None:
        return learning_rate(recipe, clock.fraction(epoch, batch))
    return learning_rate(recipe, clock.finish.fraction) * (1 - clock.finished(epoch, batch))
