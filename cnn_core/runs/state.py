"""The states of a run."""

from enum import StrEnum


class RunState(StrEnum):
    STARTING = "starting"  # its worker has been launched and has not begun yet
    RUNNING = "running"
    TESTING = "testing"  # trained; measured on the test split and exported
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # no final event, and no worker: the machine or the process stopped

    @property
    def is_active(self) -> bool:
        """Whether a worker trains or tests it, so that it can be neither resumed nor deleted."""
        return self in (RunState.STARTING, RunState.RUNNING, RunState.TESTING)
