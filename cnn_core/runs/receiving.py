"""Where a run is while it is brought in: in a hidden folder beside the runs, which becomes a run whole or not at all.

The system frees the lock when a process dies, so a folder that nobody holds is a leftover and is swept: by the next
that is brought in, by the next training, by the next deletion.
"""

import itertools
import os
import shutil
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import numpy as np

from cnn_core import locks
from cnn_core.inference import Anatomy
from cnn_core.runs import files, presence
from cnn_core.runs.arrays import read_arrays, write_arrays
from cnn_core.runs.parcel import Parcel
from cnn_core.runs.run import Run
from cnn_core.runs.weights import largest_weights
from cnn_core.runs.words import RunError, in_words

_FOUND_OUT: dict[str, tuple[str, Callable[[Run], object]]] = {
    files.FILTERS: ("what wakes its filters", Run.filter_facts),
    files.CALIBRATION: ("its temperature", Run.calibration),
    files.DOUBT: ("its energies", Run.doubt),
    files.NEIGHBOURS: ("its nearest training images", Run.neighbours),
    files.MAP: ("its map", Run.projection),
    files.CARELESS: ("what a careless split shows", Run.careless),
    files.ROBUSTNESS: ("what was measured on changed images", Run.robustness),
}


@contextmanager
def receive(parcel: Parcel, weights: dict[str, np.ndarray] | None) -> Iterator[Run]:
    """The run in its hidden folder, with everything of the parcel that can be read, and the weights beside it.

    One run at a time is brought in; raises RunError while another is. The folder is removed at the end of the block,
    unless `settle` has made a run of it.
    """
    parent = files.runs_dir()
    with in_words("The runs' folder"):
        parent.mkdir(parents=True, exist_ok=True)
        try:
            with locks.hold(parent / files.ARRIVING_LOCK, presence.PATIENCE):
                _sweep(parent)
                folder = parent / f"{files.ARRIVING}{uuid.uuid4().hex}"
                try:
                    _unpack(parcel, weights, folder)
                    yield Run(folder)
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
        except locks.Taken:
            raise RunError("Another run is being brought in. Wait until that is done, and try again.") from None


def settle(run: Run, wanted: str) -> Run:
    """Make a run of the hidden folder, under the id that is wanted; where a run has it, with -2, -3 ... behind it.

    A recorded run keeps its id too: whoever follows a link to it expects the one that came with the project.
    """
    with suppress(FileNotFoundError):
        (run.path / files.WEIGHTS).unlink()
    for number in itertools.count(1):
        name = wanted if number == 1 else f"{wanted}-{number}"
        path = run.path.with_name(name)
        if os.path.lexists(path) or os.path.lexists(files.recorded_dir() / name):
            continue
        try:
            return Run(run.path.rename(path))
        except OSError:
            if not os.path.lexists(path):  # otherwise somebody has just taken it
                raise
    raise AssertionError("numbers do not end")


def read_weights(run: Run) -> dict[str, np.ndarray]:
    """The weights in the hidden folder, which have passed."""
    return read_arrays(run.path / files.WEIGHTS, dict, largest_weights(run.config.network))


def put_network(run: Run, keras_file: bytes, litert_file: bytes, anatomy: Anatomy) -> None:
    """The network that was rebuilt from the weights, into the hidden folder; what was measured of it is known by it."""
    files.put(run.path / files.KERAS, keras_file)
    files.put(run.path / files.LITERT, litert_file)
    files.put(run.path / files.ANATOMY, write_arrays(anatomy.to_arrays()))
    with suppress(FileNotFoundError, ValueError):
        measured = read_arrays(run.path / files.ROBUSTNESS, dict)
        found = measured | {"network": np.array(zlib.crc32(litert_file))}
        files.put(run.path / files.ROBUSTNESS, write_arrays(found))


def drop_unreadable(run: Run) -> list[str]:
    """Remove from the hidden folder what cannot be read, or what nothing is asked about; what it was, in words."""
    dropped = [] if run.result() is None or _can_be_read(run.predictions) else ["its predictions"]
    if dropped or run.result() is None:
        (run.path / files.PREDICTIONS).unlink(missing_ok=True)
    for name, (what, read) in _FOUND_OUT.items():
        if not run.has_network() or not _can_be_read(partial(read, run)):
            dropped += [what] if run.has_network() else []
            (run.path / name).unlink(missing_ok=True)
    for epoch in files.snapshot_epochs(run.path):
        if not _can_be_read(partial(run.snapshot, epoch)):
            dropped.append(f"the snapshot of epoch {epoch}")
            (run.path / files.SNAPSHOTS / files.SNAPSHOT.format(epoch)).unlink()
    return dropped


def _can_be_read(read: Callable[[], object]) -> bool:
    try:
        read()
    except RunError:
        return False
    return True


def sweep_arrivals(parent: Path) -> None:
    """Remove what was left of a run by a process that died while it brought it in."""
    if any(parent.glob(f"{files.ARRIVING}*")):
        with suppress(OSError, locks.Taken), locks.hold(parent / files.ARRIVING_LOCK, 0.0):  # Taken: it is under way
            _sweep(parent)


def _sweep(parent: Path) -> None:
    """The caller holds the lock."""
    for leftover in parent.glob(f"{files.ARRIVING}*"):
        with suppress(OSError):
            leftover.unlink() if leftover.is_symlink() else shutil.rmtree(leftover)


def _unpack(parcel: Parcel, weights: dict[str, np.ndarray] | None, folder: Path) -> None:
    (folder / files.SNAPSHOTS).mkdir(parents=True)
    (folder / files.IMPORTED).touch()
    for name, content in parcel.texts():
        files.put(folder / name, content)
    for name, arrays in parcel.arrays():
        is_good = arrays is not None and (name != files.ROBUSTNESS or _is_of_its_network(parcel, arrays))
        (folder / name).write_bytes(write_arrays(arrays) if is_good else b"")  # `drop_unreadable` tells of the latter
    if weights is not None:
        (folder / files.WEIGHTS).write_bytes(write_arrays(weights, compress=False))


def _is_of_its_network(parcel: Parcel, measured: dict[str, np.ndarray]) -> bool:
    """Whether it was measured on the network in the same zip."""
    of = measured.get("network")
    return of is not None and of.dtype.kind in "iu" and of.shape == () and int(of) == parcel.network_checksum
