"""kill -9 at seeded moments, half of them inside the writing of a file: the end is as if there had been none."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.fire.launcher import STAGES
from benchmarks.fire.stage import (
    ROOT,
    SMALL,
    Ledger,
    epochs_kept,
    finish,
    half_written,
    is_over,
    stage,
    undisturbed,
    wait_for,
)
from cnn_core import runs
from cnn_core.runs import Run, RunState

_WRITES = 18  # of a whole run: worker.json, four epochs' snapshots and checkpoints, the test's and the export's files
_KILLS_A_RUN = 8


def kill(ledger: Ledger, *, is_long: bool) -> dict[str, object]:
    wanted, moments = (50, random.Random(17)) if is_long else (6, random.Random(1))
    figures = {"kills": 0, "inside_a_write": 0, "runs": 0, "temporary_files_left": 0, "epochs_computed_again": 0}
    with stage():
        began = time.monotonic()
        whole = undisturbed()
        takes = time.monotonic() - began
        figures["seconds_undisturbed"] = round(takes, 1)
        while figures["kills"] < wanted:
            run = runs.create(SMALL)
            figures["runs"] += 1
            here = min(_KILLS_A_RUN, wanted - figures["kills"])
            for _ in range(here):
                if run.state() == RunState.FINISHED:
                    break
                in_a_write = 2 * figures["inside_a_write"] <= figures["kills"]
                _kill_once(run, ledger, figures, moments, takes, in_a_write=in_a_write)
            finish(run)
            left = half_written(run)
            ledger.hold(not left, f"a temporary file was left at the end: {sorted(file.name for file in left)}")
            ledger.hold_whole(run, whole, run.id)
            print(figures, file=sys.stderr, flush=True)
        figures["zombies"] = ledger.hold_no_zombies()
    return figures


def _kill_once(
    run: Run, ledger: Ledger, figures: dict[str, object], moments: random.Random, takes: float, *, in_a_write: bool
) -> None:
    before, kept = half_written(run), epochs_kept(run)
    if in_a_write:
        worker = _launch(run, moments.randint(1, _WRITES), moments.choice(STAGES))
        wait_for(lambda: worker.poll() is not None or _has_begun(run, worker.pid))
    else:
        runs.resume(run)
    ledger.hold(not before & half_written(run), "a temporary file outlived the next start")
    if in_a_write:
        worker.wait()
        is_killed = worker.returncode == -signal.SIGKILL
    else:
        is_killed = _kill_at(run, time.monotonic() + moments.uniform(0, takes))
    if not is_killed:
        return  # it had finished by then
    figures["kills"] += 1
    figures["inside_a_write"] += in_a_write
    figures["temporary_files_left"] += len(half_written(run))
    ledger.hold(run.state() == RunState.INTERRUPTED, f"killed, it is {run.state()}")
    ledger.hold(runs.is_resumable(run), "killed, it cannot be resumed")
    ledger.hold(epochs_kept(run) >= kept, f"of {kept} finished epochs {epochs_kept(run)} were left")
    ledger.hold(len(run.history()) - epochs_kept(run) in (0, 1), "the log and the checkpoint are epochs apart")
    figures["epochs_computed_again"] += len(run.history()) - epochs_kept(run)


def _launch(run: Run, number: int, stage_: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "benchmarks.fire.launcher", str(run.path), "--parent", str(os.getpid())]
    with Path(os.devnull).open("w") as nothing:
        return subprocess.Popen(
            [*command, "--die", str(number), stage_], cwd=ROOT, stderr=nothing, start_new_session=True
        )


def _has_begun(run: Run, pid: int) -> bool:
    worker = run.worker()
    return worker is not None and worker.pid == pid


def _kill_at(run: Run, moment: float) -> bool:
    while time.monotonic() < moment and not is_over(run):
        time.sleep(0.002)
    if is_over(run):
        return False
    os.kill(run.worker().pid, signal.SIGKILL)
    wait_for(lambda: is_over(run))
    return run.state() == RunState.INTERRUPTED
