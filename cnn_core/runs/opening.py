"""Opening a file of a run: only a file that lies in its folder, never what a link in it leads to.

A run may have been unpacked or copied here from anywhere. What a link in it leads to is not the run's, and may be any
file of this machine, which a page would show and a zip carry off; so a link is damage, and neither read, written
through nor followed when the run is deleted. Nor is a pipe or a device opened, for which a page would wait without end.
The run's own folder may be a link: whoever makes one beside the runs has this machine.
"""

import errno
import mmap
import os
import stat
from pathlib import Path
from typing import BinaryIO

from cnn_core.runs import files

# Not on Windows: there a link is looked for beforehand, and no pipe can be in a folder.
STRAIGHT = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def open_file(path: str | Path) -> BinaryIO:
    """The file for reading. Raises OSError if there is none, or something that is no file."""
    return _open(path, os.O_RDONLY)


def open_at_end(path: str | Path) -> BinaryIO:
    """The file for writing at its end; it is made if it is missing. Raises OSError as `open_file` does."""
    return _open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def read_file(path: str | Path, most: float) -> bytes:
    """The content. Raises OSError as `open_file` does, and if it has more than `most` bytes."""
    with _open_if_small(path, most) as file:
        return file.read()


def map_file(path: str | Path, most: float) -> memoryview:
    """The content without a copy of it in memory. Raises OSError as `read_file` does, and if it is empty."""
    with _open_if_small(path, most) as file:
        try:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except ValueError as error:
            raise OSError(errno.ENODATA, "it is empty", str(path)) from error


def is_file(path: str | Path) -> bool:
    """Whether `open_file` would find a file there."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode) and not _is_below_a_link(path)
    except (OSError, ValueError):
        return False


def _open_if_small(path: str | Path, most: float) -> BinaryIO:
    file = open_file(path)
    if os.fstat(file.fileno()).st_size > most:
        file.close()
        raise OSError(errno.EFBIG, "it is too large", str(path))
    return file


def _open(path: str | Path, flags: int) -> BinaryIO:
    if os.path.islink(path) or _is_below_a_link(path):
        raise OSError(errno.ELOOP, "it is a link, and links are not followed", str(path))
    descriptor = os.open(path, flags | STRAIGHT | _BINARY, 0o644)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a file", str(path))
        return os.fdopen(descriptor, "rb" if flags == os.O_RDONLY else "ab")
    except BaseException:
        os.close(descriptor)
        raise


def _is_below_a_link(path: str | Path) -> bool:
    """Whether the folder of a run's folder is a link: its snapshots'. That of the run itself may be one."""
    folder, _ = os.path.split(path)
    return os.path.basename(folder) == files.SNAPSHOTS and os.path.islink(folder)
