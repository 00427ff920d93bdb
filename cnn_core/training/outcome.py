"""What a training leaves: its figures, the state to continue from, and the network."""

from collections.abc import Callable
from dataclasses import dataclass

import keras

from cnn_core.progress import EpochScores, TrainingState
from cnn_core.stoppable import settle
from cnn_core.training.learner import Learner


@dataclass(frozen=True, slots=True)
class Outcome:
    history: list[EpochScores]  # one row for each epoch that was completed in this call
    state: TrainingState
    is_finished: bool  # False: stopped on request
    _learner: Learner

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
