"""One thing to try after a run: why, and the run's own settings with that one change. Nothing is started by it."""

import math
from dataclasses import dataclass, replace

import numpy as np

from cnn_core.config import Block, ConfigError, ExperimentConfig

# What each optimizer usually learns with: the rates of the presets; of SGD with momentum 0.9, that of ResNets on
# CIFAR-10 (He et al., 2016).
USUAL_RATES = {"adam": 2e-3, "adamax": 3e-3, "sgd": 0.1, "muon": 0.1}
FAR = 3.0  # times the usual rate, or a third of it: then the rate is the first thing to change
_DROPOUT, _SHIFT, _CUTOUT, _FILTERS, _FEW_IMAGES = 0.2, 2, 8, 32, 1000


@dataclass(frozen=True)
class Trial:
    """One thing to try next."""

    says: str  # what, and why: one or two sentences
    label: str = ""  # the change in short: "learning rate 0.001"
    config: ExperimentConfig | None = None  # the run's settings with this change; None: there is nothing to set up
    is_repetition: bool = False  # the settings are the run's own, without a change


def usual_rate(config: ExperimentConfig) -> float:
    return USUAL_RATES[config.training.optimizer]


def written(rate: float) -> str:
    """A learning rate with two digits that count, never as a power of ten."""
    return np.format_float_positional(float(f"{rate:.2g}"), trim="-")


def lower_rate(config: ExperimentConfig) -> Trial:
    """A third; the usual rate where a third is still far above it."""
    rate, usual = config.training.learning_rate, usual_rate(config)
    why = "Smaller steps do not overshoot."
    if rate > FAR**2 * usual:
        return _at_rate(config, usual, "the usual learning rate", why)
    return _at_rate(config, rate / 3, "a third of the learning rate", why)


def again(config: ExperimentConfig, *, was_finished: bool) -> Trial:
    """For a run that was ended before its limit: stopped, or finished early."""
    says = "It was stopped before its end: resume it, or train it again."
    if was_finished:
        says = "It was finished early: train it again, to its end."
    return Trial(says, "the same settings", config, is_repetition=True)


def higher_rate(config: ExperimentConfig) -> Trial:
    """Three times as much; the usual rate where that is still far below it."""
    rate, usual = config.training.learning_rate, usual_rate(config)
    why = "Larger steps learn faster."
    if rate < usual / FAR**2:
        return _at_rate(config, usual, "the usual learning rate", why)
    return _at_rate(config, rate * 3, "three times the learning rate", why)


def usable_rate(config: ExperimentConfig) -> Trial:
    """For a network that has learned nothing: the usual learning rate; where it had that, what else may block it."""
    usual, rate = usual_rate(config), config.training.learning_rate
    if not 1 / FAR < rate / usual < FAR:
        far = "far above" if rate > usual else "far below"
        why = f"{written(rate)} is {far} what {config.training.optimizer} usually learns with."
        return _at_rate(config, usual, "the usual learning rate", why)
    if not config.network.batch_norm and config.network.blocks:
        why = "It keeps the numbers between the layers in a range in which gradients reach the first ones."
        return _trial(config, f"Try batch-norm. {why}", "batch-norm on", network={"batch_norm": True})
    return _at_rate(config, rate / 10, "a tenth of the learning rate", "Large steps may have switched its filters off.")


def longer(config: ExperimentConfig, why: str, times: int = 2) -> Trial:
    """More of the limit that the run has: seconds where these are given, as the form has it, else epochs."""
    training, word = config.training, {2: "twice", 4: "four times"}[times]
    says = f"Try it for {word} as long. {why}"
    if training.seconds:
        seconds = times * training.seconds
        return _trial(config, says, f"{seconds:,.0f} seconds", training={"seconds": seconds})
    epochs = times * training.epochs
    return _trial(config, says, f"{epochs} epochs", training={"epochs": epochs})


def regularization(config: ExperimentConfig, since: int | None = None, seconds: float = 0.0) -> Trial:
    """Against over-fitting: what the run does without yet, in the order of how much it usually helps.

    since: the epoch after which validation loss rose, if it did, which ended after so many seconds of training.
    """
    if config.training.training_images and config.training.training_images < _most_images(config):
        why = "The more images there are, the less can be learned by heart."
        return _trial(
            config, f"Try all training images. {why}", "all training images", training={"training_images": None}
        )
    training, blocks = config.training, config.network.blocks
    on = {name: value for name, value in (("flip", True), ("shift", _SHIFT)) if not getattr(training, name)}
    if on:
        why = "Images that are flipped or shifted anew in each epoch cannot be learned by heart."
        return _trial(config, f"Try augmentation. {why}", f"{' and '.join(on)} on", training=on)
    if blocks and not any(block.dropout for block in blocks):
        dropped = tuple(replace(block, dropout=_DROPOUT) for block in blocks)
        why = "It switches off a random fifth of a block's outputs at each step, so that no few of them are relied on."
        return _trial(config, f"Try dropout. {why}", "dropout 0.2 in the blocks", network={"blocks": dropped})
    if not training.cutout:
        why = "A covered square, in another place in each epoch, forces it to use all of the image."
        return _trial(config, f"Try cutout. {why}", f"cutout {_CUTOUT}", training={"cutout": _CUTOUT})
    if since is None:
        half = {"blocks": tuple(replace(block, filters=max(block.filters // 2, 1)) for block in blocks)}
        why = "A smaller network has less room to learn images by heart."
        return _trial(config, f"Try half the filters. {why}", "half the filters", network=half)
    why = f"After epoch {since} it learned by heart, in spite of augmentation."
    limit = {"seconds": float(math.ceil(seconds))} if training.seconds else {"epochs": since}
    label = f"{math.ceil(seconds):,} seconds" if training.seconds else f"{since} epochs"
    return _trial(config, f"Stop earlier. {why}", label, training=limit)


def after_settling(config: ExperimentConfig) -> Trial:
    """For a network that no longer changes: steps of another size, or more to learn with."""
    if config.network.blocks and config.training.learning_rate < usual_rate(config) / FAR:
        return higher_rate(config)
    if config.training.schedule == "constant":
        why = "At a constant one the weights keep jumping around the best place."
        schedule = {"schedule": "cosine"}
        return _trial(config, f"Try a learning rate that falls to 0. {why}", "schedule cosine", training=schedule)
    if not config.network.blocks:
        why = "A weighted sum of pixels can learn no more; a convolution finds the same pattern at every place."
        block = {"blocks": (Block(_FILTERS),)}
        return _trial(config, f"Try convolutions. {why}", f"a block of {_FILTERS} filters", network=block)
    wide = tuple(replace(block, filters=min(2 * block.filters, 512)) for block in config.network.blocks)
    why = "More training would change nothing; a wider network has more to learn with."
    return _trial(config, f"Try twice the filters. {why}", "twice the filters", network={"blocks": wide})


def can_have_few_images(config: ExperimentConfig) -> bool:
    """Whether there are fewer to be had, and a limit in seconds that gives them many more epochs."""
    training = config.training
    return training.training_images is None and training.seconds is not None and _most_images(config) > _FEW_IMAGES


def _most_images(config: ExperimentConfig) -> float:
    """How many images there are to be trained on, where they are few."""
    return config.own.train if config.own else math.inf


def few_images(config: ExperimentConfig) -> Trial:
    """For a network that has little left to learn: a way to see what goes wrong elsewhere."""
    images = {"training_images": _FEW_IMAGES}
    says = f"Little is left to gain. Try it with {_FEW_IMAGES:,} training images, to see it learn its images by heart."
    return _trial(config, says, f"{_FEW_IMAGES:,} training images", training=images)


def _at_rate(config: ExperimentConfig, rate: float, what: str, why: str) -> Trial:
    rate, before = float(f"{rate:.2g}"), config.training.learning_rate
    says = f"Try {what}: {written(rate)} instead of {written(before)}. {why}"
    return _trial(config, says, f"learning rate {written(rate)}", training={"learning_rate": rate})


def _trial(
    config: ExperimentConfig, says: str, label: str, *, training: dict | None = None, network: dict | None = None
) -> Trial:
    """Without settings if a limit forbids them: then it is advice alone."""
    try:
        changed = replace(
            config,
            training=replace(config.training, **(training or {})),
            network=replace(config.network, **(network or {})),
        )
    except ConfigError:
        return Trial(says)
    return Trial(says, label, changed) if changed != config else Trial(says)
