"""The worker as a real process: it finishes, stops, survives a kill bit for bit, and lets only one train at a time."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import keras
import numpy as np
import pytest

from cnn_core import data, runs
from cnn_core.evaluation import scores
from cnn_core.inference import Classifier
from cnn_core.runs import RunState

pytestmark = pytest.mark.slow

PATIENCE = 180  # seconds; on a busy machine TensorFlow alone takes ten


def wait_for(condition, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def wait_until_it_ends(run):
    wait_for(lambda: not run.state().is_active)
    return run.state()


def with_training(config, **changes):
    return replace(config, training=replace(config.training, **changes))


@pytest.fixture
def long_config(tiny_config):
    """Longer than any test waits."""
    return with_training(tiny_config, epochs=1000)


def test_a_run_from_start_to_finish(tiny_data, tiny_config):
    run = runs.start(tiny_config, "Whole")
    assert runs.running() == run
    assert wait_until_it_ends(run) == RunState.FINISHED, (run.path / "worker.log").read_text()
    assert list(run.history()["epoch"]) == [1, 2]
    assert run.snapshot_epochs() == [1, 2]
    assert run.snapshot(2).kernels.shape == (3, 3, 3, 4)

    test = tiny_data.split("test")
    labels, probabilities = run.predictions()
    np.testing.assert_array_equal(labels, test.labels)
    result, measured = run.result(), scores(labels, probabilities)
    assert (result.test_loss, result.test_accuracy, result.test_mse, result.test_n) == pytest.approx(
        (measured.loss, measured.accuracy, measured.mse, 60)
    )
    by_keras = keras.saving.load_model(run.keras_path).predict(test.images(), verbose=0)
    np.testing.assert_allclose(by_keras, probabilities, atol=1e-5)
    np.testing.assert_allclose(Classifier(run.classifier_path).predict(test.images()), probabilities, atol=1e-4)


def test_killed_at_random_moments_it_ends_as_if_it_had_not_been(tiny_data, tiny_config):
    config = with_training(tiny_config, epochs=6)
    whole = runs.start(config)
    assert wait_until_it_ends(whole) == RunState.FINISHED

    moments = random.Random(0)
    killed = runs.start(config)
    for epochs_done in (0, 2, 4):
        wait_for(lambda done=epochs_done: len(killed.history()) >= done and killed.progress() is not None)
        time.sleep(moments.uniform(0, 0.3))
        os.kill(killed.worker().pid, signal.SIGKILL)
        wait_for(lambda: not killed.state().is_active)
        if killed.state() == RunState.FINISHED:
            break  # it was faster than the kill
        assert killed.state() == RunState.INTERRUPTED
        runs.resume(killed)
    assert wait_until_it_ends(killed) == RunState.FINISHED

    columns = ["epoch", "loss", "accuracy", "mse", "val_loss", "val_accuracy", "val_mse", "learning_rate"]
    assert killed.history()[columns].equals(whole.history()[columns])
    np.testing.assert_array_equal(killed.predictions().probabilities, whole.predictions().probabilities)
    ours, theirs = (keras.saving.load_model(run.keras_path).get_weights() for run in (killed, whole))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_stopped_on_request_it_is_tested_and_goes_on(tiny_data, long_config):
    run = runs.start(long_config)
    wait_for(lambda: run.progress() is not None)
    runs.request_stop(run)
    assert wait_until_it_ends(run) == RunState.STOPPED
    assert run.is_tested()
    assert run.classifier_path.exists()
    assert "request" in run.reason()
    first = run.checkpoint()

    runs.resume(run)
    wait_for(lambda: len(run.history()) > int(first["epoch"]))
    runs.request_stop(run)
    assert wait_until_it_ends(run) == RunState.STOPPED
    assert run.checkpoint()["epoch"] > first["epoch"]
    assert run.checkpoint()["seconds"] > first["seconds"]


def test_a_second_start_is_refused_with_a_pointer_to_the_first(tiny_data, long_config):
    run = runs.start(long_config, "The first")
    with pytest.raises(runs.RunError, match="'The first' is being trained; one run at a time"):
        runs.start(long_config)
    assert [r.id for r in runs.list_runs() if not r.is_recorded] == [run.id]  # the refused one left nothing behind
    runs.request_stop(run)
    wait_until_it_ends(run)


def test_told_to_end_it_leaves_a_run_that_resumes(tiny_data, long_config):
    run = runs.start(long_config)
    wait_for(lambda: run.progress() is not None)
    os.kill(run.worker().pid, signal.SIGTERM)
    assert wait_until_it_ends(run) == RunState.STOPPED
    assert "told to end" in run.reason()
    assert run.checkpoint() is not None


def test_it_ends_itself_when_the_app_is_gone(tiny_data, long_config):
    run = runs.create(long_config)
    app = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"from cnn_core import runs; import time; runs.control._launch(runs.find_run({run.id!r})); time.sleep(600)",
        ]
    )
    wait_for(lambda: run.progress() is not None)
    app.kill()
    app.wait()
    assert wait_until_it_ends(run) == RunState.STOPPED
    assert "the app that started it ended" in run.reason()


def test_what_goes_wrong_is_said_in_the_run(tiny_config):
    run = runs.start(tiny_config)  # there is no data set here
    assert wait_until_it_ends(run) == RunState.FAILED
    assert "CIFAR-10 is not on this machine" in run.reason()
    assert "Traceback" in (run.path / "worker.log").read_text()
    assert not data.is_ready("cifar10")


def test_without_a_lock_it_exits_with_75(tiny_data, tiny_config):
    run, other = runs.create(tiny_config), runs.create(tiny_config)
    with runs.open_record(other):
        worker = subprocess.run([sys.executable, "-m", "cnn_core.worker", str(run.path)], check=False, timeout=PATIENCE)
    assert worker.returncode == runs.BUSY_EXIT_CODE
