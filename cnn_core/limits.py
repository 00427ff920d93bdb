"""What one server allows, so that no visitor can use it up: a profile, named by CNN_SERVER or found out.

`laptop` is the owner's own machine, `small` a public server with a gigabyte or two for everybody together.
"""

import os
from dataclasses import dataclass


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
    data_sets: float  # of the visitors' own


_NONE = float("inf")
PROFILES = {
    "laptop": Limits("laptop", _NONE, _NONE, _NONE, _NONE, _NONE, 20e6, 25),
    "small": Limits("small", 60, 600.0, 1.6e9, 12, 300e6, 10e6, 5),
}


def current() -> Limits:
    """The profile of this server."""
    return PROFILES.get(os.environ.get("CNN_SERVER", ""), PROFILES["laptop"])
