"""Where the app keeps its data sets and its runs: a folder that can be written.

CNN_DATA_DIR and CNN_RUNS_DIR name the two. Otherwise they are beside the program; where nothing can be written there
(installed for several users, a read-only container) in the user's cache folder, else in the one for temporary files.
Nothing is made here: the folders appear when something is written.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

PROGRAM = Path(__file__).parents[1]
VARIABLES = {"data": "CNN_DATA_DIR", "runs": "CNN_RUNS_DIR"}
_CANNOT = {"data": "no data set can be prepared", "runs": "no run can be started"}
_NAME = "cnn-classroom"


def folder(name: str) -> Path:
    """Where "data" or "runs" are; possibly relative, if the variable is."""
    named = os.environ.get(VARIABLES[name])
    return Path(named) if named else found(name)


@cache
def found(name: str) -> Path:
    """The place of a folder that no variable names; asked once, since it does not move while the process lives."""
    return first_writable(beside(name), *(parent / name for parent in _elsewhere()))


def beside(name: str) -> Path:
    return PROGRAM / name


def first_writable(*folders: Path) -> Path:
    """The first of these in which files can be written; the first of all if none is, whose errors then say why."""
    return next(filter(is_writable, folders), folders[0])


def is_writable(folder: Path) -> bool:
    """Whether files can be written into this folder, or it can be made."""
    there = next((path for path in (folder, *folder.absolute().parents) if os.path.lexists(path)), folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def trouble(name: str) -> str | None:
    """Why nothing can be kept in "data" or "runs", and what to do, in a sentence for everybody; None if it can."""
    if is_writable(folder(name)):
        return None
    variable = VARIABLES[name]
    where = f"the folder that {variable} names" if os.environ.get(variable) else "any folder of this server"
    return f"Nothing can be written to {where}, so {_CANNOT[name]}. Set {variable} to a folder that can be written."


def is_lasting(root: Path = Path("/")) -> bool:
    """Whether runs are known to outlive the server: not on Community Cloud, nor in a folder that is emptied."""
    runs = folder("runs")
    is_named = bool(os.environ.get(VARIABLES["runs"]))
    return not is_community_cloud(root) and (is_named or runs == beside("runs"))


def is_community_cloud(root: Path = Path("/")) -> bool:
    """Whether this is Streamlit Community Cloud, by the two folders that its logs show; `root` is where files begin."""
    return all((root / there).is_dir() for there in ("mount/src", "home/adminuser"))


def _elsewhere() -> Iterator[Path]:
    """The user's cache folder, and one for this user among the temporary files."""
    cache_folder = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME")
    with suppress(RuntimeError):  # a user without a home
        yield Path(cache_folder or Path.home() / ".cache") / _NAME
    user = os.getuid() if hasattr(os, "getuid") else ""
    with suppress(OSError):  # no folder for temporary files
        yield Path(tempfile.gettempdir(), f"{_NAME}-{user}")
