"""A worker that the system has halted (SIGSTOP): the page says so within 30 seconds, and Stop from anywhere ends it."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

from benchmarks.fire.limits import control_group, may_limit
from benchmarks.fire.stage import (
    SMALL,
    Ledger,
    changed,
    finish,
    is_over,
    is_testing,
    page_text,
    python,
    stage,
    undisturbed,
    wait_for,
)
from benchmarks.processes import is_there
from cnn_core import runs
from cnn_core.config import Block, ExperimentConfig, NetworkConfig
from cnn_core.runs import Run, RunState

# Another server on the same folder: it stops the run, and stays.
_STOPS = """
import sys, time
from cnn_core import runs
runs.request_stop(runs.find_run(sys.argv[1]))
time.sleep(600)
"""
_WITHIN = 30.0  # seconds


def hang(ledger: Ledger, *, is_long: bool) -> dict[str, object]:
    figures: dict[str, object] = {}
    with stage():
        whole = undisturbed(changed(SMALL, epochs=12))
        moments = {"training": lambda run: len(run.history()) >= 2, "test": is_testing, "loading": Run.is_loading}
        for name, moment in list(moments.items())[: None if is_long else 1]:
            figures[name] = _halt(name, moment, whole, ledger)
        figures["zombies"] = ledger.hold_no_zombies()
        figures["longest_silence_s"] = _longest_silence(SMALL, None, ledger)
        if may_limit():
            figures["longest_silence_s_on_a_fifth_of_a_core"] = _longest_silence(SMALL, 0.2, ledger)
        if is_long and may_limit():
            large = replace(changed(SMALL, epochs=1), network=NetworkConfig((Block(64, 1),), dense_units=(1200,)))
            figures["the_same_of_20_million_parameters"] = _longest_silence(large, 0.2, ledger)
    return figures


def _halt(name: str, moment: Callable[[Run], bool], whole: Run, ledger: Ledger) -> dict[str, object]:
    run = runs.start(whole.config, f"Halted, {name}")
    wait_for(lambda: moment(run), pause=0.002)
    pid = run.worker().pid
    os.kill(pid, signal.SIGSTOP)
    began, said = time.monotonic(), ""
    while "no sign of life" not in said and time.monotonic() < began + 60:
        time.sleep(1)  # as often as a visitor's page is renewed
        said = page_text()
    seen = time.monotonic() - began
    ledger.hold(seen <= _WITHIN, f"halted while {name}: seen after {seen:.0f} s")
    with python(_STOPS, run.id):
        wait_for(run.stop_is_requested)
        asked = time.monotonic()
        wait_for(lambda: is_over(run), patience=60)
        ended = time.monotonic() - asked
    ledger.hold(run.state() == RunState.INTERRUPTED, f"ended, it is {run.state()}")
    wait_for(lambda: not is_there(pid), patience=10)
    ledger.hold("did not answer Stop and was ended" in page_text(), "the page does not say what happened")
    ledger.hold(not run.was_killed(), "it is said to have had too little memory")
    finish(run)
    ledger.hold_whole(run, whole, name)
    return {"seen_after_s": round(seen, 1), "ended_after_s": round(ended, 1)}


def _longest_silence(config: ExperimentConfig, cores: float | None, ledger: Ledger) -> float:
    """Of a whole run that is not halted, on so many cores; it must never be taken for one that is."""
    group, longest = nullcontext(), 0.0
    if cores is not None:
        quota = str(int(100_000 * cores))
        group = control_group("cpu", {"cpu.cfs_quota_us": quota}, {"cpu.max": f"{quota} 100000"})
    run = runs.create(config)
    with group as processes:
        runs.resume(run)
        if processes:
            processes.write_text(str(run.worker().pid))
        while not is_over(run):
            longest = max(longest, run.silence() or 0.0)
            time.sleep(0.2)
    ledger.hold(run.state() == RunState.FINISHED, f"on {cores} cores it is {run.state()}: {run.reason()}")
    ledger.hold(longest < runs.SILENT, f"on {cores} cores it was called silent for {longest:.0f} s")
    return round(longest, 1)
