"""A training curve in words: what it shows, with its own numbers, and one thing to try next.

A diagnosis is a pure function of the history and the settings: `curve` has the criteria, with their reasons, `findings`
the words, `trials` what to try.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from cnn_core.config import ExperimentConfig
from cnn_core.evaluation import findings
from cnn_core.evaluation.curve import Curve
from cnn_core.evaluation.findings import Diagnosis

LOOK_BACK = 8  # epochs in which the last confirmed diagnosis of a live run is looked for


def diagnose(
    history: pd.DataFrame,
    config: ExperimentConfig,
    *,
    answers: np.ndarray | None = None,
    class_names: Sequence[str] = (),
    is_live: bool = False,
    has_diverged: bool = False,
    was_finished: bool = False,
) -> Diagnosis | None:
    """What the curve of a run shows; None while there is nothing to say: before an epoch has ended, live before two.

    Of a live run that is said on which its last two epochs agree. Until they do, the last diagnosis on which two in a
    row agreed stands, with its own numbers; so one epoch that is unlike the others changes nothing.

    Args:
        history: one row an epoch, as from `Run.history`.
        answers: integer (classes,), how many validation images got each class as the answer after the last epoch.
        was_finished: it was finished early.
        has_diverged: the loss stopped being a number, perhaps after the last row.
    """
    if config.reuse:  # a fit, not steps: no learning rate, and nothing that more epochs would change
        return None
    is_number = np.isfinite(history[["loss", "val_loss"]].to_numpy(float)).all(axis=1)
    if has_diverged or not is_number.all():
        return findings.diverged(history[np.logical_and.accumulate(is_number)], config)
    if history.empty or (is_live and len(history) < 2):
        return None
    if is_live:
        return _confirmed(history, config)
    curve = Curve.of(history, config, was_finished=was_finished)
    return findings.about_one_epoch(curve) if len(history) == 1 else _judge(curve, answers, class_names)


def _confirmed(history: pd.DataFrame, config: ExperimentConfig) -> Diagnosis:
    """Answers are left out: a network that has just begun often lacks a class for some epochs."""
    ends = range(len(history), max(1, len(history) - LOOK_BACK), -1)
    verdicts = (_judge(Curve.of(history[:end], config), is_live=True) for end in ends)
    agreed = (later for later, earlier in pairwise(verdicts) if later.kind == earlier.kind)
    return next(agreed, None) or findings.overall(Curve.of(history, config), is_live=True)


def _judge(
    on: Curve, answers: np.ndarray | None = None, class_names: Sequence[str] = (), *, is_live: bool = False
) -> Diagnosis:
    """The first that holds, the gravest first."""
    return (
        findings.diverging(on)
        or findings.guessing(on, answers, class_names)
        or findings.rate_too_high(on)
        or findings.class_missing(on, answers, class_names)
        or findings.over_fitting(on)
        or findings.wide_gap(on)
        or findings.rate_too_low(on)
        or (None if is_live else findings.stopped_early(on))
        or findings.settled(on)
        or findings.overall(on, is_live=is_live)
    )
