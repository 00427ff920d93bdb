"""A worker that dies where it is told to, or whose clock on the wall jumps; else the real one.

python -m benchmarks.fire.launcher RUN --parent PID [--die NUMBER STAGE] [--clock SEED]
"""

import argparse
import datetime
import os
import random
import signal
import sys
import time
from pathlib import Path

from cnn_core import runs, worker
from cnn_core.runs import files, record

STAGES = ("before", "half", "whole", "placed")  # where in the writing of one file


class Writes:
    """In place of `files.put`: the same, until the write of this number; that one is cut at a stage by a kill."""

    def __init__(self, number: int, stage: str) -> None:
        self._left, self._stage, self._put = number, stage, files.put

    def __call__(self, path: Path, content: bytes) -> None:
        self._left -= 1
        if self._left:
            self._put(path, content)
            return
        if self._stage == "placed":
            self._put(path, content)
        elif self._stage != "before":
            part = content if self._stage == "whole" else content[: len(content) // 2]
            path.with_name(f".{path.name}.{os.getpid()}.1.tmp").write_bytes(part)
        os.kill(os.getpid(), signal.SIGKILL)


class JumpingClock:
    """The clock on the wall, set to another hour a few times a second, by hours forward and back."""

    def __init__(self, seed: int) -> None:
        self._random, self._time, self._time_ns = random.Random(seed), time.time, time.time_ns
        self._offset, self._until = 0.0, 0.0

    def install(self) -> None:
        time.time, time.time_ns = self.seconds, lambda: int(1e9 * self.seconds())

    def seconds(self) -> float:
        if time.monotonic() > self._until:
            self._offset = self._random.uniform(-9, 9) * 3600
            self._until = time.monotonic() + self._random.uniform(0.05, 0.4)
        return self._time() + self._offset

    def now(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.seconds(), datetime.UTC)


def _date_each_event(clock: JumpingClock) -> None:
    """As the system would: the time of the log's last change is by the same clock."""
    event = record.Record.event

    def dated(self: record.Record, name: str, **fields: object) -> None:
        event(self, name, **fields)
        os.utime(self._run.path / files.EVENTS, (clock.seconds(),) * 2)

    record.Record.event = dated


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--parent", type=int)
    parser.add_argument("--die", nargs=2, metavar=("NUMBER", "STAGE"))
    parser.add_argument("--clock", type=int)
    options = parser.parse_args()
    if options.die:
        record.put = Writes(int(options.die[0]), options.die[1])
    if options.clock is not None:
        clock = JumpingClock(options.clock)
        clock.install()
        _date_each_event(clock)
    return worker.leave(worker.work(runs.Run(options.run), parent=options.parent), always=True)


if __name__ == "__main__":
    sys.exit(main())
