"""The clock on the wall jumps by hours, forward and back, several times a second: nothing that counts is told by it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from benchmarks.fire.launcher import JumpingClock
from benchmarks.fire.stage import SMALL, Ledger, changed, is_over, page_text, refusal, stage, undisturbed, wait_for
from cnn_core import runs
from cnn_core.runs import RunState, control

_SECONDS = 4.0


def clock(ledger: Ledger, *, is_long: bool) -> dict[str, object]:
    figures: dict[str, object] = {}
    with stage():
        whole = undisturbed()
        jumping = JumpingClock(0)
        for seed in range(5 if is_long else 1):
            with (
                _worker_with_a_jumping_clock(seed),
                patch.multiple(time, time=jumping.seconds),
                patch.object(control, "_now", jumping.now),
            ):
                _train_epochs(whole, ledger)
                figures |= _train_seconds(ledger)
                _start_stop_resume(ledger)
        figures["zombies"] = ledger.hold_no_zombies()
    return figures


@contextmanager
def _worker_with_a_jumping_clock(seed: int) -> Iterator[None]:
    start = subprocess.Popen

    def popen(command: list[str], **options: object) -> subprocess.Popen:
        if command[1:3] == ["-m", "cnn_core.worker"]:
            command = [sys.executable, "-m", "benchmarks.fire.launcher", *command[3:], "--clock", str(seed)]
        return start(command, **options)

    with patch.object(subprocess, "Popen", popen):
        yield


def _train_epochs(whole: runs.Run, ledger: Ledger) -> None:
    run = runs.start(SMALL, "By epochs")
    ledger.hold(runs.list_runs()[0] == run, "the newest run is not the first")
    wait_for(lambda: is_over(run))
    ledger.hold(runs.list_runs()[0] == run, "the newest run is not the first once it has ended")
    ledger.hold_whole(run, whole, run.title)


def _train_seconds(ledger: Ledger) -> dict[str, object]:
    run = runs.start(changed(SMALL, epochs=None, seconds=_SECONDS), "By seconds")
    wait_for(lambda: run.progress() is not None)
    began, silences, said = time.monotonic(), [0.0], ""
    while run.state() == RunState.RUNNING:
        silences.append(run.silence() or 0.0)
        said = said or page_text()
    took = time.monotonic() - began
    wait_for(lambda: is_over(run))
    seconds = run.result().seconds if run.result() else 0.0
    ledger.hold(_SECONDS <= seconds < _SECONDS + 2, f"a limit of {_SECONDS} s ended it after {seconds} s")
    ledger.hold(took < _SECONDS + 60, f"{took} s passed until then")
    ledger.hold(max(silences) < runs.SILENT, f"it was called silent for {max(silences)} s")
    ledger.hold("no sign of life" not in said, "the page calls it silent")
    ledger.hold(run.history()["seconds"].is_monotonic_increasing, "its seconds run backward")
    ledger.hold(runs.list_runs()[0] == run, "the newest run is not the first")
    return {"limit_s": _SECONDS, "trained_s": round(seconds, 2), "longest_silence_s": round(max(silences), 1)}


def _start_stop_resume(ledger: Ledger) -> None:
    run = runs.start(changed(SMALL, epochs=500), "Stopped")
    ledger.hold(refusal(runs.start, SMALL) is not None, "a second run was started beside it")
    wait_for(lambda: run.progress() is not None)
    runs.request_stop(run)
    wait_for(lambda: is_over(run))
    ledger.hold(run.state() == RunState.STOPPED and run.is_tested(), f"stopped, it is {run.state()}")
    before = run.seconds()
    runs.resume(run)
    wait_for(lambda: run.seconds() > before)
    runs.request_stop(run)
    wait_for(lambda: is_over(run))
    ledger.hold(run.state() == RunState.STOPPED, f"stopped again, it is {run.state()}")
    runs.delete(run)
    ledger.hold(not run.exists(), "it cannot be deleted")
