"""Settings that are checked where they are made: frozen dataclasses whose annotations say what a field may hold.

    filters: Annotated[int, Range(1, 512)]
    padding: Annotated[str, Choice(("same", "valid"))] = "same"

A whole number becomes a float where a float is declared, a list a tuple and a dict the dataclass it describes, so that
settings made in Python equal their copy from JSON; every other mismatch is a ConfigError with one sentence. It calls
a setting what the page calls it, with its name in JSON and on the command line behind: "Batch size (batch_size)".
msgspec and pydantic were compared: they check as much, but their messages are for programmers, so most of this module
would remain, and pydantic costs every page's process 0.1 s and 17 MB.
"""

import difflib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import cache
from types import NoneType
from typing import Annotated, Any, ClassVar, get_args, get_origin, get_type_hints


class ConfigError(ValueError):
    """A setting that cannot be used; the message says what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Range:
    """The smallest and the largest number that a setting may be; for a list, how many items it may have."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Choice:
    """All the values that a setting may have."""

    values: tuple


class Settings:
    """The base class of settings: its fields are checked when they are made."""

    __slots__ = ()
    _title: ClassVar[str]  # the name of these settings in a sentence, "The network"
    _labels: ClassVar[Mapping[str, str]] = {}  # what the page calls a setting, where its name does not say so

    def __post_init__(self) -> None:
        for name, hint in _hints(type(self)).items():
            value = _checked(_Subject(name, self.label(name)), hint, getattr(self, name))
            object.__setattr__(self, name, value)  # frozen from here on

    @classmethod
    def label(cls, name: str) -> str:
        """What people read in place of the setting's name: "Batch size" for `batch_size`."""
        return cls._labels.get(name) or name.replace("_", " ").capitalize()

    @classmethod
    def build(cls, values: object) -> "Settings":
        """The settings that a dict describes, as JSON has it. Fields that are left out have their default values."""
        if not isinstance(values, Mapping):
            raise ConfigError(f"{cls._title} must be a group of settings in braces, {{ }}; it is {_short(values)}.")
        names = [field.name for field in fields(cls)]
        for name in values:
            if name not in names:
                near = difflib.get_close_matches(str(name), names, 1)
                hint = f"Did you mean {near[0]!r}?" if near else f"Its settings are: {', '.join(names)}."
                raise ConfigError(f"{cls._title} has no setting called {_short(name)}. {hint}")
        for field in fields(cls):
            if field.default is MISSING and field.default_factory is MISSING and field.name not in values:
                raise ConfigError(f"{cls._title} needs a value for {field.name}.")
        return cls(**values)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The setting that a sentence is about, or one of the values in its list."""

    name: str
    label: str
    number: int | None = None

    def __str__(self) -> str:
        text = self.label if self.number is None else f"{self.label} {self.number}"
        return text if self.label.lower() == self.name else f"{text} ({self.name})"


@cache
def _hints(cls: type) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    return {field.name: hints[field.name] for field in fields(cls)}


def _checked(subject: _Subject, hint: Any, value: Any) -> Any:
    """The value as the type that `hint` declares."""
    kind, rule, is_optional = _taken_apart(hint)
    if value is None and is_optional:
        return None
    if is_dataclass(kind):
        return value if isinstance(value, kind) else kind.build(value)
    if get_origin(kind) is tuple:
        if isinstance(value, (list, tuple)) and (rule is None or rule.low <= len(value) <= rule.high):
            return tuple(_item(subject, number, get_args(kind)[0], item) for number, item in enumerate(value, 1))
    elif _is_a(value, kind) and _is_allowed(value, rule):
        return kind(value)
    expected = _expected(kind, rule) + (", or empty" if is_optional else "")
    came = f"it has {len(value)}" if isinstance(value, (list, tuple)) and rule else f"it is {_short(value)}"
    raise ConfigError(f"{subject} must be {expected}; {came}.")


def _taken_apart(hint: Any) -> tuple[Any, Range | Choice | None, bool]:
    """The type of `Annotated[type, rule] | None`, its rule if it has one, and whether it may be None."""
    options = [hint] if get_origin(hint) in (None, tuple, Annotated) else list(get_args(hint))
    is_optional = NoneType in options
    hint = next(option for option in options if option is not NoneType)
    if get_origin(hint) is Annotated:
        return (*get_args(hint)[:2], is_optional)
    return hint, None, is_optional


def _item(subject: _Subject, number: int, hint: Any, item: Any) -> Any:
    subject = replace(subject, number=number)
    if not is_dataclass(hint):
        return _checked(subject, hint, item)
    try:
        return _checked(subject, hint, item)
    except ConfigError as error:
        raise ConfigError(f"{hint.__name__} {number}: {error}") from None


def _is_a(value: Any, kind: type) -> bool:
    if isinstance(value, bool):  # which Python counts as a whole number
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _is_allowed(value: Any, rule: Range | Choice | None) -> bool:
    if isinstance(rule, Choice):
        return value in rule.values
    return rule is None or rule.low <= value <= rule.high


def _expected(kind: Any, rule: Range | Choice | None) -> str:
    """What a setting must be, in words."""
    if isinstance(rule, Choice):
        return f"one of {', '.join(map(str, rule.values))}"
    bounds = f"{_number(rule.low)} to {_number(rule.high)}" if rule else ""
    words = {int: "a whole number from", float: "a number from", bool: "true or false", str: "text"}
    if get_origin(kind) is tuple:
        return f"a list of {bounds} values" if bounds else "a list"
    return f"{words[kind]} {bounds}".strip()


def _number(value: float) -> str:
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def _short(value: object) -> str:
    """A value as it is written, shortened to fit into a sentence."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
