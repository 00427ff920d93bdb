"""Everything that may have happened to the files of a run, for `benchmarks.damaged_runs`."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.array_damages import OF_ARRAYS
from cnn_core import runs
from cnn_core.runs import Run, files

SECRET = "a-secret-of-this-machine"
HUGE = 200_000_000  # bytes
_LAST = f"{files.SNAPSHOTS}/{files.SNAPSHOT.format(5)}"
_ARRAYS = (
    files.PREDICTIONS, files.ANATOMY, files.FILTERS, files.ROBUSTNESS, files.CALIBRATION, files.DOUBT,
    files.NEIGHBOURS, files.MAP, _LAST,
)  # fmt: skip
_WORDS = (files.CONFIG, files.EVENTS, files.WORKER, files.TITLE)
_NETWORK = (files.KERAS, files.LITERT)
_MARKS = (
    files.STOP, files.FINISH, files.KILLED, files.IMPORTED, files.KEPT, files.HEARTBEAT, files.WORKER_LOG,
    files.WORKER_LOCK, files.CHECKPOINT,
)  # fmt: skip


@dataclass(frozen=True)
class Damage:
    """One kind of damage to one file."""

    name: str
    kind: str
    how: Callable[[Path], Path | None]  # does it; returns what lies outside the run and must stay

    def __str__(self) -> str:
        return f"{self.name} {self.kind}"

    @property
    def is_felt(self) -> bool:
        """Whether a page has reason to say something: not of a file that nobody reads, or that need not be there."""
        may_be_missing = self.kind == "deleted" and self.name in (files.TITLE, files.WORKER, files.ROBUSTNESS, _LAST)
        return not (self.name in (*_MARKS, files.KERAS) or may_be_missing)

    @property
    def is_possible(self) -> bool:
        """Who owns the system reads everything."""
        return self.kind != "unreadable" or _can_lock_out()

    def do(self, run: Run) -> Path | None:
        """Damage the run; what lies outside it and must stay. Raises Unchanged."""
        path = run.path / self.name
        path.touch()
        return self.how(path)


@cache
def _can_lock_out() -> bool:
    """Whether a file that nobody may read cannot be read by this process."""
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0)
        return not os.access(file.name, os.R_OK)


def whole_run(parent: Path) -> Run:
    """A copy of the recorded lesson, as a run of this machine."""
    folder = parent / "20260101-101010-lesson"
    shutil.copytree(runs.recorded_dir() / "lesson", folder)
    return Run(folder)


def _filled(content: bytes) -> Callable[[Path], None]:
    def fill(path: Path) -> None:
        path.write_bytes(content)

    return fill


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _garbage(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(max(1000, path.stat().st_size)))


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes() or b"?")
    for place in range(len(content) // 2, len(content), max(1, len(content) // 20)):
        content[place] ^= 0xFF
    path.write_bytes(content)


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _huge(path: Path) -> None:
    """The file as it is, with zeros behind it that take no room on the disk."""
    os.truncate(path, HUGE)


def _a_link_elsewhere(path: Path) -> Path:
    """To the file itself, which now lies outside."""
    outside = path.parents[2] / f"outside-{path.name}"
    shutil.move(path, outside)
    path.symlink_to(outside)
    return outside


def _a_link_to_a_secret(path: Path) -> Path:
    outside = path.parents[2] / "secret"
    outside.write_text(SECRET)
    path.unlink()
    path.symlink_to(outside)
    return outside


def _a_link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def _long_log(path: Path) -> None:
    """200 MB of batches that could have been, one every half second for six days."""
    batch = next(json.loads(line) for line in path.read_bytes().splitlines() if b'"batch"' in line)
    line = json.dumps(batch | {"seconds": "HERE"}).replace('"HERE"', "%.1f") + "\n"
    with path.open("a") as file:
        for number in range(HUGE // len(line)):
            file.write(line % (100 + number / 2))


def _endless_line(path: Path) -> None:
    with path.open("ab") as file:
        for _ in range(HUGE // 1_000_000):
            file.write(b"x" * 1_000_000)


def _event(**changes: object) -> Callable[[Path], None]:
    """Every event of the log with these values, where it has such fields."""

    def change(path: Path) -> None:
        events = [json.loads(line) for line in path.read_bytes().splitlines()]
        changed = [event | {name: value for name, value in changes.items() if name in event} for event in events]
        path.write_text("".join(json.dumps(event) + "\n" for event in changed))

    return change


ANYTHING: dict[str, Callable[[Path], Path | None]] = {
    "deleted": Path.unlink,
    "empty": _filled(b""),
    "cut": _cut,
    "garbage": _garbage,
    "flipped bytes": _flipped,
    "zeros": _filled(bytes(5000)),
    "not UTF-8": _filled("Größe".encode("latin-1")),
    "a JSON list": _filled(b"[1, 2]\n"),
    "brackets": _filled(b"[" * 200_000),
    "a folder": _a_folder,
    "a pipe": _a_pipe,
    "unreadable": lambda path: path.chmod(0),
    "huge": _huge,
    "a link elsewhere": _a_link_elsewhere,
    "a link to a secret": _a_link_to_a_secret,
    "a link to itself": _a_link_to_itself,
}
OF_THE_LOG: dict[str, Callable[[Path], None]] = {
    "200 MB of batches": _long_log,
    "a line of 200 MB": _endless_line,
    "of other figures": _event(test_n=7, n=7, batches=1, epoch=1),
    "of epochs beyond all": _event(epoch=10**9, passes=1e9),
    "of no loss": _event(loss=None, val_loss=None, val_mse=None),
    "of no time": _event(seconds=0.0),
    "of a long time": _event(seconds=1e11),
    "of labels beyond all": _event(positions=[59_999] * 16),
}
DAMAGES = [
    *(Damage(name, kind, how) for name in (*_WORDS, *_ARRAYS, *_NETWORK, *_MARKS) for kind, how in ANYTHING.items()),
    *(Damage(name, kind, how) for name in _ARRAYS for kind, how in OF_ARRAYS.items()),
    *(Damage(files.EVENTS, kind, how) for kind, how in OF_THE_LOG.items()),
    Damage(files.SNAPSHOTS, "a link elsewhere", _a_link_elsewhere),
]
