"""The events of a run's log: one JSON object a line, read into records, or refused.

A line that was damaged by hand, or written by another program, is refused here, so that nobody behind this door has to
ask whether a field is there and a number is one. What JSON cannot write, such as the loss of a run that diverged, is
null in the log and NaN in the record.
"""

import json
import math
from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar

from cnn_core.progress import EpochScores, Measuring, Progress, Result, Sample
from cnn_core.runs.errors import without_paths

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
FINAL = ("finished", "stopped", "failed")
_MAY_BE_NAN = ("loss", "accuracy", "mse")  # with whatever stands before or after it
_AT_LEAST_ONE = ("epoch", "batch", "batches", "n", "total", "test_n")
_SHARES = ("fraction", "accuracy")
_LARGEST = 1e12  # of anything that is counted or timed
_LONGEST_REASON = 500  # characters
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Started:
    """A worker has begun, or goes on from a checkpoint that was written after so many seconds of training."""

    seconds: float | None = None  # None in logs of the first weeks


@dataclass(frozen=True, slots=True)
class Testing:
    """The training is over; the network is measured on the test split and exported."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The last event of a worker."""

    state: str  # finished, stopped or failed
    reason: str | None
    result: Result | None  # None if it was not tested, or diverged
    seconds: float | None  # of training
    has_diverged: bool
    is_whole: bool = True  # False: its figures cannot be read, but how the run ended can


Event = Started | Progress | Sample | Measuring | EpochScores | Testing | Ending


def parse(line: bytes) -> Event | None:
    """The event in a line; None if there is none that can be read."""
    try:
        event = json.loads(line)
        return _read(event.pop("event"), event)
    except UNREADABLE:
        return None


def read_record(form: type[Record], values: dict[str, Any]) -> Record:
    """The values as a record of this form. Raises ValueError, TypeError or KeyError where one is missing or odd."""
    found = {}
    for field in fields(form):
        if field.name in values or field.default is MISSING:
            found[field.name] = _value(field.name, field.type, values[field.name])
    return form(**found)


def _read(kind: str, values: dict[str, Any]) -> Event:
    if kind == "epoch":  # older logs do not say how many passes that was; `Run.history` knows the limit that cut it
        return read_record(EpochScores, {"passes": None, **values})
    if kind in FINAL:
        return _read_ending(kind, values)
    if kind == "started":
        return read_record(Started, values)
    return read_record({"batch": Progress, "sample": Sample, "measuring": Measuring, "testing": Testing}[kind], values)


def _read_ending(state: str, values: dict[str, Any]) -> Ending:
    """How it ended counts even where its figures cannot be read: a finished run stays finished."""
    reason = without_paths(str(values["reason"]))[:_LONGEST_REASON] if values.get("reason") else None
    try:
        seconds = _value("seconds", float | None, values.get("seconds"))
        result = read_record(Result, values) if "test_accuracy" in values else None
    except UNREADABLE:
        return Ending(state, reason, None, None, has_diverged=False, is_whole=False)
    has_diverged = result is not None and not math.isfinite(result.test_loss + result.test_accuracy + result.test_mse)
    return Ending(state, reason, None if has_diverged else result, seconds, has_diverged)


def _value(name: str, kind: Any, value: Any) -> Any:
    """The value, if it is of this kind and within what this field can hold."""
    if value is None and (kind in (int | None, float | None)):
        return None
    if kind is str or kind is bool:
        if not isinstance(value, kind):
            raise TypeError(name)
        return value
    if kind in (int, int | None):
        if isinstance(value, bool) or not isinstance(value, int) or not (name in _AT_LEAST_ONE) <= value <= _LARGEST:
            raise ValueError(name)
        return value
    return _number(name, value)


def _number(name: str, value: Any) -> float:
    may_be_nan = name == "passes" or any(word in name for word in _MAY_BE_NAN)
    if value is None and may_be_nan:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(name)
    value = float(value)
    if not math.isfinite(value):
        if may_be_nan:
            return math.nan
        raise ValueError(name)
    largest = 1 if any(word in name for word in _SHARES) else math.inf if may_be_nan else _LARGEST
    if not 0 <= value <= largest:
        raise ValueError(name)
    return value
