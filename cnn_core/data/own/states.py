"""The states of sets: what runs learn. A state is split and never changed; the same content is the same state.

"pets@1a2b3c4d": the digest is of the class names in their order, the images, the bursts and the splits. A set's title
may change, and with it that of its states.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnn_core import locks
from cnn_core.config import OwnData
from cnn_core.data.about import About
from cnn_core.data.dataset import DataError, DataSet, explained_disk_errors, is_stored, open_stored
from cnn_core.data.own import database, names, shelf
from cnn_core.data.own.freezing import ABOUT, BURSTS, IN_VAL, PARTS, Plan
from cnn_core.data.own.rows import described
from cnn_core.data.own.splitting import TEST, TRAIN, VAL

_PATIENCE = 30.0  # seconds, for another who freezes the same set


class Careless(NamedTuple):
    """A split as it is made by who does not think of bursts: positions among a state's "train+val", then "test"."""

    train: np.ndarray  # (N,) int64, rising
    val: np.ndarray
    test: np.ndarray


def latest(name: str) -> str:
    """The name of the set's present state, which is stored now if it is not yet. DataError if the set lacks anything.

    Asking again is quick while nobody has changed the set.
    """
    file = shelf.file(name)
    with database.reading(file) as connection:
        if sentence := described(name, connection).lacks():
            raise DataError(sentence)
        changes, frozen_at, digest = connection.execute("SELECT changes, frozen_at, digest FROM about").fetchone()
        if changes != frozen_at or not is_here(f"{name}@{digest}"):
            plan = Plan.of(name, connection)
            digest = plan.digest(connection)
            with _alone(file.parent):
                if not is_here(f"{name}@{digest}"):  # another may have stored it while this one waited
                    plan.write(file.parent / digest, connection)
    if changes != frozen_at:
        with suppress(DataError), database.writing(file, counted=False) as connection:
            connection.execute("UPDATE about SET frozen_at = ?, digest = ?", (changes, digest))
    return f"{name}@{digest}"


def present(name: str) -> str | None:
    """The name of the set's present state if that is stored; None if the set was changed since. Reads no image."""
    with database.reading(shelf.file(name)) as connection:
        changes, frozen_at, digest = connection.execute("SELECT changes, frozen_at, digest FROM about").fetchone()
    state = f"{name}@{digest}"
    return state if changes == frozen_at and is_here(state) else None


def states(name: str) -> list[str]:
    """The names of the set's states that are stored."""
    try:
        found = [f"{name}@{path.name}" for path in shelf.folder(name).iterdir()]
    except FileNotFoundError:
        raise names.no_such_set(name) from None
    return sorted(state for state in found if is_here(state))


def sweep(name: str, used: set[str]) -> None:
    """Remove the states of a set that are not in `used`, with all images in them, and what a killed process has left.

    An image that was deleted from the set is in its older states until they are swept.
    """
    folder = shelf.folder(name)
    with _alone(folder):
        for state in set(states(name)) - used:
            shelf.hide(_folder(state))
        for leftover in folder.glob(".*"):
            shutil.rmtree(leftover, ignore_errors=True)


def is_here(name: str) -> bool:
    """Whether the state of this name is stored."""
    try:
        folder = _folder(name)
    except DataError:
        return False
    return is_stored(folder) and (folder / ABOUT).is_file()


def about(name: str) -> About:
    """What is known of this state. Raises DataError if it is not here."""
    folder = _folder(name)
    try:
        known = json.loads((folder / ABOUT).read_bytes())
        own = OwnData(known["title"], known["class_names"], *(known["sizes"][split] for split in PARTS))
    except FileNotFoundError:
        raise _not_here(name) from None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):  # a ConfigError is a ValueError
        raise _damaged(name) from None
    with suppress(DataError), database.reading(shelf.file(folder.parent.name)) as connection:
        own = replace(own, title=described(folder.parent.name, connection).title)
    return About.of_own(name, own)


def load(name: str) -> DataSet:
    """The state of this name, memory-mapped. Raises DataError if it is not here, or damaged."""
    folder, known = _folder(name), about(name)
    in_val = _array(name, IN_VAL, known.sizes["train+val"]).astype(bool)
    try:
        found = open_stored(folder, known, in_val)
    except (DataError, IndexError, ValueError):
        raise _damaged(name) from None
    are_as_many = {split: len(rows) for split, rows in found.splits.items()} == known.sizes
    if not are_as_many or max(rows.labels.max() for rows in found.splits.values()) >= len(known.class_names):
        raise _damaged(name)
    return found


def careless(name: str, seed: int) -> Careless:
    """A split of the state at random, class by class as large as the honest one, but with bursts on both sides."""
    known = load(name)
    learned, tested = known.split("train+val").labels, known.split("test").labels
    labels = np.concatenate([learned, tested])
    parts = np.repeat([TRAIN, TEST], [len(learned), len(tested)])
    parts[known.split("val").rows] = VAL
    rng = np.random.default_rng(seed)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        parts[rows] = rng.permutation(parts[rows])
    return Careless(*(np.flatnonzero(parts == part) for part in (TRAIN, VAL, TEST)))


def bursts(name: str) -> np.ndarray:
    """The number of the burst of each image of a state, (N,) int64: of "train+val", then of "test"."""
    sizes = about(name).sizes
    return _array(name, BURSTS, sizes["train+val"] + sizes["test"]).astype(np.int64)


def _folder(name: str) -> Path:
    parts = names.parts_of_state(name)
    if parts is None:
        raise DataError(f"There is no data set {name[:60]!r}; the data sets are cifar10 and shapes10, and your own.")
    try:
        return shelf.folder(parts[0]) / parts[1]
    except DataError:
        raise _not_here(name) from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time: states of the set in this folder come and go."""
    try:
        with explained_disk_errors(), locks.hold(folder / shelf.LOCK, _PATIENCE):
            shelf.file(folder.name)  # it may have been removed meanwhile, and must not come back
            yield
    except locks.Taken:
        raise DataError("Somebody else is using this data set just now; try again.") from None


def _not_here(name: str) -> DataError:
    return DataError(f"The images of the data set {name!r} are not on this machine, or not any more.")


def _damaged(name: str) -> DataError:
    return DataError(f"The images of the data set {name!r} are damaged; remove the data set, and bring it in again.")


def _array(name: str, file: str, size: int) -> np.ndarray:
    try:
        found = np.load(_folder(name) / file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        raise _damaged(name) from None
    if found.shape != (size,) or found.dtype.kind not in "bi":
        raise _damaged(name)
    return found
