"""Starting the worker of a run: a process of its own, which is watched until it has begun."""

import math
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

from cnn_core import processes
from cnn_core.data import data_dir
from cnn_core.runs import files
from cnn_core.runs.catalogue import running
from cnn_core.runs.files import put
from cnn_core.runs.log import read_summary
from cnn_core.runs.opening import open_at_end
from cnn_core.runs.record import BUSY_EXIT_CODE
from cnn_core.runs.run import Run
from cnn_core.runs.words import RunError, deleted, without_paths

_PATIENCE = 60.0  # seconds until a worker must have taken its lock; it does so before it imports TensorFlow


def launch(run: Run, seconds: float = math.inf) -> None:
    """Start a worker, which may take so long for everything, and wait until it has begun, or given up."""
    limit = ["--seconds", str(seconds)] if seconds < math.inf else []
    starts_before, ended_before = _starts(run), processes.ended_for_memory()
    with open_at_end(run.path / files.WORKER_LOG) as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "cnn_core.worker", str(run.path.resolve()), "--parent", str(os.getpid()), *limit],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=files.ROOT,
            env={**os.environ, "CNN_DATA_DIR": str(data_dir())},  # absolute: the two may work in different folders
        )
    threading.Thread(target=_wait_for_its_end, args=(run, worker, starts_before + 1, ended_before), daemon=True).start()
    deadline = time.monotonic() + _PATIENCE
    while True:
        code = worker.poll()  # before the log is read: one that began and ended at once has begun
        if _starts(run) > starts_before:
            return
        if code == BUSY_EXIT_CODE:
            raise busy(running())
        if code is not None or time.monotonic() > deadline:
            worker.kill()
            if not run.exists():
                raise deleted(run.id)
            raise RunError(f"The training process did not start; its log says: {_last_line(run)}")
        time.sleep(0.02)


def busy(other: Run | None) -> RunError:
    """Why a second run cannot be started while `other` is being trained."""
    name = f"{other.title!r}" if other else "Another run"
    return RunError(f"{name} is being trained; one run at a time. Wait until it has finished, or stop it.")


def _wait_for_its_end(run: Run, worker: subprocess.Popen, starts: int, ended_before: int | None) -> None:
    """Wait for the worker, so that no zombie is left; note if the system killed it because memory ran out."""
    code = worker.wait()
    is_for_memory = ended_before is None or processes.ended_for_memory() != ended_before
    if sys.platform != "win32" and code == -signal.SIGKILL and is_for_memory and not run.stop_is_requested():
        with suppress(OSError):  # deleted meanwhile, or the disk is full
            put(run.path / files.KILLED, str(starts).encode())


def _starts(run: Run) -> int:
    return read_summary(os.path.join(run.path, files.EVENTS)).starts


def _last_line(run: Run) -> str:
    lines = (run.path / files.WORKER_LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return without_paths(lines[-1]) if lines else "(nothing)"
