"""What Linux tells of a process: of each in the folder /proc/PID."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def server_folder(url: str) -> Path:
    """Of the server at this address."""
    return process_folder(f"--server.port={url.rsplit(':')[-1]}")


def process_folder(word: str) -> Path:
    """Of the process with this word in its command line."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # another process ended meanwhile
            if word in (folder / "cmdline").read_text().split("\0"):
                return folder
    raise SystemExit(f"No process has {word} in its command line.")


def processor_seconds(process: Path) -> float:
    """The processor time so far of the process, and of its children that have ended."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def resident(process: Path) -> dict[str, int]:
    """In millions of bytes: all, the process's own, what is mapped from files, and the most that there ever was."""
    status = (process / "status").read_text()
    names = {"all": "VmRSS", "own": "RssAnon", "of_files": "RssFile", "peak": "VmHWM"}
    return {key: int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024 // 1_000_000 for key, name in names.items()}


def look(process: Path) -> dict[str, int]:
    """Its memory, threads and open files."""
    threads = int(re.search(r"Threads:\s+(\d+)", (process / "status").read_text())[1])
    return resident(process) | {"threads": threads, "open_files": len([*(process / "fd").iterdir()])}


def children(parent: int) -> Iterator[str]:
    """The state of each child, as the kernel writes it: Z is a zombie."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            state, its_parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(its_parent) == parent:
                yield state


def is_there(pid: int) -> bool:
    """Whether a process of this number lives; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
