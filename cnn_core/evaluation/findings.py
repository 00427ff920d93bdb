"""What a curve may show, one function each, in words with its own numbers; None where it does not show that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cnn_core.config import ExperimentConfig
from cnn_core.evaluation import trials
from cnn_core.evaluation.curve import PLATEAU_EPOCHS, REST_EPOCHS, SLOW_EPOCHS, Curve
from cnn_core.evaluation.trials import Trial

Kind = Literal[
    "diverged", "one epoch", "guessing", "diverging", "rate too high", "class missing", "over-fitting", "wide gap",
    "rate too low", "stopped early", "settled", "healthy", "unclear",
]  # fmt: skip

FEWEST_ANSWERS = 500  # of fewer images a class may be missing by chance
NEARLY_ALL = 0.97  # validation accuracy after which little is left to gain


@dataclass(frozen=True)
class Diagnosis:
    """What a curve shows. Every number in title and sentence is in the history, or is what guessing scores."""

    kind: Kind
    title: str
    sentence: str
    trial: Trial  # the one thing to try next

    @property
    def said(self) -> str:
        return f"{self.title}. {self.sentence}"


def diverged(before: pd.DataFrame, config: ExperimentConfig) -> Diagnosis:
    """`before`: the epochs whose losses are numbers."""
    if before.empty:
        said = "The loss stopped being a number before the first epoch ended."
    else:
        last = before.iloc[-1]
        said = f"Training loss was {last['loss']:.3f} in epoch {last['epoch']:.0f}; after that it was no number."
    return Diagnosis("diverged", "Diverged", said, trials.lower_rate(config))


def about_one_epoch(on: Curve) -> Diagnosis:
    said = (
        f"After epoch {on.epochs[0]} {on.split} accuracy is {on.val_accuracy[0]:.1%}, and {on.split} loss "
        f"{on.val_loss[0]:.3f}; guessing scores {on.chance:.0%} and {_guess_loss(on)}. One epoch says whether a "
        "network learns at all, not whether it over-fits or has settled."
    )
    if on.has_reached_its_limit():
        trial = trials.longer(on.config, "A few epochs show where the curve is going.", times=4)
    else:
        trial = trials.again(on.config, was_finished=on.was_finished)
    return Diagnosis("one epoch", "One epoch only", said, trial)


def guessing(on: Curve, answers: np.ndarray | None, class_names: Sequence[str]) -> Diagnosis | None:
    if not on.is_guessing():
        return None
    said = (
        f"In epoch {on.epochs[-1]} training loss is {on.loss[-1]:.3f}, and {on.split} accuracy "
        f"{on.val_accuracy[-1]:.1%}; guessing scores {_guess_loss(on)} and {on.chance:.0%}."
    )
    if answers is not None and np.count_nonzero(answers) == 1 and class_names:
        said += f" All {answers.sum():,} images got the same answer: {class_names[int(answers.argmax())]}."
    return Diagnosis("guessing", "Still guessing", said, trials.usable_rate(on.config))


def diverging(on: Curve) -> Diagnosis | None:
    at = on.lowest_before_growth()
    if at is None:
        return None
    said = f"Training loss was {on.loss[at]:.3f} in epoch {on.epochs[at]} and has risen to {_last_loss(on)}."
    return Diagnosis("diverging", "Diverging", said, trials.lower_rate(on.config))


def rate_too_high(on: Curve) -> Diagnosis | None:
    if (at := on.last_jump()) is not None:
        said = (
            f"Training loss jumps up and down: from epoch {on.epochs[at]} to {on.epochs[at + 1]} it rose from "
            f"{on.loss[at]:.3f} to {on.loss[at + 1]:.3f}, and not for the first time."
        )
    elif on.is_stuck_at_a_far_rate():
        said = (
            f"Training loss stays high: it was {on.loss[-1 - PLATEAU_EPOCHS]:.3f} in epoch "
            f"{on.epochs[-1 - PLATEAU_EPOCHS]} and is "
            f"{_last_loss(on)}; guessing scores {_guess_loss(on)}."
        )
    elif on.is_far_off():
        said = f"Training loss is {_last_loss(on)}, far above what guessing scores: {_guess_loss(on)}."
    else:
        return None
    return Diagnosis("rate too high", "Learning rate too high", said, trials.lower_rate(on.config))


def class_missing(on: Curve, answers: np.ndarray | None, class_names: Sequence[str]) -> Diagnosis | None:
    if answers is None or answers.sum() < FEWEST_ANSWERS or answers.all() or len(class_names) != len(answers):
        return None
    *others, last = [name for name, count in zip(class_names, answers, strict=True) if not count]
    missing = f"{', '.join(others)} or {last}" if others else last
    said = (
        f"Of {answers.sum():,} {on.split} images none got the answer {missing} after epoch {on.epochs[-1]}; "
        f"{on.split} accuracy is {on.val_accuracy[-1]:.1%}."
    )
    trial = trials.longer(on.config, "Classes that look alike are told apart last.")
    return Diagnosis("class missing", f"Never says {missing}", said, trial)


def over_fitting(on: Curve) -> Diagnosis | None:
    at = on.over_fits_since()
    if at is None:
        return None
    epoch = on.epochs[at]
    said = (
        f"{on.split.capitalize()} loss was lowest in epoch {epoch}, {on.val_loss[at]:.3f}, and is "
        f"{on.val_loss[-1]:.3f} in epoch {on.epochs[-1]}, while training loss fell from {on.loss[at]:.3f} to "
        f"{on.loss[-1]:.3f}. {_gap(on)}"
    )
    trial = trials.regularization(on.config, epoch, float(on.seconds[at]))
    return Diagnosis("over-fitting", f"Over-fitting since epoch {epoch}", said, trial)


def wide_gap(on: Curve) -> Diagnosis | None:
    if not on.has_wide_gap():
        return None
    trial = trials.regularization(on.config)
    return Diagnosis("wide gap", "Knows its training images too well", _gap(on), trial)


def rate_too_low(on: Curve) -> Diagnosis | None:
    if not on.is_slow():
        return None
    said = (
        f"Training loss falls steadily but slowly: it was {on.loss[-1 - SLOW_EPOCHS]:.3f} in epoch "
        f"{on.epochs[-1 - SLOW_EPOCHS]} and is "
        f"{_last_loss(on)}; guessing scores {_guess_loss(on)}."
    )
    return Diagnosis("rate too low", "Learning rate too low", said, trials.higher_rate(on.config))


def stopped_early(on: Curve) -> Diagnosis | None:
    if not on.is_still_falling():
        return None
    said = (
        f"From epoch {on.epochs[-2]} to {on.epochs[-1]} training loss still fell from {on.loss[-2]:.3f} to "
        f"{on.loss[-1]:.3f}, and {on.split} loss from {on.val_loss[-2]:.3f} to {on.val_loss[-1]:.3f}, at a learning "
        f"rate of {trials.written(on.rate)}."
    )
    if on.has_reached_its_limit():
        trial = trials.longer(on.config, "It would have gone on learning.")
    else:
        trial = trials.again(on.config, was_finished=on.was_finished)
    return Diagnosis("stopped early", "Stopped too early", said, trial)


def settled(on: Curve) -> Diagnosis | None:
    if not (on.is_at_rest() or on.is_spent()):
        return None
    before = max(-1 - REST_EPOCHS, -len(on.epochs))
    said = (
        f"Hardly anything changes any more: {on.split} accuracy was {on.val_accuracy[before]:.1%} in epoch "
        f"{on.epochs[before]} and is {on.val_accuracy[-1]:.1%} in epoch {on.epochs[-1]}; training loss was "
        f"{on.loss[before]:.3f} and is {on.loss[-1]:.3f}."
    )
    return Diagnosis("settled", "Settled", said, trials.after_settling(on.config))


def overall(on: Curve, *, is_live: bool) -> Diagnosis:
    """Nothing is wrong, or nothing clear is to be seen."""
    said = (
        f"From epoch {on.epochs[0]} to {on.epochs[-1]} training loss went from {on.loss[0]:.3f} to {on.loss[-1]:.3f}, "
        f"and {on.split} loss from {on.val_loss[0]:.3f} to {on.val_loss[-1]:.3f}. {_gap(on)}"
    )
    if is_live:
        trial = Trial("Let it go on.")
    elif not on.has_reached_its_limit():
        trial = trials.again(on.config, was_finished=on.was_finished)
    elif on.val_accuracy[-1] >= NEARLY_ALL and trials.can_have_few_images(on.config):
        trial = trials.few_images(on.config)
    else:
        is_constant = on.config.training.schedule == "constant"
        why = "There is more time to learn." if is_constant else "The learning rate then falls more slowly."
        trial = trials.longer(on.config, why)
    if on.has_learned():
        return Diagnosis("healthy", "Healthy", f"{said} {_NO_TROUBLE}", trial)
    return Diagnosis("unclear", "No clear picture yet" if is_live else "No clear picture", said, trial)


def _guess_loss(on: Curve) -> str:
    return f"ln {on.config.network.classes} = {on.guess_loss:.3f}"


def _last_loss(on: Curve) -> str:
    return f"{on.loss[-1]:.3f} in epoch {on.epochs[-1]}"


def _gap(on: Curve) -> str:
    """Training against validation accuracy in the last epoch, in points."""
    accuracies = f"training accuracy is {on.accuracy[-1]:.1%}, {on.split} accuracy {on.val_accuracy[-1]:.1%}"
    course = f"In epoch {on.epochs[-1]} {accuracies}"
    if on.gap >= 0:
        return f"{course}: a gap of {on.gap:.1f} points."
    while_on = f", with {' and '.join(on.hindrances)} on" if on.hindrances else ""
    return f"{course}, {-on.gap:.1f} points better: training is measured while the network still learns{while_on}."


_NO_TROUBLE = "Nothing points to over-fitting or a wrong learning rate."
