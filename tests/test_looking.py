"""What a class watches while a run trains: the same few validation images throughout, without effect on training."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from small_training import CONFIG, assert_identical, make_data_set, quiet_train, stop_after

from cnn_core.config import Block, NetworkConfig
from cnn_core.runs.looks import look_fields

pytestmark = pytest.mark.slow  # every test here imports TensorFlow


@pytest.fixture(scope="module")
def data_set():
    return make_data_set("train", "val")  # without a test split: whoever asks for it gets an error


@pytest.fixture
def after_every_batch(monkeypatch):
    """Samples and looks after every batch."""
    from cnn_core.training import looking, validation

    monkeypatch.setattr(validation, "SAMPLE_INTERVAL", 0.0)
    monkeypatch.setattr(validation, "SAMPLE_SHARE", 1e9)
    monkeypatch.setattr(looking, "INTERVAL", 0.0)
    monkeypatch.setattr(looking, "LOOK_SHARE", 0.0)
    monkeypatch.setattr(looking, "KERNEL_SHARE", 0.0)


class Learner:
    """Its kernels are as large as what is put into `weight`."""

    weight, filters = 0.0, 40

    def first_kernels(self):
        return np.full((3, 3, 3, self.filters), self.weight, np.float32)


def some_looks(n=16):
    from cnn_core.training.looking import Looks

    learner = Learner()
    return Looks(np.arange(n), np.arange(n) % 10, learner), learner


def ignore(_):
    pass


def test_each_class_is_among_the_watched_images_and_they_are_the_first():
    from cnn_core.training.looking import first_of_each_class

    labels = np.random.default_rng(3).permutation(np.arange(500) % 10)
    places = first_of_each_class(labels)
    assert len(places) == 16
    assert (np.diff(places) > 0).all()
    firsts = [np.flatnonzero(labels == c)[0] for c in range(10)]
    seconds = sorted(np.flatnonzero(labels == c)[1] for c in range(10))
    assert places.tolist() == sorted([*firsts, *seconds[:6]])
    assert first_of_each_class(np.array([4, 4, 7])).tolist() == [0, 1, 2]


@pytest.mark.usefixtures("after_every_batch")
def test_looking_changes_nothing_and_tells_what_the_kept_network_says(data_set):
    """A recipe that averages, with dropout: every variable ends with the same bits, watched or not."""
    config = replace(CONFIG, training=replace(CONFIG.training, ema_momentum=0.8))
    looks, epochs = [], []
    watched = quiet_train(config, data_set, on_sample=ignore, on_look=looks.append, on_epoch=epochs.append)
    unwatched = quiet_train(config, data_set)
    assert_identical(watched.state.variables, unwatched.state.variables)
    assert len(looks) == 1 + 18 + 2  # at the start, after every batch, and after each epoch
    assert (np.diff([look.seconds for look in looks]) >= 0).all()
    assert {look.positions for look in looks} == {tuple(range(16))}
    labels = data_set.split("val").labels
    assert {look.labels for look in looks} == {tuple(labels[:16])}
    ends = looks[10::10]
    for look, epoch in zip(ends, epochs, strict=True):
        assert look.answers == tuple(epoch.probabilities[:16].argmax(1))
        assert look.probabilities == pytest.approx(epoch.probabilities[:16].max(1))
        assert look.seconds == epoch.scores.seconds
    np.testing.assert_array_equal(looks[-2].kernels, watched.model.layers[2].kernel)
    assert looks[-1].kernels is None  # after the last batch they had been told
    assert (looks[0].kernels != looks[-2].kernels).any()


@pytest.mark.usefixtures("after_every_batch")
def test_a_watched_run_that_was_stopped_goes_on_bit_for_bit_and_watches_the_same_images(data_set):
    looks = []
    watching = {"on_sample": ignore, "on_look": looks.append}
    whole = quiet_train(CONFIG, data_set)
    part = quiet_train(CONFIG, data_set, **watching, **stop_after(11))
    rest = quiet_train(CONFIG, data_set, state=part.state, **watching)
    assert_identical(whole.state.variables, rest.state.variables)
    assert len({(look.positions, look.labels) for look in looks}) == 1


def test_whoever_asks_for_no_sample_gets_no_look(data_set):
    looks = []
    config = replace(CONFIG, training=replace(CONFIG.training, epochs=1))
    quiet_train(config, data_set, on_look=looks.append)
    assert not looks


@pytest.mark.parametrize("seconds", [60, 9_000, 86_400])
def test_the_looks_of_a_long_run_stay_small_and_no_gap_is_long(seconds):
    """With the widest kernels a visitor can build; a sample every two seconds."""
    looks, learner = some_looks()
    told = []
    for second in range(0, seconds, 2):
        learner.weight = math.sin(second)
        if look := looks.within_epoch(np.full((16, 10), 0.1), float(second)):
            told.append(look)
    size = sum(len(json.dumps(look_fields(look))) for look in told)
    assert size < 1_000_000
    times = np.array([look.seconds for look in told])
    assert (np.diff(times) <= np.maximum(2, times[1:] / 200 + 2)).all()
    with_kernels = [look.seconds for look in told if look.kernels is not None]
    assert (np.diff(with_kernels) <= np.maximum(4, np.array(with_kernels[1:]) / 10)).all()
    assert len(with_kernels) <= 250
    assert told[0].kernels.shape == (3, 3, 3, 32)


def test_after_the_last_epoch_the_kernels_are_told_also_if_they_were_a_moment_ago():
    looks, learner = some_looks()
    answers = np.full((16, 10), 0.1)
    assert looks.within_epoch(answers, 500.0).kernels is not None
    learner.weight = 1.0
    assert looks.within_epoch(answers, 500.5) is None
    assert looks.at_its_end(answers, 501.0, is_last=False).kernels is None
    assert looks.at_its_end(answers, 501.5, is_last=True).kernels.max() == 1.0


def test_a_network_that_has_diverged_says_nothing():
    looks, _ = some_looks()
    assert looks.within_epoch(np.full((16, 10), np.nan), 1.0) is None


def test_without_a_convolution_there_are_no_kernels_and_those_of_a_whitening_are_told_once():
    from cnn_core.training.looking import Looks

    looks, learner = some_looks()
    answers = np.full((16, 10), 0.1)
    assert [looks.within_epoch(answers, 10.0 * n).kernels is not None for n in range(3)] == [True, False, False]
    learner.first_kernels = lambda: np.zeros((0, 0, 3, 0), np.float32)
    assert Looks(np.arange(3), np.arange(3), learner).within_epoch(answers[:3], 0.0).kernels is None


@pytest.mark.usefixtures("after_every_batch")
def test_a_network_without_a_convolution_is_watched_too(data_set):
    looks = []
    network, recipe = NetworkConfig(blocks=(), dense_units=(4,)), replace(CONFIG.training, epochs=1)
    quiet_train(replace(CONFIG, network=network, training=recipe), data_set, on_sample=ignore, on_look=looks.append)
    assert len(looks) > 5
    assert all(look.kernels is None for look in looks)
    whitened = NetworkConfig(blocks=(Block(4, 1),), whitening=True)
    del looks[:]
    quiet_train(replace(CONFIG, network=whitened, training=recipe), data_set, on_sample=ignore, on_look=looks.append)
    assert [look.kernels is not None for look in looks] == [True] + [False] * (len(looks) - 1)
