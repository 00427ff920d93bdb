"""The conditions that every benchmark prints with its figures: the machine, its load, and the versions."""

import json
import os
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from cnn_core import processor


def conditions() -> dict[str, object]:
    return {
        "cpu": processor.name(),
        "cores": processor.cores(),
        "bfloat16": processor.has_bfloat16(),
        "load_at_start": os.getloadavg()[0],
        "versions": _versions("tensorflow", "tensorflow-cpu", "keras", "numpy"),
    }


def report(**figures: object) -> None:
    """The one line that a benchmark prints."""
    print(json.dumps(figures))


def _versions(*names: str) -> dict[str, str]:
    """The versions of the installed ones."""
    found = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
