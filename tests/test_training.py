"""The training loop: equal to Keras', exact to resume, the same for every way of distributing it."""

import json
import subprocess
import sys
import textwrap
from dataclasses import replace

import numpy as np
import pytest

from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.presets import PRESETS

pytestmark = pytest.mark.slow  # every test here imports TensorFlow

CONFIG = ExperimentConfig(
    data_set="shapes10",
    network=NetworkConfig(blocks=(Block(4, 1, 0.2), Block(8, 1)), dense_units=(8,)),
    training=TrainingConfig(epochs=2, batch_size=32, optimizer="adamax", learning_rate=3e-3),
)


def never(*_):
    return False


def quiet_train(config, data, **options):
    from cnn_core.training import train

    return train(config, data, **{"on_batch": never, "on_epoch": never, **options})


def weights_of(outcome):
    return outcome.model.get_weights()


def assert_identical(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_it_is_model_fit_written_out(tiny_data):
    """Same batches, same optimizer: the weights after an epoch are those of keras.Model.fit."""
    import keras
    import tensorflow as tf

    from cnn_core.batches import Batches
    from cnn_core.training import pipeline
    from cnn_core.training.models import build_model
    from cnn_core.training.optimizers import build_optimizer

    network = NetworkConfig(blocks=(Block(4, 1), Block(8, 1)))  # no dropout: its random numbers differ
    config = replace(CONFIG, network=network, training=replace(CONFIG.training, epochs=1, schedule="constant"))
    outcome = quiet_train(config, tiny_data)

    keras.utils.set_random_seed(config.training.seed)
    model = build_model(network)
    model.compile(build_optimizer(config.training), "sparse_categorical_crossentropy", metrics=["accuracy"])
    batches = Batches(config.training, tiny_data.split("train"))
    dataset = pipeline(batches, 0).apply(tf.data.experimental.assert_cardinality(len(batches)))
    log = model.fit(dataset, epochs=1, shuffle=False, verbose=0)
    row = outcome.history[0]
    assert row.loss == pytest.approx(log.history["loss"][0], abs=1e-3)
    assert row.accuracy == pytest.approx(log.history["accuracy"][0], abs=1e-6)
    for ours, theirs in zip(weights_of(outcome), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-3)  # Adamax divides by tiny numbers: rounding is amplified

    loss, accuracy = model.evaluate(tiny_data.split("val").images(), tiny_data.split("val").labels, verbose=0)
    assert row.val_accuracy == pytest.approx(accuracy, abs=0.06)
    assert row.val_loss == pytest.approx(loss, abs=0.02)


def test_one_seed_one_result(tiny_data):
    first, second = (quiet_train(CONFIG, tiny_data) for _ in range(2))
    assert_identical(weights_of(first), weights_of(second))
    other = quiet_train(replace(CONFIG, training=replace(CONFIG.training, seed=1)), tiny_data)
    assert any((a != b).any() for a, b in zip(weights_of(first), weights_of(other), strict=True))


def test_a_stopped_run_goes_on_bit_for_bit(tiny_data):
    """Dropout, augmentation, the cosine schedule and the optimizer all continue where they were."""
    from cnn_core.progress import TrainingState

    whole = quiet_train(CONFIG, tiny_data)
    for stop_after in (1, 5, 9, 11):  # at the start of the first epoch, within it, at its end, within the second
        seen = []
        part = quiet_train(CONFIG, tiny_data, on_batch=seen.append, should_stop=lambda: len(seen) == stop_after)  # noqa: B023
        assert not part.is_finished
        assert len(seen) == stop_after  # it stopped within one batch
        stored = {name: np.copy(value) for name, value in part.state.to_arrays().items()}
        rest = quiet_train(CONFIG, tiny_data, state=TrainingState.from_arrays(stored))
        assert rest.is_finished
        assert_identical(weights_of(whole), weights_of(rest))
        rows = [replace(row, seconds=0) for row in part.history + rest.history]
        assert rows == [replace(row, seconds=0) for row in whole.history]


def test_an_epoch_that_was_stopped_when_its_time_was_up_is_still_validated(tiny_data):
    config = replace(CONFIG, training=replace(CONFIG.training, epochs=None, seconds=60.0))
    part = quiet_train(config, tiny_data, should_stop=lambda: True)
    rest = quiet_train(config, tiny_data, state=replace(part.state, seconds=60.0))
    assert (part.history, rest.is_finished) == ([], True)
    assert [row.epoch for row in rest.history] == [1]


def test_a_limit_in_seconds_ends_the_run_and_the_schedule(tiny_data):
    config = replace(CONFIG, training=replace(CONFIG.training, epochs=None, seconds=4.0))
    progress = []
    outcome = quiet_train(config, tiny_data, on_batch=progress.append)
    assert outcome.is_finished
    assert outcome.state.seconds >= 3.5  # an epoch that ended just before the limit was the last
    assert all(p.seconds < 4.0 for p in progress[:-1])
    fractions = [p.fraction for p in progress]
    assert fractions == sorted(fractions)
    assert [p.fraction for p in progress[:-1]] == pytest.approx([p.seconds / 4.0 for p in progress[:-1]], abs=0.02)
    first, last = outcome.history[0].learning_rate, outcome.history[-1].learning_rate
    assert 0 <= last < first <= config.training.learning_rate


def test_progress_counts_batches_and_averages_over_the_epoch(tiny_data):
    progress = []
    outcome = quiet_train(CONFIG, tiny_data, on_batch=progress.append)
    assert [(p.epoch, p.batch) for p in progress] == [(e, b) for e in (1, 2) for b in range(1, 10)]
    assert progress[-1].fraction == 1.0
    assert progress[-1].loss == pytest.approx(outcome.history[-1].loss)
    assert progress[-1].images_per_second > 0


def test_the_speed_counts_the_images_of_this_call_and_no_more(monkeypatch):
    """The last batch is smaller, and what was seen before an interruption took no time here."""
    from cnn_core import clock

    seconds = iter([10.0, 12.0, 14.0])
    monkeypatch.setattr(clock.time, "perf_counter", lambda: next(seconds))
    speed = clock.Speedometer(seen=64)
    assert [speed.images_per_second(seen) for seen in (96, 100)] == [16.0, 9.0]


def test_a_state_that_lacks_a_variable_is_refused(tiny_data):
    state = quiet_train(CONFIG, tiny_data, should_stop=lambda: True).state
    with pytest.raises(ValueError, match="shorter"):
        quiet_train(CONFIG, tiny_data, state=replace(state, variables=state.variables[:-1]))


def test_the_report_s_way_trains_on_train_and_val_and_watches_test(tiny_data):
    from cnn_core.training import splits

    assert [split.name for split in splits(CONFIG, tiny_data)] == ["train", "val"]
    assert [split.name for split in splits(PRESETS["report"], tiny_data)] == ["train+val", "test"]


def test_an_epoch_shows_every_image_once_and_reshuffles(tiny_data):
    from cnn_core.batches import Batches

    recipe = replace(CONFIG.training, flip=False, shift=0)
    batches = Batches(recipe, tiny_data.split("train"))
    epochs = [np.concatenate([images for images, _ in batches.epoch(epoch)]) for epoch in (0, 1)]
    everything = tiny_data.split("train").images()
    for images in epochs:
        assert sorted(image.tobytes() for image in images) == sorted(image.tobytes() for image in everything)
    assert (epochs[0] != epochs[1]).any()
    labelled = {
        image.tobytes(): label for image, label in zip(everything, tiny_data.split("train").labels, strict=True)
    }
    for images, labels in batches.epoch(0):
        assert [labelled[image.tobytes()] for image in images] == labels.tolist()


def test_a_subset_is_drawn_once(tiny_data):
    from cnn_core.batches import Batches

    recipe = replace(CONFIG.training, flip=False, shift=0, training_images=50)
    batches = Batches(recipe, tiny_data.split("train"))
    assert len(batches) == 2
    seen = [{image.tobytes() for images, _ in batches.epoch(epoch) for image in images} for epoch in (0, 1)]
    assert seen[0] == seen[1]
    assert len(seen[0]) == 50


def test_what_the_first_layer_is_made_from_is_trained_on(tiny_data):
    from cnn_core.batches import Batches

    train = tiny_data.split("train")
    batches = Batches(replace(CONFIG.training, training_images=20, flip=False, shift=0), train)
    first = batches.first_images(5_000)
    trained_on = {image.tobytes() for images, _ in batches.epoch(0) for image in images}
    assert len(first) == 20
    assert {image.tobytes() for image in first} <= trained_on
    np.testing.assert_array_equal(Batches(CONFIG.training, train).first_images(7), train.images(np.arange(7)))


def test_images_are_shifted_with_their_reflection_and_mirrored_whole():
    from cnn_core.augmentation import mirror, shift

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (9, 6, 5, 3), np.uint8)
    by = np.array([(down, right) for down in (-2, 0, 2) for right in (-1, 0, 1)])
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")  # NumPy's own reflection
    for image, source, (down, right) in zip(shift(images, by), padded, by, strict=True):
        np.testing.assert_array_equal(image, source[2 - down : 8 - down, 2 - right : 7 - right])
    np.testing.assert_array_equal(shift(images, 0 * by), images)
    chosen = np.arange(9) % 2 == 0
    mirrored = mirror(images, chosen)
    np.testing.assert_array_equal(mirrored[chosen], images[chosen][:, :, ::-1])
    np.testing.assert_array_equal(mirrored[~chosen], images[~chosen])


def test_augmentation_shows_every_shift_and_both_sides(tiny_data):
    from cnn_core.batches import Batches

    recipe = replace(CONFIG.training, flip=True, shift=1, training_images=10, batch_size=10)
    batches = Batches(recipe, tiny_data.split("train"))
    plain = next(Batches(replace(recipe, flip=False, shift=0), tiny_data.split("train")).epoch(0))[0]
    seen = {image.tobytes() for epoch in range(200) for images, _ in batches.epoch(epoch) for image in images}
    padded = np.pad(plain, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    views = [
        side[:, y : y + 32, x : x + 32] for side in (padded, padded[:, :, ::-1]) for y in range(3) for x in range(3)
    ]
    assert seen == {image.tobytes() for view in views for image in np.ascontiguousarray(view)}


def test_cutout_covers_one_square_anywhere_in_each_image(tiny_data):
    from cnn_core.batches import Batches

    recipe = replace(CONFIG.training, flip=False, shift=0, training_images=70, batch_size=70)
    plain, covered = (Batches(replace(recipe, cutout=side), tiny_data.split("train")) for side in (0, 16))
    places = [(y, x) for y in range(17) for x in range(17)]
    seen = set()
    for epoch in range(40):
        for original, image in zip(next(plain.epoch(epoch))[0], next(covered.epoch(epoch))[0], strict=True):
            ((y, x),) = [(y, x) for y, x in places if (image[y : y + 16, x : x + 16] == 128).all()]
            expected = original.copy()
            expected[y : y + 16, x : x + 16] = 128
            np.testing.assert_array_equal(image, expected)
            seen.add((y, x))
    assert seen == set(places)


def test_alternating_flips_show_each_image_from_both_sides_in_turn(tiny_data):
    from cnn_core.batches import Batches

    recipe = replace(CONFIG.training, flip=True, alternating_flip=True, shift=0)
    train = tiny_data.split("train")
    batches = Batches(recipe, train)
    original = {image.tobytes() for image in train.images()}
    first, second = (np.concatenate([images for images, _ in batches.epoch(epoch)]) for epoch in (0, 1))
    mirrored_first = {image[:, ::-1].tobytes() for image in first}
    assert mirrored_first == {image.tobytes() for image in second}
    assert 0.3 < np.mean([image.tobytes() in original for image in first]) < 0.7


def test_the_schedules_fall_from_the_rate_to_zero():
    from cnn_core.training import learning_rate

    linear = replace(CONFIG.training, schedule="linear")
    assert [learning_rate(linear, fraction) for fraction in (0, 0.25, 1)] == pytest.approx([3e-3, 2.25e-3, 0])
    cosine = replace(CONFIG.training, schedule="cosine")
    rates = [learning_rate(cosine, fraction) for fraction in (0, 0.5, 1)]
    assert rates == pytest.approx([3e-3, 1.5e-3, 0], abs=1e-9)
    assert learning_rate(replace(cosine, schedule="constant"), 0.7) == 3e-3


def test_two_replicas_compute_what_one_does(tiny_data_dir):
    """tf.distribute.MirroredStrategy over two logical CPUs, without dropout, whose masks would be others."""
    program = """
        import json, os, sys
        import tensorflow as tf
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        from cnn_core import data
        from cnn_core.training import winograd
        from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig
        from cnn_core.training import train
        winograd.is_faster = lambda maps, kernel: kernel[2] == 4  # the second convolution, as a wide one would be
        config = ExperimentConfig(
            data_set="cifar10",
            network=NetworkConfig(blocks=(Block(4, 1), Block(6, 1))),
            training=TrainingConfig(epochs=2, batch_size=32, optimizer="adamax", learning_rate=0.001),
        )
        losses = {}
        for name, strategy in {"one": None, "two": tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])}.items():
            quiet = lambda *_: None
            outcome = train(config, data.load("cifar10"), strategy=strategy, on_batch=quiet, on_epoch=quiet)
            losses[name] = [[row.loss, row.val_loss] for row in outcome.history]
        print(json.dumps(losses))
    """
    output = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=300, check=False
    )
    assert output.returncode == 0, output.stderr[-2000:]
    losses = json.loads(output.stdout.splitlines()[-1])
    np.testing.assert_allclose(losses["one"], losses["two"], atol=1e-4)
