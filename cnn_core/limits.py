"""What one server allows, so that no visitor can use it up: a profile, and single numbers that a teacher may change.

`laptop` is the owner's own machine, `small` a public server with a gigabyte or two for everybody together. CNN_SERVER
names one of the two; otherwise it is found out. CNN_MAX_EPOCHS, CNN_MAX_SECONDS, CNN_MAX_RUNS, CNN_MAX_CLASS_IMAGES and
CNN_MAX_DATA_SETS change a number of it, CNN_MAX_MEMORY, CNN_MAX_STORED and CNN_MAX_UPLOAD one in MB; "inf" lifts the
limit.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from cnn_core import control_groups, places
from cnn_core.config import ConfigError, TrainingConfig


@dataclass(frozen=True, slots=True)
class Limits:
    """A profile; infinite where nothing is limited."""

    name: str
    epochs: float  # of one training
    seconds: float  # of one training
    memory: float  # bytes that one training may take, beside what the machine has
    runs: float  # stored ones, without those that came with the project
    stored: float  # bytes that they take together
    upload: float  # bytes of one file from a visitor
    class_images: float = 500  # of one class of a data set of one's own
    data_sets: float = 25  # of one's own


_NONE = float("inf")
PROFILES = {
    "laptop": Limits("laptop", _NONE, _NONE, _NONE, _NONE, _NONE, 20e6),
    "small": Limits("small", 60, 600.0, 1.6e9, 12, 300e6, 10e6),
}
PROFILE = "CNN_SERVER"
VARIABLES = {name: f"CNN_MAX_{name.upper()}" for name in Limits.__slots__ if name != "name"}
_IN_MEGABYTES = ("memory", "stored", "upload")
_MUCH_MEMORY = 4e9  # bytes; a control group that leaves less, or fewer cores, makes a small server
_MANY_CORES = 2
_LONGEST = 86_400.0  # seconds that a recipe can say


def current() -> Limits:
    """What this server allows now."""
    return limits(profile()[0], os.environ)[0]


def profile(root: Path | None = None, environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """The name of this server's profile and what tells, for its log. `root` is where Linux's files begin."""
    if asked := environment.get(PROFILE):
        if asked in PROFILES:
            return asked, f"{PROFILE} says so"
        return "small", f"{PROFILE} must be {' or '.join(PROFILES)}, and is {asked!r}"
    why = _here() if root is None else _why_small(root)
    return ("small", why) if why else ("laptop", "no limit was found")


def limits(name: str, environment: Mapping[str, str]) -> tuple[Limits, list[str]]:
    """A profile with the teacher's own numbers, and a sentence about each that is none."""
    changes, complaints = {}, []
    for field, variable in VARIABLES.items():
        if not (text := environment.get(variable)):
            continue
        number = _number(text)
        if number >= 1:
            changes[field] = number * (1e6 if field in _IN_MEGABYTES else 1)
        else:
            complaints.append(f"{variable} must be a number of at least 1, and is {text!r}; it is passed over.")
    return replace(PROFILES[name], **changes), complaints


def with_time_limit(recipe: TrainingConfig) -> TrainingConfig:
    """The recipe, with the server's seconds if it has none: epochs alone may take for ever on a small server."""
    most = current().seconds
    if recipe.seconds is not None or most == _NONE:
        return recipe
    return replace(recipe, seconds=min(most, _LONGEST))


def without_time_limit(recipe: TrainingConfig) -> TrainingConfig:
    """The recipe as it was asked for, if its seconds are those that `with_time_limit` adds to epochs."""
    if recipe.epochs is None or recipe.seconds != min(current().seconds, _LONGEST):
        return recipe
    return replace(recipe, seconds=None)


def fitted(recipe: TrainingConfig) -> TrainingConfig:
    """The recipe, with no more epochs and seconds than the server allows."""
    allowed, recipe = current(), with_time_limit(recipe)
    if recipe.seconds is not None and recipe.seconds > allowed.seconds:
        recipe = replace(recipe, seconds=allowed.seconds)
    if recipe.epochs is not None and recipe.epochs > allowed.epochs:
        recipe = replace(recipe, epochs=int(allowed.epochs))
    return recipe


def refusal(recipe: TrainingConfig) -> str | None:
    """Why this server does not train so long, and how long it does; None if it does."""
    allowed = current()
    for what, asked, most in (("seconds", recipe.seconds, allowed.seconds), ("epochs", recipe.epochs, allowed.epochs)):
        if asked is not None and asked > most:
            return f"This server trains for at most {most:,.0f} {what}, not {asked:,.0f}. Choose {most:,.0f} or fewer."
    if recipe.seconds is None and allowed.seconds < _NONE:
        return f"This server trains for at most {allowed.seconds:,.0f} seconds, and this training has no limit in time."
    return None


def check(recipe: TrainingConfig) -> None:
    """Raises ConfigError if `refusal` has a reason."""
    if sentence := refusal(recipe):
        raise ConfigError(sentence)


@cache
def _here() -> str:
    return _why_small(Path("/"))


def _why_small(root: Path) -> str:
    """What makes this a small server; empty if nothing does."""
    if places.is_community_cloud(root):
        return "this is Streamlit Community Cloud"
    memory = min(control_groups.memory_limits(root), default=_NONE)
    if memory < _MUCH_MEMORY:
        return f"its control group leaves {memory / 1e9:.1f} GB of memory"
    cores = min(control_groups.processor_limits(root), default=_NONE)
    return f"its control group leaves {cores:.2g} of a processor's cores" if cores < _MANY_CORES else ""


def _number(text: str) -> float:
    """The number that a teacher wrote; nan if it is none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")
