"""The events of a run's log: one JSON object a line, read into records, or refused.

A line that was damaged, or written by another program, is refused here, so that no reader has to check whether a field
is there and is a number. A number that JSON cannot write, such as the loss of a run that diverged, is
null in the log and NaN in the record.
"""

import json
import math
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from cnn_core.progress import EpochScores, Finish, Look, Measuring, Progress, Result, Sample
from cnn_core.runs.looks import read_look
from cnn_core.runs.words import without_paths
from cnn_core.text import plain

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
_MAY_BE_NAN = ("loss", "accuracy", "mse")  # with any prefix or suffix
_AT_LEAST_ONE = ("epoch", "batch", "batches", "n", "total", "test_n")
_SHARES = ("fraction", "accuracy")
_LARGEST = 1e12  # of every other count and time
_LARGEST_LOSS = 1e39  # no float32 is larger
_MOST_EPOCHS = 1e7  # a day has fewer, and a curve's axis goes so far
_LONGEST_TEXT = 500  # characters
Record = TypeVar("Record")
Check = Callable[[Any], Any]  # returns the value as it is kept, or raises what UNREADABLE names


class RunState(StrEnum):
    STARTING = "starting"  # its worker has been launched but has not begun
    RUNNING = "running"
    TESTING = "testing"  # trained; measured on the test split and exported
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # no final event, and no worker: the machine or the process went away

    @property
    def is_active(self) -> bool:
        """Whether a worker is busy with it: it can then be neither resumed nor deleted."""
        return self in (RunState.STARTING, RunState.RUNNING, RunState.TESTING)


FINAL = (RunState.FINISHED, RunState.STOPPED, RunState.FAILED)  # each the name of an event, too


@dataclass(frozen=True, slots=True)
class Started:
    """A worker has started, or continues from a checkpoint that was written after so many seconds of training."""

    seconds: float | None = None  # None in logs of the first weeks, and where the checkpoint could not be read


@dataclass(frozen=True, slots=True)
class Testing:
    """The training is over; the network is measured on the test split and exported."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The last event of a worker."""

    state: RunState  # one of FINAL
    reason: str | None
    result: Result | None  # None if it was not tested, or diverged
    seconds: float | None  # of training
    has_diverged: bool
    is_whole: bool = True  # False: its figures cannot be read, but how the run ended can


Event = Started | Progress | Sample | Look | Measuring | EpochScores | Finish | Testing | Ending


def parse(line: bytes) -> Event | None:
    """The event in a line; None if the line has no readable event."""
    try:
        event = json.loads(line)
        return _read(event.pop("event"), event)
    except UNREADABLE:
        return None


def read_record(form: type[Record], values: dict[str, Any]) -> Record:
    """The values as a record of this form. Raises ValueError, TypeError or KeyError where one is missing or odd."""
    return form(
        **{name: check(values[name]) for name, is_needed, check in _checks(form) if is_needed or name in values}
    )


def _read(kind: str, values: dict[str, Any]) -> Event:
    if kind == "epoch":  # older logs do not say how many passes that was; `Run.history` knows the limit that cut it
        return read_record(EpochScores, {"passes": None, **values})
    if kind in FINAL:
        return _read_ending(kind, values)
    if kind == "started":
        return read_record(Started, values)
    if kind == "look":
        return read_look({**values, "seconds": _number(_LARGEST)(values["seconds"])})
    return read_record(_FORMS[kind], values)


_FORMS = {"batch": Progress, "sample": Sample, "measuring": Measuring, "finishing": Finish, "testing": Testing}


def _read_ending(state: str, values: dict[str, Any]) -> Ending:
    """How the run ended, even if its figures cannot be read: a finished run stays finished."""
    reason = without_paths(plain(str(values["reason"])[:_LONGEST_TEXT])) if values.get("reason") else None
    try:
        seconds = _or_none(_number(_LARGEST))(values.get("seconds"))
        result = read_record(Result, values) if "test_accuracy" in values else None
    except UNREADABLE:
        return Ending(RunState(state), reason, None, None, has_diverged=False, is_whole=False)
    has_diverged = values.get("has_diverged") is True or (
        result is not None and not math.isfinite(result.test_loss + result.test_accuracy + result.test_mse)
    )
    return Ending(RunState(state), reason, None if has_diverged else result, seconds, has_diverged)


@cache
def _checks(form: type) -> list[tuple[str, bool, Check]]:
    """For each field its name, whether it is required, and the function that reads its value or refuses it."""
    return [(field.name, field.default is MISSING, _check(field.name, field.type)) for field in fields(form)]


def _check(name: str, kind: Any) -> Check:
    if kind in (int | None, float | None):
        return _or_none(_check(name, int if kind == int | None else float))
    if kind is int:
        return _whole(1 if name in _AT_LEAST_ONE else 0, _MOST_EPOCHS if name == "epoch" else _LARGEST)
    if kind is float:
        may_be_nan = name == "passes" or any(word in name for word in _MAY_BE_NAN)
        largest = 1 if any(word in name for word in _SHARES) else _LARGEST_LOSS if may_be_nan else _LARGEST
        largest = _MOST_EPOCHS if name == "passes" else largest
        return _number(largest, may_be_nan=may_be_nan)
    return _text if kind is str else _flag


def _or_none(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return plain(value[:_LONGEST_TEXT])


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _whole(least: int, largest: float) -> Check:
    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= largest:
            raise ValueError
        return value

    return check


def _number(largest: float, *, may_be_nan: bool = False) -> Check:
    def check(value: Any) -> float:
        if value is None and may_be_nan:
            return math.nan
        if type(value) not in (int, float):
            raise TypeError
        value = float(value)
        if 0 <= value <= largest:
            return value
        if may_be_nan and not math.isfinite(value):
            return math.nan
        raise ValueError

    return check
