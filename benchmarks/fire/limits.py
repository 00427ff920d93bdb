"""Limits of the system for a scenario: a small disk, a read-only one, a control group. They need root, on Linux."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_CLONE_NEWNS = 0x20000
_GROUPS = Path("/sys/fs/cgroup")


def may_limit() -> bool:
    return os.geteuid() == 0


def hide_mounts() -> None:
    """From now on, what this process and its children mount is theirs alone, and gone with them."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    _run("mount", "--make-rprivate", "/")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _run("umount", "-l", str(folder))


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Whoever opens a file there can only read it; a file that was open for writing stays so."""
    _run("mount", "--bind", str(folder), str(folder))
    _run("mount", "-o", "remount,bind,ro", str(folder))
    try:
        yield
    finally:
        _run("umount", "-l", str(folder))


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """The disk has no byte left."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def control_group(controller: str, first: dict[str, str], second: dict[str, str]) -> Iterator[Path]:
    """A group with these limits, in version 1 or 2. A process enters by writing its number; all end with the block."""
    is_first = (_GROUPS / controller / "cgroup.procs").exists()
    if not is_first:
        (_GROUPS / "cgroup.subtree_control").write_text(f"+{controller}")
    group = (_GROUPS / controller if is_first else _GROUPS) / f"under-fire-{os.getpid()}"
    group.mkdir()
    try:
        for name, value in (first if is_first else second).items():
            (group / name).write_text(value)
        yield group / "cgroup.procs"
    finally:
        for pid in (group / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        for _ in range(50):
            with suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.1)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
