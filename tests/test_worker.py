"""The worker: it finishes, stops, survives a kill bit for bit, and says in the run what went wrong.

As a process of its own where that is what is proved; else in this one, which has TensorFlow loaded already.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
import pytest
from handmade import begin_and_stop
from waiting import wait_for

from cnn_core import data, processes, processor, runs
from cnn_core.architecture import layers
from cnn_core.completion import Completed, complete
from cnn_core.config import ConfigError
from cnn_core.evaluation import scores
from cnn_core.inference import Classifier, Network
from cnn_core.progress import STUDY, Diverged, Progress, Result, Worker
from cnn_core.runs import RunState
from cnn_core.stopping import OUT_OF_TIME
from cnn_core.worker import explain, work

pytestmark = pytest.mark.slow

PATIENCE = 180  # seconds; on a busy machine TensorFlow alone takes ten


def wait_until_it_ends(run):
    wait_for(lambda: not run.state().is_active)
    return run.state()


def with_training(config, **changes):
    return replace(config, training=replace(config.training, **changes))


def log_of(run):
    return (run.path / "worker.log").read_text()


def kinds_of_events(run):
    return [json.loads(line)["event"] for line in (run.path / "events.jsonl").read_text().splitlines()]


@pytest.fixture
def long_config(tiny_config):
    """Longer than any test waits."""
    return with_training(tiny_config, epochs=1000)


@pytest.fixture
def impatient(monkeypatch):
    """A visitor who presses Stop while the network is tested, as long as this list is not empty."""
    visitors = ["one"]

    def measuring(record, measured):
        if visitors and measured.split == "test":
            runs.request_stop(record._run)

    monkeypatch.setattr(runs.Record, "measuring", measuring)
    return visitors


def test_a_run_from_start_to_finish_whatever_another_course_left_in_keras_settings(
    tiny_data, tiny_config, tmp_path, monkeypatch
):
    settings = {"backend": "torch", "image_data_format": "channels_first", "floatx": "float16"}
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "keras.json").write_text(json.dumps(settings))
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    run = runs.start(tiny_config, "Whole")
    worker = run.worker()
    if sys.platform == "linux":
        assert int(Path(f"/proc/{worker.pid}/oom_score_adj").read_text()) >= processes.ENDED_FIRST
    assert wait_until_it_ends(run) == RunState.FINISHED, log_of(run)
    assert list(run.history()["epoch"]) == [1, 2]
    assert run.snapshot_epochs() == [1, 2]
    assert run.snapshot(2).kernels.shape == (3, 3, 3, 4)
    first, *_, last = run.looks()
    kernels = run.snapshot(2).kernels
    told = [look.kernels for look in run.looks() if look.kernels is not None]  # not again where they are as before
    np.testing.assert_allclose(told[-1], kernels, atol=np.abs(kernels).max() / 127)
    assert (first.kernels != told[-1]).any()
    assert last.answers == tuple(run.snapshot(2).probabilities[list(last.positions)].argmax(1))

    test = tiny_data.split("test")
    labels, probabilities = run.predictions()
    np.testing.assert_array_equal(labels, test.labels)
    measured = scores(labels, probabilities)
    seconds = run.result().seconds
    assert run.result() == Result(measured.loss, measured.accuracy, measured.mse, 60, seconds)
    by_keras = keras.saving.load_model(run.keras_path).predict(test.images(), verbose=0)
    np.testing.assert_allclose(by_keras, probabilities, atol=1e-5)
    np.testing.assert_allclose(Classifier(run.classifier_path).predict(test.images()), probabilities, atol=1e-5)
    logits = Network.open(run.classifier_path.read_bytes(), run.anatomy()).backward_pass().logits(test.images())
    powers = np.exp(logits.astype(float))
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), probabilities, atol=1e-5)
    assert run.filter_facts().n == 60
    assert complete(run) == Completed(), "it lacks nothing"


@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_it_says_what_it_is(precision, tiny_config):
    run = runs.create(with_training(tiny_config, precision=precision))
    began = time.time()
    assert work(run) == 1  # there is no data set here
    worker = run.worker()
    is_bfloat16 = processor.trains_in_bfloat16(precision)
    what = processor.name(), processor.cores(), is_bfloat16, processes.birth(os.getpid())
    assert worker == Worker(os.getpid(), worker.started, *what)
    assert began - 1 <= worker.started <= time.time() + 1


def test_it_says_how_gradients_are_computed(tiny_data, tiny_config, monkeypatch):
    from cnn_core.training import tuning

    monkeypatch.setattr(tuning, "_found", {})
    monkeypatch.setattr(tuning, "LEAST_WORK", 0)
    monkeypatch.setattr(tuning, "faster", lambda ways: "transposed")
    run = runs.create(tiny_config)
    assert work(run) == 0
    names = [layer.name for layer in layers(tiny_config.network) if layer.kind == "Conv2D"]
    assert run.worker().gradients == ", ".join(f"{name} transposed" for name in names)


def test_killed_at_a_random_moment_it_ends_as_if_it_had_not_been(tiny_data, tiny_config):
    """`benchmarks.under_fire kill` does so at 50 moments, half of them inside the writing of a file."""
    config = with_training(tiny_config, epochs=4)
    whole = runs.create(config)
    assert work(whole) == 0

    moments = random.Random(0)
    killed = runs.start(config)
    wait_for(lambda: len(killed.history()) >= 1)
    time.sleep(moments.uniform(0, 0.3))
    os.kill(killed.worker().pid, signal.SIGKILL)
    wait_for(lambda: not killed.state().is_active)
    if killed.state() != RunState.FINISHED:  # it was faster than the kill
        assert killed.state() == RunState.INTERRUPTED
        runs.resume(killed)
    assert wait_until_it_ends(killed) == RunState.FINISHED

    columns = ["epoch", "passes", "loss", "accuracy", "mse", "val_loss", "val_accuracy", "val_mse", "learning_rate"]
    assert killed.history()[columns].equals(whole.history()[columns])
    np.testing.assert_array_equal(killed.predictions().probabilities, whole.predictions().probabilities)
    ours, theirs = (keras.saving.load_model(run.keras_path).get_weights() for run in (killed, whole))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_stopped_on_request_it_is_tested_and_goes_on(tiny_data, long_config):
    run = runs.create(long_config)
    assert work(run, on_batch=lambda _: runs.request_stop(run)) == 0
    assert run.state() == RunState.STOPPED
    assert run.is_tested()
    assert run.classifier_path.exists()
    assert run.reason() == "stopped on request"
    first = run.checkpoint()
    assert (first.epoch, first.batch) == (0, 1)

    assert work(run, on_epoch=lambda _: runs.request_stop(run)) == 0
    assert run.state() == RunState.STOPPED
    assert run.checkpoint().epoch == 1
    assert run.checkpoint().seconds > first.seconds


def test_a_second_stop_leaves_the_test_out(tiny_data, long_config, impatient):
    run = runs.create(long_config)
    assert work(run, on_batch=lambda _: runs.request_stop(run)) == 0
    assert (run.state(), run.reason()) == (RunState.STOPPED, "stopped on request")
    assert "testing" in kinds_of_events(run)
    assert not run.is_tested()
    assert run.checkpoint() is not None


def test_a_finished_training_that_is_stopped_in_its_test_is_tested_when_it_goes_on(tiny_data, tiny_config, impatient):
    run = runs.create(with_training(tiny_config, epochs=1))
    assert work(run) == 0
    assert (run.state(), run.is_tested(), len(run.history())) == (RunState.STOPPED, False, 1)
    impatient.clear()
    batches = []
    assert work(run, on_batch=batches.append) == 0
    assert (run.state(), run.is_tested(), len(run.history())) == (RunState.FINISHED, True, 1)
    assert batches == []


@pytest.mark.parametrize("is_over", [True, False])
def test_a_stop_while_it_is_studied_loses_no_measured_test(tiny_data, tiny_config, is_over, monkeypatch):
    measuring = runs.Record.measuring

    def stop_in_the_study(record, measured):
        measuring(record, measured)
        if measured.split == STUDY:
            runs.request_stop(record._run)

    run = runs.create(with_training(tiny_config, epochs=1 if is_over else 1000))
    with monkeypatch.context() as patch:
        patch.setattr(runs.Record, "measuring", stop_in_the_study)
        assert work(run, on_epoch=lambda _: None if is_over else runs.request_stop(run)) == 0
    assert (run.state(), run.is_tested(), run.has_network(), run.calibration()) == (RunState.STOPPED, True, True, None)
    measured = run.result()
    assert measured.test_accuracy == scores(*run.predictions()).accuracy
    if is_over:
        assert work(run) == 0
        assert (run.state(), complete(run)) == (RunState.FINISHED, Completed())
        assert replace(run.result(), seconds=measured.seconds) == measured


def test_told_to_end_it_leaves_a_run_that_resumes(tiny_data, long_config):
    run = runs.create(long_config)
    assert work(run, on_batch=lambda _: os.kill(os.getpid(), signal.SIGTERM)) == 0
    assert (run.state(), run.reason()) == (RunState.STOPPED, "the system told its process to end")
    assert "testing" not in kinds_of_events(run)
    assert run.checkpoint() is not None


def test_when_its_time_is_up_it_ends_without_a_test_and_can_be_resumed(tiny_data, long_config):
    run = runs.create(long_config)
    assert work(run, seconds=0.0) == 0
    assert (run.state(), run.reason()) == (RunState.STOPPED, OUT_OF_TIME)
    assert "testing" not in kinds_of_events(run)
    assert runs.is_resumable(run)


def test_it_ends_itself_when_the_app_is_gone(tiny_data, long_config):
    run = runs.create(long_config)
    app = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"from cnn_core import runs; import time; runs.resume(runs.find_run({run.id!r})); time.sleep(600)",
        ]
    )
    try:
        wait_for(lambda: run.progress() is not None)
    finally:
        app.kill()
        app.wait()
    assert wait_until_it_ends(run) == RunState.STOPPED
    assert run.reason() == "the app that started it ended"


def test_what_goes_wrong_is_said_in_the_run(tiny_config, capsys):
    run = runs.create(tiny_config)  # there is no data set here
    assert work(run) == 1
    assert run.state() == RunState.FAILED
    assert run.reason().startswith("CIFAR-10 is not on this machine")
    assert "Traceback" in capsys.readouterr().err  # of its process that is worker.log
    assert not data.is_ready("cifar10")


@pytest.mark.parametrize("are_arrays", [False, True])
def test_a_damaged_checkpoint_is_a_failed_run_with_a_sentence(tiny_data, tiny_config, are_arrays):
    run = runs.create(tiny_config)
    begin_and_stop(run)
    with (run.path / "checkpoint.npz").open("wb") as file:
        np.savez(file, other=np.zeros(3)) if are_arrays else file.write(b"no archive")
    runs.resume(run)
    assert wait_until_it_ends(run) == RunState.FAILED
    assert run.reason().startswith(f"The checkpoint of {run.title!r} cannot be read: ")
    assert run.reason().endswith(". Delete the run or repeat it.")


def test_what_the_log_is_told_the_caller_is_told_too(tiny_data, tiny_config):
    told = []
    run = runs.create(with_training(tiny_config, epochs=1))
    assert work(run, on_batch=told.append, on_measuring=told.append, on_epoch=told.append) == 0
    batches, (validation, epoch, *after) = told[: told[0].batches], told[told[0].batches :]
    assert {type(batch) for batch in batches} == {Progress}
    assert (validation.split, validation.done) == ("validation", validation.total)
    assert epoch.scores == run.scores()
    assert list(dict.fromkeys(each.split for each in after)) == ["test", STUDY]
    for test, later in pairwise(after):
        assert later.split == test.split or test.done == test.total
    assert after[-1].done == after[-1].total


def test_a_run_that_diverges_says_so_and_has_no_figures(tiny_data, tiny_config, monkeypatch):
    from cnn_core import training

    def train(config, data_set, *, on_batch, **listeners):
        raise Diverged

    monkeypatch.setattr(training, "train", train)
    run = runs.create(tiny_config)
    assert work(run) == 1
    assert (run.state(), run.has_diverged(), run.result()) == (RunState.FAILED, True, None)
    assert run.reason() == "It diverged: the loss is no longer a number. Lower the learning rate and start again."
    assert "testing" not in kinds_of_events(run)


def test_a_failure_is_put_in_words():
    import tensorflow as tf

    for error in (MemoryError(), tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")):
        assert "memory" in explain(error)
        assert "Lower the batch size" in explain(error)
    assert explain(ConfigError("Give a number of epochs.")) == "Give a number of epochs."
    assert explain(KeyError("x")) == "KeyError: 'x'"


def test_without_a_lock_it_exits_with_75(tiny_data, tiny_config):
    run, other = runs.create(tiny_config), runs.create(tiny_config)
    with runs.open_record(other):
        worker = subprocess.run([sys.executable, "-m", "cnn_core.worker", str(run.path)], check=False, timeout=PATIENCE)
    assert worker.returncode == runs.BUSY_EXIT_CODE
