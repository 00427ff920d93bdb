"""The ways to compute that were the fastest on this machine, kept beside the runs: so they stay those of every run."""

import json
from collections import UserDict
from contextlib import suppress

from cnn_core.runs import files
from cnn_core.runs.events import UNREADABLE
from cnn_core.runs.opening import read_file

_MOST = 100_000  # bytes: some thousand shapes


class Ways(UserDict[str, str]):
    """As `training.tuning` names shapes and ways; each new one is written. What cannot be read is forgotten.

    Where nothing can be written, the next run times them again.
    """

    def __init__(self) -> None:
        super().__init__()
        try:
            found = json.loads(read_file(files.runs_dir() / files.WAYS, _MOST))
            self.data = {str(shape): str(way) for shape, way in found.items()}
        except (OSError, *UNREADABLE):
            self.data = {}

    def __setitem__(self, shape: str, way: str) -> None:
        super().__setitem__(shape, way)
        with suppress(OSError):
            files.put(files.runs_dir() / files.WAYS, json.dumps(self.data, indent=1).encode())
