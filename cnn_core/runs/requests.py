"""What anybody may ask of a run that is being trained: to stop, so that it can be resumed, or to finish now."""

from cnn_core.runs import escalation, files
from cnn_core.runs.events import RunState
from cnn_core.runs.files import put
from cnn_core.runs.run import Run
from cnn_core.runs.words import RunError, in_words


def request_stop(run: Run) -> None:
    """Ask the worker to stop; anybody may. One that shows no sign of life is ended: the run can be resumed."""
    state = run.state()
    if state == RunState.STARTING:
        raise RunError(f"{run.title!r} is just starting. Stop it in a moment.")
    if state.is_active:
        with in_words(run.id):
            put(run.path / files.STOP, b"")
        escalation.watch(run)


def request_finish(run: Run) -> None:
    """Ask the worker to let the learning rate fall to zero within seconds, and to end the run as if it were over.

    Asked again it changes nothing, nor where no batch is trained on any more. Before the first batch it counts from
    there. A stop comes first; the request stays, and the run finishes when it is resumed.
    """
    state = run.state()
    if state == RunState.STARTING:
        raise RunError(f"{run.title!r} is just starting. Finish it in a moment.")
    if state != RunState.RUNNING or run.is_stopping():
        return
    if run.config.reuse:
        raise RunError(f"{run.title!r} learns its last layer alone, which takes seconds.")
    if not can_finish(run):
        raise RunError(f"{run.title!r} is trained by several machines, which cannot finish it early.")
    with in_words(run.id):
        put(run.path / files.FINISH, b"")


def can_finish(run: Run) -> bool:
    """Whether it takes steps, on one machine: several have a clock each, and would not do so at the same step."""
    worker = run.worker()
    try:
        return not run.config.reuse and (worker is None or worker.machines == 1)
    except RunError:  # another visitor deletes it
        return False
