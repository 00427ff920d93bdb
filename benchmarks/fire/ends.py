"""The server ends by Ctrl-C, by SIGTERM, by kill -9, whatever its worker does: that ends itself, and can be resumed."""

import signal
import time
from collections.abc import Callable

from benchmarks.fire.stage import SMALL, Ledger, changed, finish, is_testing, python, stage, undisturbed, wait_for
from benchmarks.processes import is_there
from cnn_core import runs
from cnn_core.progress import STUDY
from cnn_core.runs import Run, RunState

# As a server, it starts a worker and lives on; as one in a terminal, it has a process group of its own.
_SERVER = """
import signal, sys, time
from cnn_core import runs
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background job would ignore
runs.resume(runs.find_run(sys.argv[1]))
time.sleep(600)
"""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_WITHIN = 15.0  # seconds; what holds a worker up for longer than ten is cut short


def ends(ledger: Ledger, *, is_long: bool) -> dict[str, object]:
    figures: dict[str, float] = {}
    with stage():
        config = changed(SMALL, epochs=20)
        whole = undisturbed(config)
        for place, (name, moment) in enumerate(_MOMENTS.items()):
            for number in _SIGNALS if is_long else [_SIGNALS[place % 3]]:
                run = runs.create(config)
                label = f"{name}, {number.name}"
                figures[label] = _end(run, moment, number, label, ledger)
                finish(run)
                ledger.hold_whole(run, whole, label)
                runs.delete(run)
    return {"seconds": figures, "slowest": max(figures.values())}


def _end(run: Run, moment: Callable[[Run], bool], number: signal.Signals, label: str, ledger: Ledger) -> float:
    """Seconds that the worker outlived the server."""
    with python(_SERVER, run.id) as server:
        wait_for(lambda: moment(run) or server.poll() is not None, pause=0.002)
        pid = run.worker().pid
        server.send_signal(number)
        server.wait(30)
        began = time.monotonic()
        wait_for(lambda: not is_there(pid), patience=120)
        outlived = time.monotonic() - began
    ledger.hold(outlived <= _WITHIN, f"{label}: the worker outlived the server by {outlived:.0f} s")
    ledger.hold(run.state() in (RunState.STOPPED, RunState.INTERRUPTED), f"{label}: it is {run.state()}")
    ledger.hold(runs.is_resumable(run), f"{label}: it cannot be resumed")
    ledger.hold(runs.running() is None, f"{label}: somebody still trains")
    return round(outlived, 2)


def _is_measuring(split: str) -> Callable[[Run], bool]:
    return lambda run: (at := run.measuring()) is not None and at.split == split


def _exports(run: Run) -> bool:
    at = run.measuring()
    return at is not None and at.split == "test" and at.done == at.total


_MOMENTS = {
    "loading": lambda run: run.is_loading(),
    "training": lambda run: len(run.history()) >= 2,
    "validating": _is_measuring("validation"),
    "testing": is_testing,
    "exporting": _exports,
    "studying": _is_measuring(STUDY),
}
