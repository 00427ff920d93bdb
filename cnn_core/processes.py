"""Other processes of this machine: which one it is, how to end it, and whether memory ran out.

A number alone says little: once a process is gone, its number goes to another. Where the system tells (Linux), a
process is known by when it was born too.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ENDED_FIRST = 500  # of 1,000: how strongly the system prefers to end a process that has stepped back
_BIRTH = 19  # of the fields in /proc/PID/stat after the name in brackets: ticks of the clock since the system started
_END = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows ends a process by the second, and asks it nothing


def birth(pid: int) -> str:
    """When the process was born, as the system counts; empty where it does not tell."""
    try:
        about = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return about.rpartition(")")[2].split()[_BIRTH]
    except (OSError, IndexError):
        return ""


def end(pid: int, born: str, is_it: Callable[[], bool]) -> bool:
    """End this process at once, if it is the one that was born then; whether that was done.

    `is_it` is asked last, while the number can no longer go to another process (Linux).
    """
    if pid in (0, os.getpid()):
        return False
    handle = None
    try:
        if sys.platform == "linux":
            with suppress(OSError):  # a system that imitates Linux may not have them
                handle = os.pidfd_open(pid)
        if birth(pid) != born or not is_it():
            return False
        if handle is None:
            os.kill(pid, _END)
        else:
            signal.pidfd_send_signal(handle, _END)
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        if handle is not None:
            os.close(handle)
    return True


def step_back() -> None:
    """The app has priority over this process: it answers first, and when memory runs out the system ends this one."""
    if hasattr(os, "nice"):
        os.nice(5)
    with suppress(OSError):  # Linux only
        Path("/proc/self/oom_score_adj").write_text(str(ENDED_FIRST), encoding="ascii")


def ended_for_memory() -> int | None:
    """How often since its start this machine has ended a process because memory ran out; None if it does not tell."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
    return None
