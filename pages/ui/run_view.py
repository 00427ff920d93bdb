"""What is shown of a run, read once: what another visitor does to it meanwhile breaks no page."""

from dataclasses import dataclass
from math import inf

import pandas as pd

from cnn_core.config import TrainingConfig
from cnn_core.progress import Measuring, Progress, Result
from cnn_core.runs import Run, RunState


@dataclass(frozen=True)
class RunView:
    """What is shown of a run, as it was after `until` seconds of training; infinite: as it is now."""

    path: str
    title: str
    recipe: TrainingConfig
    until: float
    state: RunState
    is_stopping: bool
    has_diverged: bool
    was_killed: bool
    reason: str | None
    damage: str | None
    progress: Progress | None
    measuring: Measuring | None
    silence: float  # seconds since the worker's last event
    passes: float
    seconds: float
    result: Result | None
    history: pd.DataFrame
    under_way: pd.DataFrame
    samples: pd.DataFrame

    @property
    def is_replay(self) -> bool:
        return self.until < inf

    @property
    def watched_split(self) -> str:
        """The split that is measured after each epoch."""
        return "test" if self.recipe.validate_on == "test" else "validation"


def read_view(run: Run, until: float = inf) -> RunView:
    """Raises RunError if another visitor has deleted the run, or this program cannot read what it is."""
    is_live, state = until == inf, run.state()
    has_begun = is_live and state.is_active and state != RunState.STARTING
    return RunView(
        path=str(run.path),
        title=run.title,
        recipe=run.config.training,
        until=until,
        state=state,
        is_stopping=is_live and run.is_stopping(),
        has_diverged=run.has_diverged(),
        was_killed=run.was_killed(),
        reason=run.reason(),
        damage=run.damage(),
        progress=run.progress(until),
        measuring=run.measuring() if is_live else None,
        silence=run.last_event_age() or 0.0 if has_begun else 0.0,
        passes=round(run.passes(until), 1),
        seconds=run.seconds(),
        result=run.result() if is_live else None,
        history=run.history(until),
        under_way=run.epoch_under_way(until),
        samples=run.samples(until),
    )
