"""The files of a run: each name once, how they are written, and how whole runs are removed."""

import os
import re
import shutil
import sys
import threading
import time
import uuid
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cnn_core import places

ROOT = places.PROGRAM

# In a run's folder
CONFIG = "config.json"
EVENTS = "events.jsonl"
WORKER = "worker.json"
TITLE = "title"
STOP = "STOP"
FINISH = "FINISH"  # the run is to finish before its time
KILLED = "killed"  # how many starts the run had had when the system killed its worker
KEPT = "kept"  # somebody wants it: a server that stores few runs does not remove it for another
IMPORTED = "imported"  # it was brought in from a zip
WORKER_LOG = "worker.log"
WORKER_LOCK = "worker.lock"
HEARTBEAT = "heartbeat"  # its worker's last sign of life
CHECKPOINT = "checkpoint.npz"
PREDICTIONS = "predictions.npz"
ROBUSTNESS = "robustness.npz"
KERAS = "model.keras"
LITERT = "model.tflite"
ANATOMY = "anatomy.npz"
FILTERS = "filters.npz"
CALIBRATION = "calibration.npz"
DOUBT = "doubt.npz"
NEIGHBOURS = "neighbours.npz"
MAP = "map.npz"
CARELESS = "careless.npz"
WEIGHTS = "weights.npz"  # in a zip, and while it is brought in
FOUND_OUT = (FILTERS, CALIBRATION, DOUBT, NEIGHBOURS, MAP, ROBUSTNESS, CARELESS)  # arrays about the network of the run
OF_THE_TEST = (PREDICTIONS, KERAS, LITERT, ANATOMY, *FOUND_OUT)
SNAPSHOTS = "snapshots"
SNAPSHOT = "epoch-{:03d}.npz"

# Beside the runs: which run has a worker
STARTING_LOCK, STARTING = "starting.lock", "starting"
TRAINING_LOCK, TRAINING = "training.lock", "training"
ARRIVING_LOCK = "arriving.lock"

_SNAPSHOT_NAME = re.compile(r"epoch-(\d{3,9})\.npz", re.ASCII)
_DELETED = ".deleted-"
ARRIVING = ".arriving-"  # what a folder's name begins with while a run is brought in
_BY_VISITORS = (TITLE, STOP, FINISH, KILLED, KEPT)  # the other files of a run are written by its worker alone
_PATIENCE = 2.0  # seconds; Windows replaces no file while somebody reads it
_REMOVING = threading.Lock()


def runs_dir() -> Path:
    """Where new runs go: CNN_RUNS_DIR, or runs/ beside the app, or what `places` has instead of that."""
    return places.folder("runs")


def recorded_dir() -> Path:
    """Where the runs are that came with the project."""
    return ROOT / "assets" / "runs"


def folders(parent: Path) -> list[Path]:
    """The run folders in `parent`, by name; none if it cannot be read. Hidden ones are being removed."""
    try:
        with os.scandir(parent) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return []
    return [parent / name for name in sorted(names) if is_run(parent / name)]


def is_run(folder: Path) -> bool:
    """Whether this is a run's folder, readable or not; False if the system cannot look for such a name."""
    return not folder.name.startswith((_DELETED, ARRIVING)) and os.path.lexists(os.path.join(folder, CONFIG))


def snapshot_epochs(folder: Path) -> list[int]:
    """Of which epochs there is a snapshot, in order; none where the folder of them is a link."""
    try:
        names = [] if os.path.islink(folder / SNAPSHOTS) else os.listdir(folder / SNAPSHOTS)
    except OSError:
        return []
    epochs = {int(found[1]) for name in names if (found := _SNAPSHOT_NAME.fullmatch(name))}
    return sorted(epoch for epoch in epochs if SNAPSHOT.format(epoch) in names)


def size(folder: Path) -> int:
    """The bytes of all files in a folder, as far as they can be read; links are not followed."""
    total, waiting = 0, [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:  # another process removes it
            continue
    return total


def is_snapshot(name: str) -> bool:
    """Whether a file of this name in a run's folder would be a snapshot."""
    folder, _, file = name.partition("/")
    found = _SNAPSHOT_NAME.fullmatch(file)
    return folder == SNAPSHOTS and found is not None and SNAPSHOT.format(int(found[1])) == file


@lru_cache(maxsize=64)
def is_same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one folder; asked of every run of a list, so an answer is kept."""
    return one.resolve() == other.resolve()


def put(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all; several processes and threads may write the same one.

    The folder is not made: a run that has been deleted must not come back as an empty one.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, path)
    except BaseException:
        with suppress(OSError):  # on a full disk it would keep the disk full
            temporary.unlink()
        raise


def put_alone(path: Path, content: bytes) -> None:
    """The same where nobody else may write the file: what killed writers left of it is removed too."""
    for temporary in path.parent.glob(f".{path.name}.*.tmp"):
        with suppress(OSError):
            temporary.unlink()
    put(path, content)


def _replace(source: Path, target: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            source.replace(target)
            return
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def remove_request(folder: Path, name: str = STOP) -> None:
    """Take back a request to stop or to finish. A folder of that name is damage, and requests nothing."""
    with suppress(IsADirectoryError, PermissionError):  # Windows raises the second for the first
        (folder / name).unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what killed workers left half-written. Call it with the worker's lock held: nobody else writes then."""
    snapshots = folder / SNAPSHOTS
    for parent in [folder] if snapshots.is_symlink() else [folder, snapshots]:
        for temporary in parent.glob(".*.tmp"):
            if not temporary.name[1:].startswith(_BY_VISITORS):
                with suppress(OSError):  # a folder of that name is damage, and in nobody's way
                    temporary.unlink()


def move_away(folder: Path) -> Path:
    """Rename a folder so that it is no longer a run, at once and for everybody. `remove` may then take its time."""
    return folder.rename(folder.with_name(f"{_DELETED}{uuid.uuid4().hex}"))


def remove_deleted(parent: Path) -> None:
    """Remove what `move_away` has renamed, also what an earlier removal could not finish."""
    with _REMOVING:  # two at once, each stumbling over what the other has removed, could both leave the folder
        for folder in parent.glob(f"{_DELETED}*"):
            if folder.is_symlink():
                folder.unlink(missing_ok=True)
            for _ in range(3):  # somebody who had just found the folder may have put a last file into it
                shutil.rmtree(folder, ignore_errors=True)  # other processes may be removing it too
