"""A run in words: its state as a badge, times as people say them."""

from typing import NamedTuple

from cnn_core.runs import Run, RunState


class Badge(NamedTuple):
    label: str
    icon: str
    color: str


BADGES = {
    RunState.STARTING: Badge("starting", ":material/hourglass_top:", "blue"),
    RunState.RUNNING: Badge("training", ":material/directions_run:", "blue"),
    RunState.TESTING: Badge("testing", ":material/fact_check:", "blue"),
    RunState.FINISHED: Badge("finished", ":material/check_circle:", "green"),
    RunState.STOPPED: Badge("stopped", ":material/stop_circle:", "orange"),
    RunState.FAILED: Badge("failed", ":material/error:", "red"),
    RunState.INTERRUPTED: Badge("interrupted", ":material/power_off:", "orange"),
}
REPLAY = Badge("replay", ":material/replay:", "violet")
DIVERGED = Badge("diverged", ":material/trending_up:", "red")


def badge(run: Run) -> Badge:
    """How the run stands; "starting" also while its worker is there and TensorFlow still loads."""
    state = run.state()
    if run.has_diverged():
        return DIVERGED
    return BADGES[RunState.STARTING if state == RunState.RUNNING and run.progress() is None else state]


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
