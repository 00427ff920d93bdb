"""What visitors read of a run.

Titles are plain text on one line: no markup, nothing invisible, nothing that reverses the line. What went wrong is one
sentence, without a path of this machine and without programmers' words.
"""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from cnn_core.text import plain

TITLE_LENGTH = 60  # characters at most
_NO_MARKDOWN = str.maketrans(dict.fromkeys("[]<>`$*|#", " "))  # what would become a link, an image or a formula
OUT_OF_MEMORY = "This machine has too little memory. Lower the batch size or the number of filters, and start again."
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_ROOM = (errno.ENOMEM, errno.EAGAIN)  # for another process
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
# From a root, a drive, a Windows server or "file:" on, at least two names deep: "1/2" and "and/or" are not paths. In
# what Python quotes, every backslash is doubled, and names may hold spaces.
_ROOT = r"(?<![\w.:/\\])(?:file:|[A-Za-z]:)?"
_QUOTED_PATH = re.compile(rf"""(['"]){_ROOT}(?:[/\\]+[^/\\'"<>|:*?]+)+[/\\]+([^/\\'"<>|:*?]+)\1""")
_PATH = re.compile(rf"""{_ROOT}(?:[/\\]+[^\s/\\'"`<>|:*?]+)+[/\\]+([^\s/\\'"`<>|:*?,;]+)""")


class RunError(Exception):
    """Something that cannot be done with a run; the message says why and what to do."""


def clean_title(text: str) -> str:
    """The title that may be shown; empty if there was nothing to see in it."""
    return plain(text.translate(_NO_MARKDOWN))[:TITLE_LENGTH].strip()


def checked_title(text: str) -> str:
    """The same. Raises RunError if there was nothing to see."""
    if not (cleaned := clean_title(text)):
        raise RunError("A run needs a name with at least one visible character.")
    return cleaned


@contextmanager
def in_words(run_id: str) -> Iterator[None]:
    """An error of the disk in this block becomes a RunError about this run."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise deleted(run_id) from None
    except OSError as error:
        raise RunError(disk_sentence(error)) from None


def deleted(run_id: str) -> RunError:
    return RunError(f"{run_id} is no longer there: somebody has deleted it.")


def disk_sentence(error: OSError) -> str:
    if error.errno in _FULL:
        return "The disk of this machine is full. Delete runs that nobody needs, and try again."
    if error.errno in _READ_ONLY:
        return "The folder of the runs cannot be written to: this machine's disk or folder is read-only."
    if error.errno in _NO_ROOM:
        return "This machine has no room for another process now. Wait a moment, and try again."
    return f"The disk reported an error: {error.strerror or type(error).__name__}."


def reason_of(error: BaseException) -> str:
    """Why training failed, for everybody to read."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's name for it
        return OUT_OF_MEMORY
    if isinstance(error, OSError) and error.errno is not None:
        return disk_sentence(error)
    return f"{type(error).__name__}: {detail(error)}"


def detail(error: BaseException) -> str:
    """The text of another library's exception, fit to be shown; its name if it has no text."""
    return without_paths(plain(str(error)[:300])) or type(error).__name__


def without_paths(text: str) -> str:
    """The text with only the last name of every path: the folders above it are private."""
    return _PATH.sub(r"\1", _QUOTED_PATH.sub(r"\1\2\1", text))
