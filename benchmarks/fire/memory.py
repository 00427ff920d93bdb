"""Memory runs out: the system ends the worker and nothing else, and the page says so and what to lower."""

from pathlib import Path

from benchmarks.fire.limits import control_group, may_limit
from benchmarks.fire.stage import SMALL, Ledger, changed, is_over, page_text, python, stage, wait_for
from cnn_core import runs
from cnn_core.runs import Run, RunState

_LIMIT, _OTHERS = 2_000_000_000, 1_700_000_000
# A server in the group, where other programs take most of the memory.
_SERVER = """
import os, sys, time
os.environ["CNN_SERVER"] = "laptop"  # a group of little memory makes a small server, which refuses so many epochs
with open(sys.argv[1], "w") as file:
    file.write(str(os.getpid()))
from cnn_core import memory, runs
run = runs.find_run(sys.argv[2])
if sys.argv[3] == "refuses":
    print(memory.refusal(run.config), file=open(sys.argv[4], "w"))
    sys.exit()
for number in range(5):  # each so small that the system does not choose it
    if os.fork() == 0:
        others = b"x" * (int(sys.argv[3]) // 5)
        os.close(os.open(sys.argv[4] + str(number), os.O_CREAT))
        time.sleep(600)
while not all(os.path.exists(sys.argv[4] + str(number)) for number in range(5)):
    time.sleep(0.05)
runs.resume(run)
while True:
    time.sleep(0.2)
"""


def memory(ledger: Ledger, *, is_long: bool) -> dict[str, object]:
    if not may_limit():
        return {"skipped": "it needs root"}
    figures: dict[str, object] = {}
    config = changed(SMALL, epochs=1000)
    with stage() as folder:
        run = runs.create(config)
        limits = {"memory.limit_in_bytes": str(_LIMIT)}, {"memory.max": str(_LIMIT), "memory.swap.max": "0"}
        with (
            control_group("memory", *limits) as group,
            python(_SERVER, str(group), run.id, str(_OTHERS), str(folder / "taken")) as server,
        ):
            wait_for(lambda: run.worker() is not None)
            figures["seconds_until_it_is_known"] = round(wait_for(lambda: is_over(run) and run.was_killed()), 1)
            ledger.hold(server.poll() is None, "the server was ended, not the worker")
            ledger.hold(run.state() == RunState.INTERRUPTED, f"it is {run.state()}")
            said = [line for line in page_text().splitlines() if "memory ran out" in line]
            figures["said"] = said[0] if said else None
            ledger.hold("smaller batch size or fewer filters" in str(figures["said"]), "the page does not say it")
        ledger.hold(runs.is_resumable(run), "it cannot be resumed")
        figures["refused"] = _refusal(folder, run, ledger)
    return figures


def _refusal(folder: Path, run: Run, ledger: Ledger) -> str:
    """What a machine says that has too little from the beginning."""
    few = {"memory.limit_in_bytes": "900000000"}, {"memory.max": "900000000"}
    said = folder / "said"
    with control_group("memory", *few) as group, python(_SERVER, str(group), run.id, "refuses", str(said)) as server:
        wait_for(lambda: server.poll() is not None)
    ledger.hold("of memory; this machine has" in said.read_text(), "too small a machine refuses nothing")
    return said.read_text().strip()
