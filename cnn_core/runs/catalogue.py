"""Which runs there are.

A run of this machine comes before a recorded one of the same id, in every function: a visitor has unpacked it here.
Also one that cannot be read: it is listed as damaged, and once it is deleted the recorded run is listed again.
"""

from pathlib import Path

from cnn_core.runs import files, presence
from cnn_core.runs.run import Run
from cnn_core.runs.words import RunError


def list_runs(*, with_unreadable: bool = False) -> list[Run]:
    """This machine's runs, the one at work first, then the newest; then the recorded ones, best first.

    Args:
        with_unreadable: also those whose `config` raises RunError, to be shown with what `damage` says and deleted.
    """
    own = own_runs()
    ids = {run.id for run in own}
    recorded = [run for run in map(Run, files.folders(files.recorded_dir())) if run.id not in ids]
    at_work = running()
    own = [run for run in own if with_unreadable or is_readable(run)]
    own.sort(key=lambda run: (run == at_work, created(run), run.id), reverse=True)
    return [*own, *sorted(filter(is_readable, recorded), key=_recorded_rank)]


def running() -> Run | None:
    """The run that is at work on this machine now: starting, training or being tested."""
    named = map(Run, presence.named_at_work(files.runs_dir()))
    if at_work := next((run for run in named if run.state().is_active), None):
        return at_work
    if not presence.is_training(files.runs_dir()):
        return None
    return next((run for run in own_runs() if run.state().is_active), None)  # it could not write its name


def find_run(name: str) -> Run:
    """The run with this id or path: one of this machine's, or a recorded one."""
    for path in (files.runs_dir() / name, files.recorded_dir() / name, Path(name)):
        if files.is_run(path):
            return Run(path.resolve())
    raise RunError(f"There is no run called {name!r}; the command `runs` lists them.")


def recorded(name: str) -> Run:
    """The run of this id that came with the project, whatever this machine has. Raises RunError where it did not."""
    run = Run(files.recorded_dir() / name)
    if not (files.is_run(run.path) and run.has_network()):
        raise RunError(f"The kernels of {name!r} are not here: the project came without that recorded run.")
    return run


def is_readable(run: Run) -> bool:
    """Whether it has not been deleted, is undamaged, and was not written by a later version of this program."""
    try:
        return bool(run.config)
    except RunError:
        return False


def newest_created() -> str:
    """When the newest of this machine's runs was created, as ISO 8601; empty without one."""
    return max(map(created, own_runs()), default="")


def own_runs() -> list[Run]:
    """This machine's runs, also those that cannot be read, by the names of their folders from behind."""
    return [Run(folder) for folder in reversed(files.folders(files.runs_dir()))]


def created(run: Run) -> str:
    """When it was created, to sort by; before all others if it cannot be read."""
    try:
        return run.created
    except RunError:
        return ""


def _recorded_rank(run: Run) -> tuple[bool, float]:
    """Photographs before drawings, since visitors bring photos; then the most accurate."""
    result = run.result()
    return (run.config.data_set != "cifar10", -(result.test_accuracy if result else 0.0))
