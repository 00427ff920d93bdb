"""What a training leaves: its figures, the state to continue from, and the network."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import keras
import numpy as np

from cnn_core.progress import EpochScores, TrainingState
from cnn_core.stoppable import settle


class Kept(Protocol):
    """A network that is kept, and what brings it up to date."""

    def restore(self, variables: list[np.ndarray]) -> None: ...

    def refresh(self, should_stop: Callable[[], bool]) -> None: ...

    def kept_model(self) -> keras.Model: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    history: list[EpochScores]  # one row for each epoch that was completed in this call
    state: TrainingState
    is_finished: bool  # False: stopped on request
    _learner: Kept
    penalty: float | None = None  # of the last layer, where it alone was learned

    @property
    def model(self) -> keras.Model:
        """The network at `state`, in Keras' own layers, ready to be saved."""
        return self.network(lambda: False)

    def network(self, should_stop: Callable[[], bool]) -> keras.Model:
        """The same. With averaged weights it takes a pass over images: Stopped is raised if it should stop."""
        settle(should_stop)
        if not self.is_finished:  # the step that was stopped may have changed something
            self._learner.restore(self.state.variables)
        self._learner.refresh(should_stop)
        return self._learner.kept_model()
