"""The records of a log as tables, and how far through the training images they are."""

from collections.abc import Sequence
from dataclasses import fields, replace
from operator import attrgetter

import pandas as pd

from cnn_core.progress import EpochScores, Progress


def frame(form: type, rows: Sequence[object]) -> pd.DataFrame:
    """One row a record, the fields of its class as columns; the columns are there without rows too."""
    names = [field.name for field in fields(form)]
    return pd.DataFrame(list(map(attrgetter(*names), rows)), columns=names)


def passes(at: Progress) -> float:
    """How often the training images have been gone through: 1.3 within the second epoch."""
    return at.epoch - 1 + at.batch / at.batches


def with_passes(scores: EpochScores, at: Progress | None, limit: float) -> EpochScores:
    """The same scores, with the place where their epoch ended.

    It was whole, unless the limit in seconds cut it short; then the last batch on record, `at`, is the best estimate.
    """
    is_cut_short = scores.seconds >= limit and at is not None and at.epoch == scores.epoch
    return replace(scores, passes=passes(at) if is_cut_short else float(scores.epoch))
