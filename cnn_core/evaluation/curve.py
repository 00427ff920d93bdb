"""The curve of a run and the criteria by which it is judged; `diagnosis` puts them into words.

Losses are plain cross-entropies, also where labels are smoothed. Those of training are means over an epoch, with
dropout and augmentation on and the weights changing: validation may be better than training, and a gap alone is no
over-fitting. That is read from the validation loss: it stays above its minimum while training loss goes on falling.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cnn_core.config import ExperimentConfig
from cnn_core.evaluation.trials import FAR, usual_rate

LUCK = 0.05  # accuracy above chance: with ten classes that is 10%, and on 2,000 images luck gives no 12%
DEVIATIONS = 2  # of an accuracy of so few images that luck gives more
GROWTH, GROWN = 1.5, 0.5  # training loss grew by half, and by 0.5: a mean over thousands of images does not by chance
JUMP, JUMPS, JUMP_SHARE = 0.05, 2, 1 / 3  # it rose by 5% at least twice, in every third epoch: the steps overshoot
HIGH = 1 / math.log(10)  # of the loss of guessing: with ten classes 1.0, that of a network that gives the label 37%.
# Below it, slow or uneven progress is no trouble.
PLATEAU, PLATEAU_EPOCHS = 0.02, 3  # three epochs in which a high loss moved by less than 2%
FAR_OFF = 2  # times the loss of guessing: most answers are very sure, and wrong
RISE, PATIENCE = 0.02, 3  # validation loss in the last three epochs: 2% above its minimum, and above any three's mean
LEARNED = 0.05  # training loss fell by 5% meanwhile: the training images are still being learned
GAINED = 0.03  # validation accuracy that rose by three points since then: it still learns for other images too
WIDE = 10.0  # points: no recorded run has 7, and what differs in measuring makes the gap smaller, not wider
SLOW, SLOW_EPOCHS, STEADY = 0.05, 3, 0.5  # three falls of less than 5%, the last at least half as large as their mean
FALLING = 0.03  # a loss that still fell by 3% in the last epoch
LOW_RATE = 0.2  # of the first learning rate: below it the steps are so small that any network comes to rest
REST, REST_EPOCHS, REST_POINTS = 0.02, 3, 0.005  # three epochs: losses within 2%, accuracy within half a point
NO_LOSS = 0.005  # differences below it are nothing, however large a share of a tiny loss they are


@dataclass(frozen=True)
class Curve:
    """The columns of a history with at least one epoch, float (n,) where nothing else is said. Places count from 0."""

    config: ExperimentConfig
    epochs: list[int]  # from 1
    loss: np.ndarray  # of training
    accuracy: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    rate: float  # in the last epoch
    passes: float  # over the training images at its end
    seconds: np.ndarray  # of training at the end of each epoch
    was_finished: bool = False  # before its limit, on request

    @classmethod
    def of(cls, history: pd.DataFrame, config: ExperimentConfig, *, was_finished: bool = False) -> "Curve":
        columns = (history[name].to_numpy(float) for name in ("loss", "accuracy", "val_loss", "val_accuracy"))
        last = (float(history[name].iloc[-1]) for name in ("learning_rate", "passes"))
        seconds = history["seconds"].to_numpy(float)
        return cls(config, history["epoch"].astype(int).tolist(), *columns, *last, seconds, was_finished)

    @property
    def split(self) -> str:
        """The split that is measured after each epoch."""
        return "test" if self.config.training.validate_on == "test" else "validation"

    @property
    def gap(self) -> float:
        """By how many points training accuracy is ahead in the last epoch, of the percentages as they are written."""
        return round(100 * float(self.accuracy[-1]), 1) - round(100 * float(self.val_accuracy[-1]), 1)

    @property
    def hindrances(self) -> list[str]:
        """What is on while the network learns, and off when it is measured."""
        training, blocks = self.config.training, self.config.network.blocks
        is_on = {
            "dropout": any(block.dropout for block in blocks),
            "augmentation": training.flip or training.shift or training.cutout,
        }
        return [name for name, on in is_on.items() if on]

    @property
    def chance(self) -> float:
        """The accuracy of guessing."""
        return 1 / self.config.network.classes

    @property
    def guess_loss(self) -> float:
        """The loss of guessing."""
        return math.log(self.config.network.classes)

    @property
    def _high(self) -> float:
        return HIGH * self.guess_loss

    def is_guessing(self) -> bool:
        return self._may_be_luck(self.accuracy[-1]) and self._may_be_luck(self.val_accuracy[-1], is_validation=True)

    def _may_be_luck(self, accuracy: float, *, is_validation: bool = False) -> bool:
        """Whether guessing may have reached this accuracy of training, or of validation."""
        return accuracy < self.chance + max(LUCK, DEVIATIONS * self._deviation(self.chance, is_validation))

    def _deviation(self, accuracy: float, is_validation: bool) -> float:
        """The standard deviation of an accuracy, by how many images it is measured on; 0 of the large data sets."""
        own, training = self.config.own, self.config.training
        if own is None:
            return 0.0
        watches_test = training.validate_on == "test"
        trained = min(own.train + own.val * watches_test, training.training_images or math.inf)
        n = (own.test if watches_test else own.val) if is_validation else trained
        return math.sqrt(accuracy * (1 - accuracy) / n)

    def lowest_before_growth(self) -> int | None:
        """The place of the lowest training loss, lower than that of guessing, if it has grown much since and grows."""
        at = int(self.loss.argmin())
        low, now = self.loss[at], self.loss[-1]
        has_grown = now >= GROWTH * low and now >= low + GROWN and now > self.loss[-2]
        return at if has_grown and low < self.guess_loss else None

    def last_jump(self) -> int | None:
        """The place before the last rise of a high training loss that jumps up and down."""
        rises = self.loss[1:] > (1 + JUMP) * self.loss[:-1]
        is_jumpy = rises.sum() >= JUMPS and rises.mean() >= JUMP_SHARE and self.loss[-1] >= self._high
        return int(np.flatnonzero(rises)[-1]) if is_jumpy else None

    def is_stuck_at_a_far_rate(self) -> bool:
        """Whether a high training loss hardly moves, at a learning rate far above the usual one."""
        is_far = self.config.training.learning_rate >= FAR * usual_rate(self.config)
        return is_far and self.loss[-1] >= self._high and _moved_at_most(self.loss, PLATEAU, PLATEAU_EPOCHS)

    def over_fits_since(self) -> int | None:
        """The place of the lowest validation loss, if it has stayed above that while training loss went on falling."""
        at = int(self.val_loss.argmin())
        later = self.val_loss[at + 1 :]
        line = self.val_loss[at] + max(RISE * self.val_loss[at], NO_LOSS)
        is_above = len(later) >= PATIENCE and (later[-PATIENCE:] > line).all()
        has_risen = is_above and self._mean_has_risen()  # one lucky epoch is no minimum
        has_gained = self.val_accuracy[-1] > self.val_accuracy[at] + GAINED
        # At first batch-norm's running mean and variance lag behind: validation loss rises while the network guesses.
        had_begun = not self._may_be_luck(self.accuracy[at])
        has_learned = self.loss[-1] <= (1 - LEARNED) * self.loss[at] and self.loss[-1] < self.val_loss[-1]
        return at if has_risen and had_begun and has_learned and not has_gained else None

    def _mean_has_risen(self) -> bool:
        """Whether the last epochs' mean validation loss is above the lowest mean of as many in a row."""
        means = np.convolve(self.val_loss, np.full(PATIENCE, 1 / PATIENCE), "valid")
        return bool(means[-1] > (1 + RISE) * means.min())

    def has_wide_gap(self) -> bool:
        """Whether training is far ahead of a validation that no longer guesses, and does not just catch up."""
        wide = max(WIDE, 100 * DEVIATIONS * self._deviation(0.5, is_validation=True))
        is_ahead = self.gap >= wide and self.loss[-1] < self.val_loss[-1]
        has_begun = not self._may_be_luck(self.val_accuracy[-1], is_validation=True)
        return is_ahead and has_begun and not self.is_still_falling()

    def is_far_off(self) -> bool:
        return bool(self.loss[-1] >= FAR_OFF * self.guess_loss)

    def is_slow(self) -> bool:
        """Whether a high training loss falls by little in each epoch, and hardly less at the end, at no high rate."""
        falls, before = -np.diff(self.loss)[-SLOW_EPOCHS:], self.loss[-1 - SLOW_EPOCHS : -1]
        is_high = self.config.training.learning_rate > usual_rate(self.config)
        if len(falls) < SLOW_EPOCHS or self.loss[-1] < self._high or is_high or self.is_at_low_rate():
            return False
        return bool((falls > 0).all() and (falls < SLOW * before).all() and falls[-1] >= STEADY * falls.mean())

    def is_still_falling(self) -> bool:
        """Whether both losses fell clearly in the last epoch, at a learning rate that would let them fall further."""
        return not self.is_at_low_rate() and all(
            now < (1 - FALLING) * before and before - now > NO_LOSS
            for before, now in (self.loss[-2:], self.val_loss[-2:])
        )

    def is_at_low_rate(self) -> bool:
        return self.rate < LOW_RATE * self.config.training.learning_rate

    def has_reached_its_limit(self) -> bool:
        """Whether it trained as long as it was to: a tenth less is the time of a last epoch's measuring."""
        training = self.config.training
        by_epochs = training.epochs is not None and self.passes >= 0.9 * training.epochs
        return by_epochs or (training.seconds is not None and self.seconds[-1] >= 0.9 * training.seconds)

    def is_at_rest(self) -> bool:
        accuracies = self.val_accuracy[-1 - REST_EPOCHS :]
        losses = (self.loss, self.val_loss)
        is_flat = all(_moved_at_most(values, REST, REST_EPOCHS) for values in losses)
        return is_flat and float(np.ptp(accuracies)) <= REST_POINTS

    def is_spent(self) -> bool:
        """Whether a high training loss hardly moved in the last epoch, at the low end of the learning rate."""
        return self.is_at_low_rate() and self.loss[-1] >= self._high and _moved_at_most(self.loss, REST, 1)

    def has_learned(self) -> bool:
        """Whether both losses are lower than after the first epoch, and lower than what guessing scores."""
        worst = self.guess_loss
        return bool(self.loss[-1] < min(self.loss[0], worst) and self.val_loss[-1] < min(self.val_loss[0], worst))


def _moved_at_most(losses: np.ndarray, share: float, epochs: int) -> bool:
    """Whether the losses of the last `epochs` stayed within this share of the one before them."""
    if len(losses) <= epochs:
        return False
    before, *later = losses[-1 - epochs :]
    return float(np.abs(np.array(later) - before).max()) <= max(share * before, NO_LOSS)
