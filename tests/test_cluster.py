"""Two real processes that train one run together on this machine, as two machines would."""

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from waiting import wait_for

from cnn_core import cluster, runs
from cnn_core.__main__ import main
from cnn_core.config import Block, ConfigError, ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.progress import Finish, TrainingState
from cnn_core.runs import RunState

CONFIG = ExperimentConfig(
    data_set="cifar10",
    network=NetworkConfig(blocks=(Block(4, 1), Block(6, 1))),  # no dropout: its masks would be others
    training=TrainingConfig(
        epochs=10, batch_size=32, optimizer="sgd", learning_rate=0.001, schedule="constant", precision="float32"
    ),
)
PATIENCE = 300  # seconds; two processes on a busy machine


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.fixture
def start(tmp_path):
    """A function that starts `train` with some arguments in two processes, each with its own place in TF_CONFIG."""
    started = []

    def start(*arguments):
        workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
        for index in (0, 1):
            setting = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
            with (tmp_path / f"{index}.log").open("w") as log:
                started.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "cnn_core", "train", *arguments],
                        env={**os.environ, "TF_CONFIG": json.dumps(setting)},
                        stdout=log,
                        stderr=log,
                    )
                )
        return started[-2:]

    yield start
    for process in started:
        process.kill()
        process.wait()


def losses(history):
    return [[row.loss, row.val_loss] for row in history]


def losses_of_one_process(config, data):
    from cnn_core.training import train

    return losses(train(config, data, on_batch=lambda _: None, on_epoch=lambda _: None).history)


@pytest.mark.slow
def test_two_compute_what_one_does_also_when_one_is_lost_which_a_sentence_says_and_both_resume(
    start, tiny_data, tmp_path
):
    file = tmp_path / "config.json"
    file.write_text(CONFIG.to_json())
    chief, other = start("--config", str(file))
    wait_for(lambda: runs.list_runs() and len(runs.list_runs()[0].history()) >= 1)
    other.send_signal(signal.SIGKILL)
    assert chief.wait(PATIENCE) == 1
    (run,) = runs.list_runs()
    assert run.state() == RunState.FAILED
    assert run.reason().startswith("Another machine left the training")
    for process in start("--resume", run.id):
        assert process.wait(PATIENCE) == 0, (tmp_path / "0.log").read_text()[-2000:]
    assert run.state() == RunState.FINISHED
    ours, expected = losses(run.history().itertuples()), losses_of_one_process(CONFIG, tiny_data)
    np.testing.assert_allclose(ours[:2], expected[:2], atol=1e-4)
    np.testing.assert_allclose(ours[:3], expected[:3], atol=1e-3)
    np.testing.assert_allclose(ours, expected, atol=0.05)  # 90 steps amplify the rounding


def test_a_machine_without_the_checkpoint_does_not_resume_from_the_start(finished_run, monkeypatch, capsys):
    setting = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(setting))
    assert main(["train", "--resume", finished_run.id]) == 1
    assert "no checkpoint here; copy its whole folder from the first machine" in capsys.readouterr().err


def test_without_tf_config_there_is_one_machine(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert (cluster.size(), cluster.is_chief()) == (1, True)
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1", "b:1"]}, "task": {"index": 1}}))
    assert (cluster.size(), cluster.is_chief()) == (2, False)
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1", "b:1"]}, "task": {"index": "0"}}))
    assert (cluster.size(), cluster.is_chief()) == (2, True)  # as TensorFlow reads it


@pytest.mark.parametrize(
    "setting",
    [
        "two machines",
        json.dumps({"cluster": []}),
        json.dumps({"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, "task": {"type": "worker", "index": 0}}),
        json.dumps({"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "evaluator", "index": 0}}),
        json.dumps({"cluster": {"worker": "a:1"}, "task": {"index": 0}}),
        json.dumps({"cluster": {"worker": ["a:1", "b:1"]}, "task": {"index": 5}}),
        json.dumps({"cluster": {"worker": ["a:1", "b:1"]}, "task": {"index": "first"}}),
    ],
    ids=["no JSON", "no cluster", "a chief apart", "an evaluator", "no list", "not in the list", "no number"],
)
def test_a_cluster_of_another_kind_is_refused(setting, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", setting)
    with pytest.raises(ConfigError, match="TF_CONFIG must be a JSON object with a list of workers"):
        cluster.size()


@pytest.mark.slow
def test_what_needs_one_clock_is_refused_for_several_machines(monkeypatch):
    from cnn_core.training import choose_strategy

    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1", "b:1"]}, "task": {"index": 0}}))
    with pytest.raises(ConfigError, match="give a number of epochs"):
        choose_strategy(replace(CONFIG.training, seconds=60.0))
    with pytest.raises(ConfigError, match="resume it on one"):
        choose_strategy(CONFIG.training, TrainingState(finish=Finish(3.0, 0.5)))
