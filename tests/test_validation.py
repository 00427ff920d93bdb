"""The live sample of the validation images: small, fixed, seldom, and without effect on training."""

from dataclasses import replace

import numpy as np
import pytest
from small_training import CONFIG, assert_identical, make_data_set, quiet_train

from cnn_core.progress import Measuring, Stopped

pytestmark = pytest.mark.slow  # every test here imports TensorFlow


@pytest.fixture(scope="module")
def data_set():
    return make_data_set("train", "val")  # without a test split: whoever asks for it gets an error


def test_every_class_has_as_many_images_in_the_sample_and_they_are_the_first():
    from cnn_core.training.validation import balanced_rows

    labels = np.random.default_rng(0).permutation(np.arange(5000) % 10)
    rows = balanced_rows(labels, 500)
    assert np.bincount(labels[rows]).tolist() == [50] * 10
    assert (np.diff(rows) > 0).all()
    for c in range(10):
        assert rows[labels[rows] == c].tolist() == np.flatnonzero(labels == c)[:50].tolist()
    assert balanced_rows(np.array([0, 0, 1]), 2).tolist() == [0, 2]
    assert len(balanced_rows(np.array([7, 7, 4]), 10)) == 3, "all that there are, of the classes that it has"


def test_samples_change_nothing_never_see_the_test_split_and_are_of_the_network_as_it_would_be_kept(
    data_set, monkeypatch
):
    """After every batch, of a recipe that averages; here the sample is the whole split, so an epoch ends with its row.

    Every variable, the random state of the dropout among them, ends with the same bits.
    """
    from cnn_core.training import validation

    monkeypatch.setattr(validation, "SAMPLE_INTERVAL", 0.0)
    monkeypatch.setattr(validation, "SAMPLE_SHARE", 1e9)
    config = replace(CONFIG, training=replace(CONFIG.training, ema_momentum=0.8))
    samples = []
    watched = quiet_train(config, data_set, on_sample=samples.append)
    unwatched = quiet_train(config, data_set)
    assert_identical(watched.state.variables, unwatched.state.variables)
    assert_identical(watched.model.get_weights(), unwatched.model.get_weights())
    assert [row.val_loss for row in watched.history] == [row.val_loss for row in unwatched.history]
    assert [sample.passes for sample in samples] == pytest.approx([(n + 1) / 9 for n in range(18)])
    assert all(np.diff([sample.seconds for sample in samples]) > 0)
    for sample, row in zip(samples[8::9], watched.history, strict=True):
        assert sample.n == 20
        assert (sample.val_loss, sample.val_accuracy, sample.val_mse) == (row.val_loss, row.val_accuracy, row.val_mse)


@pytest.mark.parametrize("takes", [0.01, 0.3, 5.0])
def test_samples_take_a_small_share_of_the_time(takes, data_set, monkeypatch):
    """With a clock of its own: each sample takes this long, each batch half a second, for ten minutes."""
    from cnn_core.training import validation

    now = [0.0]
    monkeypatch.setattr(validation.time, "perf_counter", lambda: now[0])

    class Slow:
        images_at_a_time = 500

        def refresh(self, should_stop):
            now[0] += takes / 2

        def classify(self, images, after_chunk):
            now[0] += takes / 2
            return np.full((len(images), 10), 0.1)

    live = validation.LiveSample(data_set.split("val"), Slow(), lambda: False)
    began, samples = now[0], []
    while now[0] < began + 600:
        now[0] += 0.5
        if live.is_due():
            samples.append(live.measure(0.0, lambda: now[0]))
    assert len(samples) >= 1
    assert takes * len(samples) <= validation.SAMPLE_SHARE * 600
    times = [began, *(sample.seconds for sample in samples)]
    assert min(np.diff(times)) >= 2
    # and not more seldom than it must
    assert max(np.diff(times)) <= max(2.5, takes / validation.SAMPLE_SHARE) + takes + 0.6


@pytest.mark.parametrize(("at_a_time", "size"), [(500, 260), (4, 40), (1, 10)])
def test_a_network_that_is_slow_to_answer_is_asked_about_fewer_images(at_a_time, size, data_set):
    from cnn_core.training import validation

    class Slow:
        images_at_a_time = at_a_time

        def refresh(self, should_stop):
            pass

        def classify(self, images, after_chunk):
            return np.full((len(images), 10), 0.1)

    assert validation.LiveSample(data_set.split("train"), Slow(), lambda: False).measure(0.0, lambda: 0.0).n == size


@pytest.mark.parametrize("views", [1, 2])
def test_the_test_says_how_far_it_is_and_stops_within_a_chunk(views, monkeypatch):
    from cnn_core.presets import PRESETS
    from cnn_core.training import measure, models

    test = make_data_set().split("test")
    split = test.images(), test.labels
    monkeypatch.setattr(models, "LARGEST_CHUNK", 25)
    model = models.build_model(PRESETS["linear"].network)
    told = []
    measure(model, *split, views, 1.0, on_measuring=told.append)
    passes = 1 if views == 1 else 1 + views
    assert told == [Measuring("test", 60 * p + n, 60 * passes) for p in range(passes) for n in (25, 50, 60)]
    del told[:]
    with pytest.raises(Stopped):
        measure(model, *split, views, 1.0, on_measuring=told.append, should_stop=lambda: len(told) == 2)
    assert [measuring.done for measuring in told] == [25, 50]


def test_a_wide_network_is_asked_about_few_images_at_a_time():
    """So that a Stop takes effect within a second or so, and memory stays small, whatever network a visitor built."""
    from cnn_core.architecture import totals
    from cnn_core.config import Block, NetworkConfig
    from cnn_core.training.models import CHUNK_WORK, build_model, images_at_a_time

    for blocks in ((Block(512, 2),), (Block(64, 2), Block(64)), (Block(4, 1),)):
        network = NetworkConfig(blocks=blocks)
        expected = min(500, CHUNK_WORK // totals(network).multiply_adds)
        assert images_at_a_time(build_model(network)) == expected
