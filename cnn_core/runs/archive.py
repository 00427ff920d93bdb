"""A run as a zip archive, to be copied anywhere."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO

from cnn_core.runs import files
from cnn_core.runs.run import Run
from cnn_core.runs.words import in_words

_NETWORK = (
    files.KERAS,
    files.LITERT,
    files.ANATOMY,
    files.FILTERS,
    files.ROBUSTNESS,
    files.CALIBRATION,
    files.DOUBT,
    files.NEIGHBOURS,
    files.MAP,
)
_WHOLE = (files.CONFIG, files.EVENTS, files.TITLE, files.PREDICTIONS, *_NETWORK)


def write_zip(run: Run, file: IO[bytes]) -> None:
    """The files that describe the run; unpack it into runs/ to use it. Raises RunError if it is deleted meanwhile.

    Only the files named here go in: the worker's log and process concern this machine alone, locks and
    half-written files are of no use elsewhere, and a checkpoint can be twice as large as everything else.
    """
    with in_words(run.id), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in _contents(run.path):
            archive.write(path, Path(run.id) / path.relative_to(run.path))
        if worker := run.worker():
            about = {name: value for name, value in asdict(worker).items() if name != "pid"}
            archive.writestr(f"{run.id}/{files.WORKER}", json.dumps(about, indent=2))


def _contents(folder: Path) -> Iterator[Path]:
    yield folder / files.CONFIG  # if it is missing, so is the run
    yield from (folder / name for name in _WHOLE[1:] if (folder / name).is_file())
    yield from (folder / files.SNAPSHOTS / files.SNAPSHOT.format(epoch) for epoch in files.snapshot_epochs(folder))
