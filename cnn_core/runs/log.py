"""Reading the log of a run: one JSON object a line, to which a worker adds while many read."""

import functools
import json
import threading
from pathlib import Path
from typing import Any, NamedTuple


class Log(NamedTuple):
    """What a log says."""

    events: tuple[dict[str, Any], ...] = ()  # every whole line
    course: tuple[dict[str, Any], ...] = ()  # the batches and epochs, without those that an interruption undid


def read_log(path: Path) -> Log:
    """The log as it stands now; empty if there is none. A torn or damaged line is passed over."""
    return _reader(path).read()


class _Reader:
    """Reads only what was added since the last time: thirty visitors ask every second, and a long log is megabytes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._forget(inode=0)

    def read(self) -> Log:
        with self._lock:
            try:
                status = self._path.stat()
                if status.st_ino != self._inode or status.st_size < self._size:  # another file of this name
                    self._forget(status.st_ino)
                if status.st_size > self._size:
                    self._read_on()
            except FileNotFoundError:
                self._forget(inode=0)
            return self._log

    def _forget(self, inode: int) -> None:
        self._inode, self._size, self._log = inode, 0, Log()

    def _read_on(self) -> None:
        with self._path.open("rb") as file:
            file.seek(self._size)
            added = file.read()
        added = added[: added.rfind(b"\n") + 1]
        events = [event for line in added.splitlines() if (event := _parse(line))]
        self._log = Log((*self._log.events, *events), _continue(self._log.course, events))
        self._size += len(added)


_reader = functools.lru_cache(maxsize=64)(_Reader)


def _parse(line: bytes) -> dict[str, Any] | None:
    """The event in a line; None if the line was torn by a kill."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


def _continue(course: tuple[dict[str, Any], ...], events: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The course with what happened next. A resumed run starts from its checkpoint: what came after that is void."""
    steps = list(course)
    for event in events:
        if event["event"] in ("started", "batch", "epoch") and "seconds" in event:
            while steps and steps[-1]["seconds"] > event["seconds"]:
                steps.pop()
            if event["event"] != "started":
                steps.append(event)
    return tuple(steps)
