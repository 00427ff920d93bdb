"""The training loop: a configuration and a data set in, a trained network out.

It knows no files. The functions `on_...` are called with what happens; `should_stop` is asked after every batch, within
a long one again and again, and within a validation after every few images; `should_finish` before every batch. All
random choices follow from the seed, the epoch and the batch number, except dropout, whose state is among the variables;
so a run that continues from a `TrainingState` does exactly what it would have done without the interruption. A limit in
seconds is the exception: there the clock decides how far the run gets, as it does for a finish before the end.
Validating changes nothing: it uses a copy of the network, always in float32.

The loop is written out instead of using `keras.Model.fit`, because `fit` can neither stop within an epoch and continue
exactly nor run on several machines (Keras 3.15); the tests check that it equals `fit` on the same batches.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import tensorflow as tf

from cnn_core.batches import Batches
from cnn_core.clock import Clock, Speedometer
from cnn_core.config import ExperimentConfig, TrainingConfig
from cnn_core.data import DataSet, Split
from cnn_core.evaluation import Scores, scores
from cnn_core.progress import Diverged, Epoch, EpochScores, Look, Measuring, Progress, Sample, Stopped, TrainingState
from cnn_core.stoppable import unless_stopped
from cnn_core.training.learner import Learner
from cnn_core.training.listeners import Listeners, print_batch, print_epoch
from cnn_core.training.models import LayerClasses
from cnn_core.training.outcome import Outcome
from cnn_core.training.schedule import rate_now
from cnn_core.training.validation import LiveSample

WHITENED_IMAGES = 5_000  # training images whose patches the whitening is computed from
SNAPSHOT_IMAGES = 2_000  # validation images whose probabilities are kept after every epoch
LONG_STEP = 2.0  # seconds; a stop does not wait for the end of such a step. The copy of the state takes up to 0.3


def train(
    config: ExperimentConfig,
    data: DataSet,
    *,
    strategy: tf.distribute.Strategy | None = None,
    state: TrainingState | None = None,
    layer_classes: LayerClasses | None = None,
    on_tuned: Callable[[Mapping[str, str]], None] = lambda gradients: None,
    on_batch: Callable[[Progress], None] = print_batch,
    on_sample: Callable[[Sample], None] | None = None,
    on_look: Callable[[Look], None] = lambda look: None,
    on_measuring: Callable[[Measuring], None] = lambda measuring: None,
    on_epoch: Callable[[Epoch], None] = print_epoch,
    on_finish: Callable[[TrainingState], None] = lambda state: None,
    should_stop: Callable[[], bool] = lambda: False,
    should_finish: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train one network, from the beginning or from `state`. Raises Diverged once the loss is no longer a number.

    Args:
        strategy: where to compute; None is TensorFlow's default. Each batch is divided among its replicas.
        state: of an `Epoch` or `Outcome` of the same config, to continue from. Another network's is a ValueError.
        layer_classes: replace ours in training, by the name of the Keras class; with the same variables.
        on_tuned: called, before the first batch, with how the gradients of convolutions are computed: see `tuning`.
        on_sample: called every few seconds with the results on a few validation images; None: no samples, no looks.
        on_look: called, at the start, at some of the samples and after each epoch, with what a class watches.
        on_measuring: called with how far each whole validation is.
        on_finish: called with the state in which the run begins to finish.
        should_stop: a validation or a long batch during which it returns True ends, and is repeated on continuing.
        should_finish: once it returns True, the rate falls to zero within seconds (`Finish`), and the run ends as if
            that had been its plan.
    """
    train_split, validation = splits(config, data)
    batches = Batches(config.training, train_split)
    learner = Learner(config, strategy or tf.distribute.get_strategy(), layer_classes)
    state = state or TrainingState()
    if state.variables:
        learner.restore(state.variables)
    else:
        learner.initialize(batches.first_images(WHITENED_IMAGES))
    state = replace(state, variables=learner.variables())
    listeners = Listeners(
        on_tuned, on_batch, on_sample, on_look, on_measuring, on_epoch, on_finish, should_stop, should_finish
    )
    return _Training(config.training, batches, validation, learner, state, listeners).run()


def splits(config: ExperimentConfig, data: DataSet) -> tuple[Split, Split]:
    """The images that it trains on and those that it validates on."""
    return data.split(config.training.train_on), data.split(config.training.validate_on)


class _Training:
    """One call of `train`: where it is, and what it does next."""

    def __init__(
        self,
        recipe: TrainingConfig,
        batches: Batches,
        validation: Split,
        learner: Learner,
        state: TrainingState,
        listeners: Listeners,
    ) -> None:
        self._recipe, self._batches, self._learner, self._listeners = recipe, batches, learner, listeners
        self._validation, self._images, self._labels = validation, validation.images(), validation.labels
        self._sample: LiveSample | None = None
        self._epoch, self._batch, self._sums = state.epoch, state.batch, state.sums
        self._history: list[EpochScores] = []
        self._step_seconds = 0.0
        self._state = state  # what a stop leaves; renewed before each part that may be stopped

    def run(self) -> Outcome:
        is_finished = True
        try:
            gradients = self._learner.tune(self._state.gradients, self._listeners.should_stop)
            self._state = replace(self._state, gradients=gradients)
            self._listeners.on_tuned(gradients)
            self._learner.warm_up(self._batches, self._listeners.should_stop)
            if self._listeners.on_sample:
                self._sample = LiveSample(self._validation, self._learner, self._listeners.should_stop)
            self._clock = Clock(self._recipe, len(self._batches), self._state.seconds, self._state.finish)
            self._stop_if_asked()
            self._tell(self._sample and self._sample.look(self._clock.seconds()))
            while self._batch or not self._clock.is_over(self._epoch):  # an epoch that has begun is also validated
                self._train_batches()
                self._validate()
            self._refresh()  # it may have been stopped after its end
        except Stopped:
            is_finished = False
        return Outcome(self._history, self._state, is_finished, self._learner)

    def _train_batches(self) -> None:
        """The rest of the epoch, or of the time. Raises Stopped after the batch at which a stop was requested."""
        if self._batch and self._clock.is_out_of_time():  # it was stopped within the last validation
            return
        speed = Speedometer(self._sums[3])
        for images, labels in self._learner.distribute(self._batches, self._epoch, self._batch):
            self._finish_if_asked()
            self._learner.learning_rate = rate_now(self._recipe, self._clock, self._epoch, self._batch)
            self._sums = self._sums + self._step(partial(self._learner.step, images, labels))
            if not np.isfinite(self._sums).all():
                raise Diverged
            self._batch += 1
            self._listeners.on_batch(self._progress(speed))
            if self._listeners.should_stop():
                self._state = self._current_state()
                raise Stopped
            if self._clock.is_out_of_time():
                break
            if self._sample and self._sample.is_due():
                self._measure(self._sample)
        self._state = self._current_state()

    def _finish_if_asked(self) -> None:
        if self._clock.finish is None and self._listeners.should_finish():
            self._clock.begin_finish(self._epoch, self._batch)
            self._state = self._current_state()
            self._listeners.on_finish(self._state)

    def _step(self, step: Callable[[], np.ndarray]) -> np.ndarray:
        """The sums of one step. After a long one, the next can be stopped: it will then not have been."""
        started = time.perf_counter()
        if self._step_seconds < LONG_STEP:
            sums = step()
        else:
            self._state = self._current_state()
            sums = unless_stopped(step, self._listeners.should_stop)
        self._step_seconds = time.perf_counter() - started
        return sums

    def _measure(self, live: LiveSample) -> None:
        """A sample between two batches, and the look that it allows."""
        try:
            sample = live.measure(self._passes(), self._clock.seconds)
        except Stopped:
            self._state = self._current_state()
            raise
        self._listeners.on_sample(sample)
        self._tell(live.look(sample.seconds))

    def _validate(self) -> None:
        """The end of the epoch. Raises Stopped, without any change, if a stop is requested meanwhile."""
        self._refresh()
        probabilities = self._learner.classify(self._images, self._after_chunk)
        measured = scores(self._labels, probabilities)
        if not math.isfinite(measured.loss):
            raise Diverged
        row = self._epoch_scores(measured)
        self._epoch, self._batch, self._sums = self._epoch + 1, 0, np.zeros(4)
        self._state = replace(self._state, epoch=self._epoch, batch=0, seconds=self._clock.seconds(), sums=self._sums)
        self._history.append(row)
        if self._sample:
            is_last = self._clock.is_over(self._epoch)
            self._tell(self._sample.look_after_epoch(probabilities, row.seconds, is_last=is_last))
        kernels = self._learner.first_kernels()
        self._listeners.on_epoch(Epoch(row, kernels, probabilities[:SNAPSHOT_IMAGES], self._state))

    def _refresh(self) -> None:
        self._learner.refresh(self._listeners.should_stop, new_statistics=self._clock.finish is not None)

    def _tell(self, look: Look | None) -> None:
        if look:
            self._listeners.on_look(look)

    def _after_chunk(self, done: int) -> None:
        self._listeners.on_measuring(Measuring("validation", done, len(self._images)))
        self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        if self._listeners.should_stop():
            raise Stopped

    def _current_state(self) -> TrainingState:
        variables = self._learner.variables()
        position = self._epoch, self._batch, self._clock.seconds()
        return TrainingState(*position, self._sums, variables, self._clock.finish, self._state.gradients)

    def _passes(self) -> float:
        return self._epoch + self._batch / len(self._batches)

    def _progress(self, speed: Speedometer) -> Progress:
        loss, correct, squared_error, seen = map(float, self._sums)
        return Progress(
            epoch=self._epoch + 1,
            batch=self._batch,
            batches=len(self._batches),
            fraction=self._clock.fraction(self._epoch, self._batch),
            seconds=self._clock.seconds(),
            images_per_second=speed.images_per_second(seen),
            loss=loss / seen,
            accuracy=correct / seen,
            mse=squared_error / seen,
        )

    def _epoch_scores(self, validation: Scores) -> EpochScores:
        loss, correct, squared_error, seen = map(float, self._sums)
        return EpochScores(
            epoch=self._epoch + 1,
            passes=self._passes(),
            loss=loss / seen,
            accuracy=correct / seen,
            mse=squared_error / seen,
            val_loss=validation.loss,
            val_accuracy=validation.accuracy,
            val_mse=validation.mse,
            learning_rate=self._learner.learning_rate,
            seconds=self._clock.seconds(),
        )
