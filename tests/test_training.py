"""The training loop: equal to Keras', exact to resume, stopped at any moment, the same on one replica and on two."""

import json
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace

import numpy as np
import pytest
from small_training import CONFIG, assert_identical, make_data_set, quiet_train, stop_after

from cnn_core.config import Block, NetworkConfig
from cnn_core.presets import PRESETS
from cnn_core.progress import Diverged, Measuring, Stopped, TrainingState

pytestmark = pytest.mark.slow  # every test here imports TensorFlow


@pytest.fixture(scope="module")
def data_set():
    return make_data_set()


@pytest.fixture(scope="module")
def told():
    """All batches and measurements of `whole`."""
    return {"batches": [], "measuring": []}


@pytest.fixture(scope="module")
def whole(data_set, told):
    """A training from start to finish."""
    return quiet_train(CONFIG, data_set, on_batch=told["batches"].append, on_measuring=told["measuring"].append)


def weights_of(outcome):
    return outcome.model.get_weights()


def without_seconds(rows):
    return [replace(row, seconds=0) for row in rows]


def through_a_file(state):
    return TrainingState.from_arrays({name: np.copy(value) for name, value in state.to_arrays().items()})


def test_it_is_model_fit_written_out(data_set):
    """Same batches, same optimizer: the weights after an epoch are those of keras.Model.fit."""
    import keras
    import tensorflow as tf

    from cnn_core.batches import Batches
    from cnn_core.training import pipeline
    from cnn_core.training.models import build_model
    from cnn_core.training.optimizers import build_optimizer

    network = NetworkConfig(blocks=(Block(4, 1),))  # no dropout: its random numbers differ
    config = replace(CONFIG, network=network, training=replace(CONFIG.training, epochs=1, schedule="constant"))
    outcome = quiet_train(config, data_set)

    keras.utils.set_random_seed(config.training.seed)
    model = build_model(network)
    model.compile(build_optimizer(config.training), "sparse_categorical_crossentropy", metrics=["accuracy"])
    batches = Batches(config.training, data_set.split("train"))
    dataset = pipeline(batches, 0).apply(tf.data.experimental.assert_cardinality(len(batches)))
    log = model.fit(dataset, epochs=1, shuffle=False, verbose=0)
    row = outcome.history[0]
    assert row.loss == pytest.approx(log.history["loss"][0], abs=1e-3)
    assert row.accuracy == pytest.approx(log.history["accuracy"][0], abs=1e-6)
    for ours, theirs in zip(weights_of(outcome), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-3)  # Adamax divides by tiny numbers: rounding is amplified

    loss, accuracy = model.evaluate(data_set.split("val").images(), data_set.split("val").labels, verbose=0)
    assert row.val_accuracy == pytest.approx(accuracy, abs=0.06)
    assert row.val_loss == pytest.approx(loss, abs=0.02)


def test_one_seed_one_result(data_set, whole):
    assert_identical(weights_of(whole), weights_of(quiet_train(CONFIG, data_set)))
    short = replace(CONFIG, training=replace(CONFIG.training, seed=1, epochs=1))
    other = weights_of(quiet_train(short, data_set))[0]
    assert (weights_of(whole)[0] != other).any()


def test_a_stopped_run_goes_on_bit_for_bit(data_set, whole):
    """Dropout, augmentation, the cosine schedule and the optimizer all continue where they were, stop after stop."""
    state, history, done = None, [], 0
    for stop_at in (4, 9, 11):  # within the first epoch, at its end, within the second
        listeners = stop_after(stop_at - done)
        part = quiet_train(CONFIG, data_set, state=state, **listeners)
        assert not part.is_finished
        assert len(listeners["on_batch"].__self__) == stop_at - done  # it stopped within one batch
        state, history, done = through_a_file(part.state), history + part.history, stop_at
    rest = quiet_train(CONFIG, data_set, state=state)
    assert rest.is_finished
    assert_identical(weights_of(whole), weights_of(rest))
    assert_identical(whole.state.variables, rest.state.variables)
    assert without_seconds(history + rest.history) == without_seconds(whole.history)


def test_a_stop_within_the_validation_loses_nothing(data_set, whole):
    """A stop takes effect after a few images; the epoch stays at its end, and is validated when the run continues."""
    measuring = []
    part = quiet_train(CONFIG, data_set, on_measuring=measuring.append, should_stop=lambda: bool(measuring))
    assert (len(measuring), part.history, part.is_finished) == (1, [], False)
    assert (part.state.epoch, part.state.batch, part.state.sums[3]) == (0, 9, 260)
    rest = quiet_train(CONFIG, data_set, state=through_a_file(part.state))
    assert without_seconds(rest.history) == without_seconds(whole.history)
    assert_identical(whole.state.variables, rest.state.variables)


@pytest.mark.parametrize("step", [1, 2, 7], ids=["first", "last of the warm-up", "fifth batch"])
def test_a_stop_within_a_long_step_does_not_wait_for_it_and_loses_nothing(data_set, whole, step, monkeypatch):
    """The step goes on, unheeded, and changes the variables; what is kept is as it was before it."""
    from cnn_core.training import learner, loop

    begun, go_on, compute = [], threading.Event(), learner.Learner.step

    def slow(self, images, labels):
        begun.append(1)
        if len(begun) == step:
            assert go_on.wait(60)
        return compute(self, images, labels)

    monkeypatch.setattr(loop, "LONG_STEP", 0.0)
    monkeypatch.setattr(learner.Learner, "step", slow)
    part = quiet_train(CONFIG, data_set, should_stop=lambda: len(begun) == step)
    assert not part.is_finished
    assert (part.state.epoch, part.state.batch) == (0, max(0, step - 3))
    with pytest.raises(Stopped):
        part.network(lambda: True)
    go_on.set()
    kept = part.network(lambda: False).get_weights()
    until_then = quiet_train(CONFIG, data_set, **stop_after(step - 3)) if step > 3 else part
    assert_identical(kept, weights_of(until_then))
    rest = quiet_train(CONFIG, data_set, state=through_a_file(part.state))
    assert_identical(whole.state.variables, rest.state.variables)


def test_an_epoch_whose_time_is_up_is_validated_without_another_batch(data_set):
    config = replace(CONFIG, training=replace(CONFIG.training, epochs=None, seconds=60.0))
    seen = []
    part = quiet_train(config, data_set, on_batch=seen.append, should_stop=lambda: bool(seen))
    batches = []
    state = replace(part.state, seconds=60.0)
    rest = quiet_train(config, data_set, state=state, on_batch=batches.append)
    assert (part.history, rest.is_finished, batches) == ([], True, [])
    assert [(row.epoch, row.passes) for row in rest.history] == [(1, 1 / 9)]
    assert_identical(part.state.variables, rest.state.variables)


def test_a_finished_run_has_nothing_left_to_train(data_set, whole):
    """As when it was stopped within its test."""
    rest = quiet_train(CONFIG, data_set, state=whole.state)
    assert (rest.history, rest.is_finished) == ([], True)
    assert_identical(weights_of(whole), weights_of(rest))


def test_a_limit_in_seconds_ends_the_run_and_the_schedule(data_set, monkeypatch):
    """With a clock that each batch and each validation advances by half a second."""
    from cnn_core import clock

    now = [100.0]
    monkeypatch.setattr(clock.time, "monotonic", lambda: now[0])
    progress = []

    def tick(told):
        now[0] += 0.5
        if hasattr(told, "batch"):
            progress.append(told)

    config = replace(CONFIG, training=replace(CONFIG.training, epochs=None, seconds=8.0))
    outcome = quiet_train(config, data_set, on_batch=tick, on_measuring=tick)
    assert outcome.is_finished
    assert [(row.epoch, row.passes) for row in outcome.history] == [(1, 1.0), (2, 1 + 6 / 9)]
    assert [p.seconds for p in progress] == [n / 2 for n in (*range(9), *range(10, 16))]
    assert [p.fraction for p in progress] == [p.seconds / 8 for p in progress]
    assert outcome.history[-1].learning_rate < outcome.history[0].learning_rate < config.training.learning_rate
    assert outcome.state.seconds == 8.5


def test_progress_counts_batches_and_averages_over_the_epoch(whole, told):
    progress = told["batches"]
    assert [(p.epoch, p.batch) for p in progress] == [(e, b) for e in (1, 2) for b in range(1, 10)]
    assert progress[-1].fraction == 1.0
    assert progress[-1].loss == pytest.approx(whole.history[-1].loss)
    assert progress[-1].images_per_second > 0
    assert [row.passes for row in whole.history] == [1, 2]
    assert told["measuring"] == [Measuring("validation", 20, 20)] * 2


def test_the_speed_counts_the_images_of_this_call_and_no_more(monkeypatch):
    """The last batch is smaller, and images seen before an interruption took no time here."""
    from cnn_core import clock

    seconds = iter([10.0, 12.0, 14.0])
    monkeypatch.setattr(clock.time, "perf_counter", lambda: next(seconds))
    speed = clock.Speedometer(seen=64)
    assert [speed.images_per_second(seen) for seen in (96, 100)] == [16.0, 9.0]


def test_a_state_that_lacks_a_variable_is_refused(data_set, whole):
    with pytest.raises(ValueError, match="shorter"):
        quiet_train(CONFIG, data_set, state=replace(whole.state, variables=whole.state.variables[:-1]))


def test_a_training_that_runs_away_ends_at_once(data_set, whole):
    """Weights of the last dense layer that are NaN: so are the logits, and the loss of the first batch."""
    variables = [np.full_like(v, np.nan) if v.shape == (8, 10) else v for v in whole.state.variables]
    batches = []
    with pytest.raises(Diverged, match="no longer a number"):
        quiet_train(CONFIG, data_set, state=TrainingState(variables=variables), on_batch=batches.append)
    assert batches == []


def test_a_validation_that_is_no_number_ends_it_too(data_set, monkeypatch):
    from cnn_core.training.learner import Learner

    monkeypatch.setattr(Learner, "classify", lambda self, images, *_: np.full((len(images), 10), np.nan))
    epochs = []
    with pytest.raises(Diverged):
        quiet_train(CONFIG, data_set, on_epoch=epochs.append)
    assert epochs == []


def test_keras_on_another_backend_is_refused_in_words():
    program = """
        import sys, types
        keras = sys.modules["keras"] = types.ModuleType("keras")
        keras.config = types.SimpleNamespace(backend=lambda: "jax")
        import cnn_core.training
    """
    output = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False
    )
    assert "Keras already runs on jax in this process" in output.stderr


def test_the_report_s_way_trains_on_train_and_val_and_watches_test(data_set):
    from cnn_core.training import splits

    assert [split.name for split in splits(CONFIG, data_set)] == ["train", "val"]
    assert [split.name for split in splits(PRESETS["report"], data_set)] == ["train+val", "test"]


def test_the_schedules_fall_from_the_rate_to_zero():
    from cnn_core.training import learning_rate

    linear = replace(CONFIG.training, schedule="linear")
    assert [learning_rate(linear, fraction) for fraction in (0, 0.25, 1)] == pytest.approx([3e-3, 2.25e-3, 0])
    cosine = replace(CONFIG.training, schedule="cosine")
    rates = [learning_rate(cosine, fraction) for fraction in (0, 0.5, 1)]
    assert rates == pytest.approx([3e-3, 1.5e-3, 0], abs=1e-9)
    assert learning_rate(replace(cosine, schedule="constant"), 0.7) == 3e-3


def test_two_replicas_compute_what_one_does(tiny_data_dir):
    """tf.distribute.MirroredStrategy over two logical CPUs, without dropout, whose masks would differ."""
    program = """
        import json, os, sys
        import tensorflow as tf
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        from cnn_core import data
        from cnn_core.training import tuning
        from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig
        from cnn_core.training import train
        tuning.LEAST_WORK, tuning.faster = 0, lambda ways: list(ways)[-1]  # as if the layers were large: all other ways
        config = ExperimentConfig(
            data_set="cifar10",
            network=NetworkConfig(blocks=(Block(4, 1), Block(6, 1))),
            training=TrainingConfig(
                epochs=1, batch_size=32, optimizer="adamax", learning_rate=0.001, precision="float32"
            ),
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


def test_a_stop_before_the_first_batch_trains_nothing_and_loses_nothing(data_set, whole):
    """A step of a large network takes seconds: whoever asks while it is being compiled need not wait for an epoch."""
    seen = []
    part = quiet_train(CONFIG, data_set, on_batch=seen.append, on_sample=seen.append, should_stop=lambda: True)
    assert (seen, part.history, part.is_finished) == ([], [], False)
    rest = quiet_train(CONFIG, data_set, state=TrainingState.from_arrays(part.state.to_arrays()))
    assert_identical(weights_of(rest), weights_of(whole))
