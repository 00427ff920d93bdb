"""A run as a zip archive, to be copied anywhere: `parcel` opens what came so.

Beside the run's own files it has the weights of its network as plain arrays. Whoever brings it in rebuilds the network
from these: a Keras file of others may run their code, and LiteRT is not made to read files that somebody forged.
"""

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO

from cnn_core.runs import files
from cnn_core.runs.opening import is_file, open_file
from cnn_core.runs.run import Run
from cnn_core.runs.weights import plain_weights
from cnn_core.runs.words import in_words

_WHOLE = (files.EVENTS, files.TITLE, *files.OF_THE_TEST)


def write_zip(run: Run, file: IO[bytes]) -> None:
    """The files that describe the run, and the weights of its network. Raises RunError if it is deleted meanwhile.

    Only the files named here go in: the worker's log and process concern this machine alone, locks and
    half-written files are of no use elsewhere, and a checkpoint can be twice as large as everything else.
    """
    with in_words(run.id), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _contents(run.path):
            _add(archive, path, f"{run.id}/{path.relative_to(run.path).as_posix()}")
        if weights := plain_weights(run):
            archive.writestr(f"{run.id}/{files.WEIGHTS}", weights)
        if worker := run.worker():
            about = {name: value for name, value in asdict(worker).items() if name not in ("pid", "birth")}
            archive.writestr(f"{run.id}/{files.WORKER}", json.dumps(about, indent=2))


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    member = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
    member.compress_type = zipfile.ZIP_DEFLATED
    with open_file(path) as file, archive.open(member, "w") as inside:
        shutil.copyfileobj(file, inside, 1_000_000)


def _contents(folder: Path) -> Iterator[Path]:
    yield folder / files.CONFIG  # if it is missing, so is the run
    yield from (folder / name for name in _WHOLE if is_file(folder / name))
    snapshots = (folder / files.SNAPSHOTS / files.SNAPSHOT.format(epoch) for epoch in files.snapshot_epochs(folder))
    yield from filter(is_file, snapshots)
