"""A disk that is full, and one that becomes read-only: a sentence, a run that can be resumed, the same end."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.fire.limits import full, hide_mounts, may_limit, read_only, small_disk
from benchmarks.fire.stage import (
    SMALL,
    Ledger,
    changed,
    epochs_kept,
    half_written,
    is_over,
    is_testing,
    refusal,
    stage,
    undisturbed,
    wait_for,
)
from cnn_core import runs
from cnn_core.runs import Run, RunState

_FULL, _READ_ONLY, _CANNOT_BE_WRITTEN = "The disk of this machine is full", "read-only", "can be written"
_CONFIG = changed(SMALL, epochs=8)


def disk(ledger: Ledger, *, is_long: bool) -> dict[str, object]:
    if not may_limit():
        return {"skipped": "it needs root"}
    hide_mounts()
    figures: dict[str, object] = {}
    with stage() as folder:
        whole = undisturbed(_CONFIG)
        moments = {"training": lambda run: len(run.history()) >= 1, "test": is_testing}
        for size in ("8m", "6m") if is_long else ("8m",):  # of another size, another write is the one that fails
            with small_disk(folder / f"small-{size}", size) as small:
                os.environ["CNN_RUNS_DIR"] = str(small)
                for trouble, words, what in ((full, _FULL, "full"), (read_only, _READ_ONLY, "read-only")):
                    at_start = _CANNOT_BE_WRITTEN if trouble is read_only else words
                    figures[f"start, {what}"] = _start(small, trouble, at_start, ledger)
                    for name, moment in moments.items():
                        label = f"{name}, {what}, {size}"
                        figures[label] = _train(small, trouble, words, moment, whole, ledger, label)
        figures["zombies"] = ledger.hold_no_zombies()
    return figures


Trouble = Callable[[Path], AbstractContextManager[None]]


def _start(folder: Path, trouble: Trouble, words: str, ledger: Ledger) -> str:
    before = set(folder.iterdir())
    with trouble(folder):
        said = refusal(runs.start, _CONFIG) or "nothing"
    ledger.hold(words in said, f"on such a disk Start says: {said}")
    left = {path.name for path in set(folder.iterdir()) - before if path.is_dir() or path.stat().st_size}
    ledger.hold(not left, f"a refused start leaves {left}")
    return said


def _train(
    folder: Path,
    trouble: Trouble,
    words: str,
    moment: Callable[[Run], bool],
    whole: Run,
    ledger: Ledger,
    label: str,
) -> str:
    """The state in which it ends, and what is said then."""
    run = runs.start(_CONFIG)
    wait_for(lambda: moment(run) or is_over(run), pause=0.001)
    with trouble(folder):
        kept = epochs_kept(run)
        wait_for(lambda: is_over(run))
        state, said = run.state(), run.reason()
        if state == RunState.INTERRUPTED:  # not even its log could be written
            said = refusal(runs.resume, run) or said
        ledger.hold(state in (RunState.FAILED, RunState.INTERRUPTED), f"{label}: it is {state}")
        ledger.hold(words in (said or ""), f"{label}: it says {said}")
        ledger.hold(epochs_kept(run) >= kept, f"{label}: a finished epoch was lost")
        ledger.hold(runs.is_resumable(run), f"{label}: it cannot be resumed")
    runs.resume(run)
    wait_for(lambda: is_over(run))
    ledger.hold_whole(run, whole, label)
    ledger.hold(not half_written(run), f"{label}: a temporary file was left")
    runs.delete(run)
    return f"{state}: {said}"
