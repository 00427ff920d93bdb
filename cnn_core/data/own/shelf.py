"""Where sets are kept: a folder each in "own" in the data folder, with its file, and its states beside that.

A set appears whole and goes whole: it is made in a hidden folder that is renamed, and renamed to a hidden one before it
is deleted. What a killed process has left of either is swept by the next who makes or removes a set.
"""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from cnn_core import limits, locks
from cnn_core.data.dataset import DataError, data_dir, explained_disk_errors
from cnn_core.data.own import names

GONE = ".gone-"  # what the name of a folder begins with that is being deleted
LOCK = "set.lock"  # held in a set's folder while it is made, and while one of its states is
_FILE = "set.sqlite"
_SHELF_LOCK = ".own.lock"
_NEW = ".new-"
_PATIENCE = 20.0  # seconds


def folder(name: str) -> Path:
    """The folder of this set. Raises DataError if there is none."""
    if names.is_name(name) and (path := _root() / name).is_dir():
        return path
    raise names.no_such_set(name)


def file(name: str) -> Path:
    """The database of this set. Raises DataError if there is none."""
    path = folder(name) / _FILE
    if not path.is_file():
        raise DataError("The file of this data set is missing, so it cannot be opened; remove the data set.")
    return path


def all_names() -> list[str]:
    """The names of all sets, sorted."""
    try:
        return sorted(path.name for path in _root().iterdir() if names.is_name(path.name) and path.is_dir())
    except OSError:
        return []


def make(title: str, fill: Callable[[Path], None]) -> str:
    """Keep what `fill` writes into the file that it is given as a set; its name, which is made from the title.

    If `fill` raises, nothing is left. Raises DataError if the server has no room for another set.
    """
    hidden = _root() / f"{_NEW}{uuid.uuid4().hex}"
    with explained_disk_errors():
        _root().mkdir(parents=True, exist_ok=True)
        try:
            with ExitStack() as held:
                with _shelf():
                    _check_room()
                    _sweep()
                    hidden.mkdir()
                    held.enter_context(locks.hold(hidden / LOCK, 0.0))
                fill(hidden / _FILE)
                with _shelf():
                    held.close()  # Windows renames no folder with an open file
                    _check_room()
                    return _settled(hidden, title)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)


def remove(name: str) -> None:
    """Delete a set with all its states, whether or not it can be opened."""
    folder(name)  # without any set there is no shelf to lock
    with explained_disk_errors(), _shelf():
        path = folder(name)
        _wait_for_state(path)
        hide(path)
        _sweep()


def hide(path: Path) -> Path:
    """Rename a folder, so that it is not seen any more before its first file goes; where it is then."""
    return path.rename(path.with_name(f"{GONE}{uuid.uuid4().hex}"))


def _wait_for_state(path: Path) -> None:
    """Until the state that somebody is storing there is complete: it would be written on after all else is gone."""
    with suppress(OSError, locks.Taken), locks.hold(path / LOCK, _PATIENCE):  # a damaged folder is removed too
        pass


def _root() -> Path:
    return data_dir() / "own"


@contextmanager
def _shelf() -> Iterator[None]:
    """One at a time: sets come, go and are swept."""
    try:
        with locks.hold(_root() / _SHELF_LOCK, _PATIENCE):
            yield
    except locks.Taken:
        raise DataError("Another data set is being made or removed just now; try again.") from None


def _check_room() -> None:
    most = limits.current().data_sets
    if len(all_names()) >= most:
        raise DataError(f"This server keeps at most {most:,.0f} data sets; remove one that nobody needs.")


def _settled(hidden: Path, title: str) -> str:
    """Give the hidden folder a name that no other set has; the caller holds the shelf's lock."""
    for name in names.names_for(title):
        if not os.path.lexists(_root() / name):
            os.rename(hidden, _root() / name)
            return name
    raise DataError("There are too many data sets of this name; choose another.")


def _sweep() -> None:
    """Remove what was left by processes that died; the caller holds the shelf's lock."""
    for pattern in (f"{_NEW}*", f"{GONE}*"):
        for leftover in _root().glob(pattern):
            if pattern.startswith(GONE) or not locks.is_held(leftover / LOCK):
                with suppress(OSError):
                    leftover.unlink() if leftover.is_symlink() else shutil.rmtree(leftover)
