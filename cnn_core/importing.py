"""A run brought in from the zip that Download gave somewhere else. `runs.parcel` checks what a stranger may have made.

Its network is rebuilt from its weights in a process of its own, since TensorFlow is not for the web process.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

from cnn_core import data, evaluation, memory, places, runs
from cnn_core.config import NetworkConfig

MOST_BYTES = 200_000_000  # of a zip: more than the largest recorded run's four times
_PATIENCE = 600.0  # seconds; a small network takes 15, the champion's 20
_SAME = 1e-4  # of an accuracy that is in the log and follows from the predictions
_NO_WEIGHTS = (
    "It came without its network, which this app rebuilds from plain weights, and the zip has none: download the run "
    "again from an app of this version."
)
_TOO_LARGE = "The file has {:,.0f} MB; a run's zip may have at most {:,.0f} MB."


@dataclass(frozen=True, slots=True)
class Imported:
    """A run that was brought in."""

    run: runs.Run
    notes: tuple[str, ...]  # what is worth knowing about it, each a sentence


def bring_in(content: bytes, *, most: float = MOST_BYTES) -> Imported:
    """Make a run of a zip. Raises RunError, one sentence, if it cannot be; then nothing of it stays."""
    check_size(len(content), most)
    parcel = runs.open_parcel(content)
    if runs.files.WEIGHTS in parcel.members:
        _check_memory(parcel.config.network)  # before they are read, which takes some too
    weights = parcel.weights()
    with runs.receive(parcel, weights) as arrived:
        notes = []
        if arrived.result() is not None:
            notes.append(_NO_WEIGHTS if weights is None else _rebuild(arrived))
        if left_out := runs.drop_unreadable(arrived):
            notes.append(f"What could not be read was left out: {', '.join(left_out)}.")
        _check_result(arrived)
        if removed := runs.make_room(runs.files.size(arrived.path), runs.delete):
            notes.append(f"To make room, {', '.join(removed)} had to go.")
        run = runs.settle(arrived, parcel.id)
    if run.id != parcel.id:
        notes.append(f"There is a run called {parcel.id} here, so this one is called {run.id}.")
    return Imported(run, tuple(notes))


def check_size(size: int, most: float = MOST_BYTES) -> None:
    """Raises RunError if a zip of so many bytes is too large."""
    if size > most:
        raise runs.RunError(_TOO_LARGE.format(size / 1e6, most / 1e6))


def _check_memory(network: NetworkConfig) -> None:
    """Raises RunError if the network cannot be rebuilt on this machine now."""
    other = runs.running()
    try:
        beside = other.config if other else None
    except runs.RunError:
        beside = None
    if refusal := memory.refusal_to_rebuild(network, beside):
        raise runs.RunError(f"{refusal} Bring the run in {'when that is over' if beside else 'on a larger machine'}.")


def _rebuild(run: runs.Run) -> str:
    """Have the network rebuilt; what was found out about it."""
    command = [sys.executable, "-m", "cnn_core.rebuilding", str(run.path.resolve())]
    environment = {**os.environ, "CNN_DATA_DIR": str(data.data_dir())}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=places.PROGRAM, env=environment, text=True, **pipes) as process:
        try:
            process.wait(_PATIENCE)  # its standard input stays open: it ends when this process does
            lines = process.stdout.read().splitlines()
        except subprocess.TimeoutExpired:
            raise runs.RunError("Rebuilding its network took too long on this machine.") from None
        finally:
            process.kill()
    return _outcome(lines, process.returncode)


def _outcome(lines: list[str], code: int) -> str:
    try:
        outcome = json.loads(lines[-1])
    except (IndexError, ValueError):
        why = "memory ran out, most likely" if code < 0 else f"its process ended with code {code}"
        raise runs.RunError(f"The network could not be rebuilt: {why}.") from None
    if "refused" in outcome:
        raise runs.RunError(outcome["refused"])
    return outcome["found"]


def _check_result(run: runs.Run) -> None:
    """The table of runs has the log's figures, the evaluation those of the predictions."""
    result = run.result()
    if result and run.is_tested():
        found = evaluation.scores(*run.predictions()).accuracy
        if abs(found - result.test_accuracy) > _SAME:
            raise runs.RunError(
                f"Its log says a test accuracy of {result.test_accuracy:.2%}, and its predictions {found:.2%}: one of "
                "the two has been changed."
            )
