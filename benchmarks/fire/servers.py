"""Two servers on one folder, both at their visitors' service: one training at a time, and the same states in both."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.fire.stage import ROOT, SMALL, Ledger, changed, is_over, python, refusal, stage, wait_for
from cnn_core import runs
from cnn_core.runs import Run, RunState

_LONG = changed(SMALL, epochs=1000)
_ASK = "from benchmarks.fire import servers; import sys; servers.{}(*sys.argv[1:])"
# A worker that begins, trains for a second without TensorFlow, and answers a stop. It notes when it held the lock.
_WORKER = """
import fcntl, sys, time
from pathlib import Path
from cnn_core import runs
run = runs.Run(Path(sys.argv[1]))
try:
    with runs.open_record(run) as record, open(run.path.parent / "one-at-a-time", "w") as one:
        fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        record.forget_stop()
        record.started(seconds=0.0, is_resumed=False)
        until = time.monotonic() + 1
        while time.monotonic() < until and not run.stop_is_requested():
            time.sleep(0.005)
        record.stopped("stopped on request", 1.0, None)
except runs.Busy:
    sys.exit(runs.BUSY_EXIT_CODE)
except BlockingIOError:
    (run.path.parent / "two-at-once").touch()
"""


def two(ledger: Ledger, *, is_long: bool) -> dict[str, object]:
    with stage() as folder:
        figures = _by_turns(folder, ledger)
    with stage() as folder:
        figures |= _at_once(folder, 120.0 if is_long else 20.0, ledger)
    return figures


def _by_turns(folder: Path, ledger: Ledger) -> dict[str, object]:
    """With real workers: what one server does, the other sees, and may undo."""
    run = runs.start(_LONG, "Of the first server")
    wait_for(lambda: run.progress() is not None)
    said = {action: _other(folder, action, run.id) for action in ("start", "resume", "delete", "rename")}
    for action in ("start", "resume", "delete"):
        ledger.hold(said[action]["refused"] is not None, f"the second server may {action} beside a training")
    ledger.hold(said["rename"]["refused"] is None and run.title == "Renamed", "the second server may not rename")
    ledger.hold(said["start"]["states"] == _states(), "the servers see different states")
    _other(folder, "stop", run.id)
    seconds = wait_for(lambda: is_over(run))
    ledger.hold(run.state() == RunState.STOPPED and run.is_tested(), f"the second server's stop: {run.state()}")
    with python(_ASK.format("hold"), run.id):
        wait_for(lambda: run.state() == RunState.RUNNING)
        ledger.hold(refusal(runs.start, _LONG) is not None, "the first server may start beside the second's training")
        runs.request_stop(run)
        wait_for(lambda: is_over(run))
        ledger.hold(run.state() == RunState.STOPPED, f"the first server's stop: {run.state()}")
    said = _other(folder, "delete", run.id)
    ledger.hold(not run.exists() and not said["states"], "the second server cannot delete it")
    return {"stopped_by_the_other_after_s": round(seconds, 2)}


def _at_once(folder: Path, seconds: float, ledger: Ledger) -> dict[str, object]:
    """Without TensorFlow, thousands of clicks: any visitor of each does at random what the page offers."""
    files = [folder / f"server-{number}.json" for number in range(2)]
    storms = [
        subprocess.Popen([sys.executable, "-c", _ASK.format("storm"), str(number), str(seconds), str(file)], cwd=ROOT)
        for number, file in enumerate(files)
    ]
    for storm_ in storms:
        ledger.hold(storm_.wait(seconds + 300) == 0, "a server broke")
    told = [json.loads(file.read_text()) for file in files if file.exists()]
    ledger.hold(not (runs.runs_dir() / "two-at-once").exists(), "two trainings at once")
    ledger.hold(len(told) == 2 and told[0]["states"] == told[1]["states"], "the servers end with different states")
    ledger.hold(told[0]["states"] == _states(), "a third sees other states than the two")
    ledger.hold(not any(Run(runs.runs_dir() / name).state().is_active for name in _states()), "a run never ended")
    for word in ("tmp", "deleted"):
        ledger.hold(not list(runs.runs_dir().rglob(f".*{word}*")), f"a {word} was left")
    ledger.hold_no_zombies()
    odd = told[0]["odd"] + told[1]["odd"]
    ledger.hold(not odd, f"a page would have broken {len(odd)} times: {odd[:1]}")
    return {"done": Counter(told[0]["done"]) + Counter(told[1]["done"]), "unexpected": odd}


def storm(number: str, seconds: str, file: str) -> None:
    """What the visitors of one server do for so long; then its view of the runs."""
    real = subprocess.Popen
    subprocess.Popen = lambda command, **options: real([sys.executable, "-c", _WORKER, command[3]], **options)
    chance, until, done, odd = random.Random(int(number)), time.monotonic() + float(seconds), Counter(), []
    while time.monotonic() < until:
        listed = [run for run in runs.list_runs() if not run.is_recorded]
        run = chance.choice(listed) if listed else None
        name = chance.choice(["start", "stop", "resume", "delete", "rename"] if run else ["start"])
        try:
            refused = refusal(_ACTIONS[name], run)
        except Exception as error:  # whatever a visitor would see as a broken page
            odd.append(f"{name}: {error!r}")
            continue
        done[f"{name}, refused" if refused else name] += 1
    running = runs.running()
    while running and running.state().is_active:
        time.sleep(0.05)
    time.sleep(3)  # the other server's last worker
    Path(file).write_text(json.dumps({"done": done, "odd": odd, "states": _states()}))


def hold(run_id: str) -> None:
    """Resume it and live on."""
    runs.resume(runs.find_run(run_id))
    time.sleep(600)


def act(action: str, file: str, run_id: str) -> None:
    """Do it, and write down what was said and how the runs stand."""
    refused = refusal(_ACTIONS[action], runs.find_run(run_id))
    Path(file).write_text(json.dumps({"refused": refused, "states": _states()}))


_ACTIONS: dict[str, Callable[[Run | None], object]] = {
    "start": lambda run: runs.start(_LONG),
    "stop": runs.request_stop,
    "resume": runs.resume,
    "delete": runs.delete,
    "rename": lambda run: runs.rename(run, "Renamed"),
}


def _other(folder: Path, action: str, run_id: str) -> dict[str, object]:
    """What a second server says when its visitor does this."""
    file = folder / "said.json"
    subprocess.run([sys.executable, "-c", _ASK.format("act"), action, str(file), run_id], cwd=ROOT, check=True)
    return json.loads(file.read_text())


def _states() -> dict[str, str]:
    return {run.id: run.state() for run in runs.list_runs(with_unreadable=True) if not run.is_recorded}
