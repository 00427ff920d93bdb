"""What is shown of a run, read once: what another visitor does to it meanwhile breaks no page."""

from dataclasses import dataclass

import pandas as pd

from cnn_core.config import ExperimentConfig
from cnn_core.progress import Look, Measuring, Progress, Result
from cnn_core.runs import Run, RunState
from pages.ui.run_words import Badge, badge


@dataclass(frozen=True)
class RunView:
    """What is shown of a run, as it is now."""

    title: str
    config: ExperimentConfig
    state: RunState
    badge: Badge
    is_loading: bool
    is_stopping: bool
    has_diverged: bool
    was_killed: bool
    reason: str | None
    damage: str | None
    progress: Progress | None
    measuring: Measuring | None
    silence: float  # seconds since the worker's last event
    seconds: float
    result: Result | None
    history: pd.DataFrame
    batches: pd.DataFrame
    samples: pd.DataFrame
    looks: list[Look]

    @property
    def watched_split(self) -> str:
        """The split that is measured after each epoch."""
        return "test" if self.config.training.validate_on == "test" else "validation"


def read_view(run: Run) -> RunView:
    """Raises RunError if another visitor has deleted the run, or this program cannot read what it is."""
    state = run.state()
    has_begun = state.is_active and state != RunState.STARTING
    return RunView(
        title=run.title,
        config=run.config,
        state=state,
        badge=badge(run),
        is_loading=run.is_loading(),
        is_stopping=run.is_stopping(),
        has_diverged=run.has_diverged(),
        was_killed=run.was_killed(),
        reason=run.reason(),
        damage=run.damage(),
        progress=run.progress(),
        measuring=run.measuring(),
        silence=run.last_event_age() or 0.0 if has_begun else 0.0,
        seconds=run.seconds(),
        result=run.result(),
        history=run.history(),
        batches=run.batches(),
        samples=run.samples(),
        looks=run.looks(),
    )
