"""A run that is to finish before its time: its rate falls to zero within seconds, and it ends as if planned so."""

from dataclasses import replace

import numpy as np
import pytest
from small_training import CONFIG, assert_identical, make_data_set, quiet_train

from cnn_core import clock
from cnn_core.config import FALL
from cnn_core.progress import Finish, TrainingState
from cnn_core.training.schedule import learning_rate

pytestmark = pytest.mark.slow  # every test here imports TensorFlow

RECIPE = replace(CONFIG.training, epochs=None, seconds=60.0, learning_rate=0.004, schedule="trapezoid")
TIMED = replace(CONFIG, training=RECIPE)


@pytest.fixture(scope="module")
def data_set():
    return make_data_set()


class Time:
    """A clock that each batch and each part of a validation advances by half a second."""

    def __init__(self, monkeypatch):
        self.now, self.batches = 100.0, []
        monkeypatch.setattr(clock.time, "monotonic", lambda: self.now)

    def batch(self, progress):
        self.now += 0.5
        self.batches.append(progress)

    def measuring(self, _):
        self.now += 0.5

    @property
    def listeners(self):
        return {"on_batch": self.batch, "on_measuring": self.measuring}


@pytest.fixture
def time(monkeypatch):
    return Time(monkeypatch)


@pytest.fixture
def rates(monkeypatch):
    """The learning rate of every step, warm-up excepted."""
    from cnn_core.training import learner

    set_to, rate = [], learner.Learner.learning_rate
    spy = property(rate.fget, lambda self, value: (set_to.append(value), rate.fset(self, value)))
    monkeypatch.setattr(learner.Learner, "learning_rate", spy)
    return set_to


def test_a_trapezoid_stays_up_and_falls_in_its_last_part():
    fractions = (0, 0.3, 1 - FALL, 1 - FALL / 2, 1 - FALL / 4, 1, 1.2)
    found = [learning_rate(RECIPE, fraction) for fraction in fractions]
    assert found == pytest.approx([0.004, 0.004, 0.004, 0.002, 0.001, 0, 0])


@pytest.mark.parametrize(("asked", "end"), [(0.0, 3.0), (20.0, 23.0), (30.0, 33.0), (31.0, 34.1), (600.0, 660.0)])
def test_it_takes_a_tenth_of_the_time_and_three_seconds_at_least(asked, end):
    assert Finish(asked, 0.5).end == pytest.approx(end)


def test_from_the_request_the_rate_falls_in_a_line_to_zero_and_the_run_ends_as_if_it_were_over(data_set, time, rates):
    """Asked after 5 s of 60, at the full rate: six steps of half a second fill the 3 s that follow."""
    finishes, epochs = [], []
    told = {"on_finish": finishes.append, "on_epoch": epochs.append, **time.listeners}
    outcome = quiet_train(TIMED, data_set, should_finish=lambda: len(time.batches) >= 9, **told)
    assert outcome.is_finished
    assert [state.finish for state in finishes] == [Finish(5.0, 5 / 60)]
    assert rates == pytest.approx([0.004] * 10 + [0.004 * left / 6 for left in (5, 4, 3, 2, 1)])
    assert [progress.fraction for progress in time.batches[-2:]] == pytest.approx([7 / 8, 7.5 / 8])
    assert [(row.epoch, row.passes) for row in outcome.history] == [(1, 1.0), (2, 1 + 6 / 9)]
    assert (outcome.state.seconds, outcome.state.finish) == (8.5, Finish(5.0, 5 / 60))
    assert len(epochs) == 2


def test_of_a_falling_rate_it_goes_on_from_what_that_was_and_no_run_lasts_longer_than_planned(data_set, time, rates):
    config = replace(TIMED, training=replace(RECIPE, schedule="linear", seconds=8.0))
    outcome = quiet_train(config, data_set, should_finish=lambda: len(time.batches) >= 12, **time.listeners)
    assert rates[-3:] == pytest.approx([0.004 * left / 16 for left in (3, 2, 1)]), "6.5 s and 3 s are more than 8 s"
    assert outcome.state.seconds == 8.5
    by_epochs = replace(CONFIG, training=replace(CONFIG.training, schedule="constant"))  # of 18 batches
    rates.clear()
    time.batches.clear()
    outcome = quiet_train(by_epochs, data_set, should_finish=lambda: len(time.batches) >= 16, **time.listeners)
    assert rates[-3:] == pytest.approx([3e-3, 3e-3, 1.5e-3])
    assert [row.passes for row in outcome.history] == [1, 2]


def test_a_request_before_the_first_batch_gives_a_run_of_three_seconds(data_set, time, rates):
    outcome = quiet_train(TIMED, data_set, should_finish=lambda: True, **time.listeners)
    assert rates == pytest.approx([0.004 * left / 6 for left in (6, 5, 4, 3, 2, 1)])
    assert [(row.epoch, row.passes) for row in outcome.history] == [(1, 6 / 9)]


def test_a_run_that_is_stopped_while_it_finishes_goes_on_finishing(data_set, time, rates):
    whole = quiet_train(TIMED, data_set, should_finish=lambda: len(time.batches) >= 4, **time.listeners)
    of_whole, rates[:] = list(rates), []
    time.batches.clear()
    states = []
    asked = {"should_finish": lambda: len(time.batches) >= 4, "on_finish": states.append}
    part = quiet_train(TIMED, data_set, should_stop=lambda: len(time.batches) >= 6, **asked, **time.listeners)
    assert not part.is_finished
    assert part.state.finish == Finish(2.0, 2 / 60)
    rest = quiet_train(TIMED, data_set, state=through_a_file(part.state), **time.listeners)
    assert rest.is_finished
    assert rates == pytest.approx(of_whole)
    assert_identical(rest.state.variables, whole.state.variables)
    assert_identical(rest.model.get_weights(), whole.model.get_weights())
    from_its_beginning = quiet_train(TIMED, data_set, state=through_a_file(states[0]), **time.listeners)
    assert_identical(from_its_beginning.state.variables, whole.state.variables)
    after_its_end = quiet_train(TIMED, data_set, state=through_a_file(whole.state), **time.listeners)
    assert after_its_end.history == []
    assert_identical(after_its_end.model.get_weights(), whole.model.get_weights())


def through_a_file(state):
    return TrainingState.from_arrays({name: np.copy(value) for name, value in state.to_arrays().items()})


def test_a_state_of_earlier_weeks_is_read_and_one_without_a_finish_is_stored_as_then():
    arrays = TrainingState(1, 2, 3.0, np.ones(4), [np.zeros(2)]).to_arrays()
    assert "finish" not in arrays
    assert TrainingState.from_arrays(arrays).finish is None


def test_the_statistics_of_the_network_are_those_of_training_images(data_set, time):
    """Batch-norm's own are still near those that it began with after six steps."""
    outcome = quiet_train(TIMED, data_set, should_finish=lambda: True, **time.listeners)
    import keras

    layers = outcome.model.layers
    first = next(number for number, layer in enumerate(layers) if isinstance(layer, keras.layers.BatchNormalization))
    before = keras.Model(outcome.model.inputs, layers[first - 1].output)
    images = data_set.split("train").images()
    expected = before.predict(images, verbose=0).mean(axis=(0, 1, 2))
    np.testing.assert_allclose(layers[first].moving_mean, expected, rtol=1e-4)
