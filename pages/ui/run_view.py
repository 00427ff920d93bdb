"""What is shown of a run, read once: what another visitor does to it meanwhile breaks no page."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cnn_core import data, limits, plotting
from cnn_core.config import ExperimentConfig
from cnn_core.evaluation import Diagnosis, diagnose
from cnn_core.progress import Finish, Look, Measuring, Progress, Result
from cnn_core.runs import Run, RunError, RunState
from pages.ui.run_words import Badge, badge


@dataclass(frozen=True)
class RunView:
    """What is shown of a run, as it is now."""

    source: tuple[str, float]  # the run's folder and when its log was written: until it is again, its curves stay
    title: str
    config: ExperimentConfig
    state: RunState
    badge: Badge
    is_loading: bool
    is_stopping: bool
    is_finishing: bool  # before its time
    finish: Finish | None  # when it began to
    finished_early: str | None  # that it did, in words
    has_diverged: bool
    was_killed: bool
    is_imported: bool
    was_stopped: bool  # asked to stop, it ended without an answer
    reason: str | None
    damage: str | None
    progress: Progress | None
    measuring: Measuring | None
    quiet: float  # seconds since the worker's last event
    silence: float  # seconds since its last sign of life
    seconds: float
    result: Result | None
    history: pd.DataFrame
    batches: pd.DataFrame
    samples: pd.DataFrame
    looks: list[Look]
    answers: np.ndarray | None  # integer (classes,): how many validation images got each class, after the last epoch

    @property
    def diagnosis(self) -> Diagnosis | None:
        """What the curves show, and one thing to try next; None before there is anything to say."""
        return diagnose(
            self.history,
            replace(self.config, training=limits.without_time_limit(self.config.training)),
            answers=self.answers,
            class_names=data.learned(self.config).class_names,
            is_live=self.is_training,
            has_diverged=self.has_diverged,
            was_finished=self.finished_early is not None,
        )

    @property
    def is_training(self) -> bool:
        """Whether the curves still grow: not while the network is tested."""
        return self.state.is_active and self.state != RunState.TESTING

    @property
    def described(self) -> str:
        """How far accuracy came, in a sentence."""
        classes = self.config.network.classes
        return plotting.describe_curves(
            self.history, classes=classes, validation_name=self.watched_split, samples=self.samples
        )

    @property
    def watched_split(self) -> str:
        """The split that is measured after each epoch."""
        return "test" if self.config.training.validate_on == "test" else "validation"


def read_view(run: Run) -> RunView:
    """Raises RunError if another visitor has deleted the run, or this program cannot read what it is."""
    source = (str(run.path), run.last_event_time() or 0.0)  # asked first: what is read later is at least as new
    state = run.state()
    history = run.history()
    has_begun = state.is_active and state != RunState.STARTING
    return RunView(
        source=source,
        title=run.title,
        config=run.config,
        state=state,
        badge=badge(run),
        is_loading=run.is_loading(),
        is_stopping=run.is_stopping(),
        is_finishing=run.is_finishing(),
        finish=run.finish(),
        finished_early=run.finished_early(),
        has_diverged=run.has_diverged(),
        was_killed=run.was_killed(),
        is_imported=run.is_imported,
        was_stopped=run.stop_is_requested(),
        reason=run.reason(),
        damage=run.damage(),
        progress=run.progress(),
        measuring=run.measuring(),
        quiet=run.last_event_age() or 0.0 if has_begun else 0.0,
        silence=run.silence() or 0.0,
        seconds=run.seconds(),
        result=run.result(),
        history=history,
        batches=run.batches(),
        samples=run.samples(),
        looks=run.looks(),
        answers=None if state.is_active or history.empty else _answers(run, int(history["epoch"].iloc[-1])),
    )


def _answers(run: Run, epoch: int) -> np.ndarray | None:
    """How often each class was the answer in a snapshot; None if there is none that can be read."""
    try:
        answers = run.snapshot(epoch).probabilities.argmax(axis=1)
    except RunError:
        return None
    return np.bincount(answers, minlength=run.config.network.classes)
