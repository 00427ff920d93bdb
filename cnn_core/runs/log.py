"""Reading the log of a run, which a worker extends while many read it: only what was added since the last time.

Of a very long log the beginning is read: 16 MB, piece by piece, which takes a second of a core once, and 32 MB.
"""

import os
import stat
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from cnn_core.progress import EpochScores, Finish, Look, Measuring, Progress, Sample
from cnn_core.runs.events import Ending, Event, Started, Testing, parse
from cnn_core.runs.opening import open_file

MOST_BYTES = 16_000_000  # of a log that are read; a day of epochs of a few seconds writes 10
_PIECE = 1_000_000  # bytes that are read at a time; no line is longer, a look has some 10,000
_KEPT_BYTES = 16_000_000  # of log text whose records, about as large again, are kept in memory; all summaries are kept
_KEPT_SUMMARIES = 10_000
Told = Progress | Sample | Look | EpochScores | Finish  # what an interruption can undo


@dataclass(frozen=True, slots=True)
class Summary:
    """What lists and tables need from a log; small, so that it can be kept for thousands of runs."""

    starts: int = 0  # of workers
    ending: Ending | None = None  # of the present course: None once the run has been resumed
    is_loading: bool = False  # its worker has said nothing but that it begins
    is_testing: bool = False
    measuring: Measuring | None = None
    scores: EpochScores | None = None  # of the last whole epoch
    progress: Progress | None = None  # the last batch on record
    finish: Finish | None = None  # when it began to finish before its time
    seconds: float = 0.0  # of training
    damaged_lines: int = 0
    is_readable: bool = True
    unread: int = 0  # bytes beyond `MOST_BYTES`


@dataclass(frozen=True, slots=True)
class Log:
    """The content of a log."""

    summary: Summary = Summary()
    timeline: tuple[Told, ...] = ()  # without the events that an interruption undid


def read_log(path: str) -> Log:
    """The log as it is now; empty if there is none."""
    return _shelf.read(path)


def read_summary(path: str) -> Summary:
    """The same, without going through the log again if nothing was added."""
    return _shelf.summary(path)


def forget(path: str) -> None:
    """Keep nothing of a log whose run was deleted."""
    _shelf.forget(path)


def passes_at(at: Progress) -> float:
    """How often the training images have been gone through: 1.3 within the second epoch."""
    return at.epoch - 1 + at.batch / at.batches


def with_passes(scores: EpochScores, at: Progress | None, limit: float) -> EpochScores:
    """The same scores, saying where their epoch ended.

    It was whole, unless the limit in seconds cut it short; then the last batch on record, `at`, is the nearest to know.
    """
    is_cut_short = scores.seconds >= limit and at is not None and at.epoch == scores.epoch
    return replace(scores, passes=passes_at(at) if is_cut_short else float(scores.epoch))


class _Reader:
    """One log, read as it grows: thirty visitors ask every second, and a long log is megabytes."""

    def __init__(self, path: str) -> None:
        self.counted = 0  # bytes of it that the shelf has counted; the shelf's own
        self._path = path
        self._lock = threading.Lock()
        self._forget(inode=0)

    def read(self) -> Log:
        with self._lock:
            try:
                status = os.lstat(self._path)
                if not stat.S_ISREG(status.st_mode):
                    raise OSError("it is a link, a folder or a pipe")
                if status.st_ino != self._inode or status.st_size < self.size:  # another file of this name
                    self._forget(status.st_ino)
                if self.size < min(status.st_size, MOST_BYTES):
                    self._read_on()
                if self.size >= MOST_BYTES:
                    summary = replace(self._log.summary, unread=status.st_size - self.size)
                    self._log = replace(self._log, summary=summary)
            except (FileNotFoundError, NotADirectoryError):
                self._forget(inode=0)
            except OSError:  # a folder of this name, or one that may not be read
                self._forget(inode=0)
                return Log(Summary(is_readable=False))
            return self._log

    def _forget(self, inode: int) -> None:
        self._inode, self.size, self._log = inode, 0, Log()
        self._state = _State()
        self._is_endless = False  # whether it is in the middle of a line longer than a piece

    def _read_on(self) -> None:
        before = self.size
        with open_file(self._path) as file:
            while self.size < MOST_BYTES:
                file.seek(self.size)
                if not (read := self._take_in(file.read(_PIECE))):
                    break
                self.size += read
        if self.size > before:
            self._log = self._state.log()

    def _take_in(self, piece: bytes) -> int:
        """How many bytes of the piece are done with: those of whole lines, and of a line that is longer than it."""
        whole = piece.rfind(b"\n") + 1
        if not whole and len(piece) < _PIECE:  # the rest is being written
            return 0
        was_endless, self._is_endless = self._is_endless, not whole
        for line in piece[:whole].splitlines()[was_endless:]:  # without the end of an endless one
            if line.strip():
                self._state.add(parse(line))
        if self._is_endless and not was_endless:
            self._state.add(None)
        return whole or len(piece)


class _State:
    """What the events so far add up to."""

    def __init__(self) -> None:
        self.timeline: list[Told] = []
        self.starts = self.damaged_lines = 0
        self.last: Event | None = None
        self.is_testing = self.is_torn = False

    def add(self, event: Event | None) -> None:
        """The next line; None if it could not be read."""
        if event is None:
            self.damaged_lines += 1
            self.is_torn = True
            return
        if isinstance(event, Started):
            self.starts += 1
            self.damaged_lines -= self.is_torn  # the line before was cut by a kill, which is not damage
        if isinstance(event, Started | Told):
            self._take_back(event.seconds)
            self.is_testing = False
            if not isinstance(event, Started):
                self.timeline.append(event)
        if isinstance(event, Ending):
            self.damaged_lines += not event.is_whole
        self.is_testing = self.is_testing or isinstance(event, Testing)
        self.last, self.is_torn = event, False

    def _take_back(self, seconds: float | None) -> None:
        """A resumed run starts from its checkpoint: the events after it are void."""
        while seconds is not None and self.timeline and self.timeline[-1].seconds > seconds:
            self.timeline.pop()

    def log(self) -> Log:
        ending = self.last if isinstance(self.last, Ending) else None
        summary = Summary(
            self.starts,
            ending,
            isinstance(self.last, Started),
            self.is_testing and ending is None,
            self.last if isinstance(self.last, Measuring) else None,
            self._last(EpochScores),
            self._last(Progress),
            self._last(Finish),
            max([0.0, *(e.seconds for e in self.timeline[-1:]), ending.seconds or 0.0 if ending else 0.0]),
            self.damaged_lines,
        )
        return Log(summary, tuple(self.timeline))

    def _last(self, kind: type) -> EpochScores | Progress | Finish | None:
        return next((event for event in reversed(self.timeline) if isinstance(event, kind)), None)


class _Shelf:
    """The logs that were read last, as many as fit in memory; and the summary of every log."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: OrderedDict[str, _Reader] = OrderedDict()
        self._bytes = 0  # counted by the readers on the shelf; kept, because adding up 500 at each read is slow
        self._summaries: OrderedDict[str, tuple[tuple[int, ...], Summary]] = OrderedDict()

    def read(self, path: str) -> Log:
        with self._lock:
            reader = self._readers.pop(path, None) or _Reader(path)
            self._readers[path] = reader  # last, as the one that was read last
        log = reader.read()
        with self._lock:
            if self._readers.get(path) is reader:  # otherwise it was removed meanwhile
                self._bytes += reader.size - reader.counted
                reader.counted = reader.size
                self._make_room(path)
        return log

    def forget(self, path: str) -> None:
        with self._lock:
            self._summaries.pop(path, None)
            if reader := self._readers.pop(path, None):
                self._bytes -= reader.counted

    def _make_room(self, path: str) -> None:
        """Remove the logs that were read longest ago; and this one too if there is no such log."""
        if not self._readers[path].size:
            del self._readers[path]
        while len(self._readers) > 1 and self._bytes > _KEPT_BYTES:
            _, reader = self._readers.popitem(last=False)
            self._bytes -= reader.counted

    def summary(self, path: str) -> Summary:
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return Summary()
        except OSError:
            return Summary(is_readable=False)
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
        kept = self._summaries.get(path)
        if kept and kept[0] == stamp:
            return kept[1]
        summary = self.read(path).summary  # as it is now, or later; never earlier than the stamp
        with self._lock:
            self._summaries[path] = (stamp, summary)
            while len(self._summaries) > _KEPT_SUMMARIES:
                self._summaries.popitem(last=False)
        return summary


_shelf = _Shelf()
