"""What the tests share: a folder of their own for data and runs, and a data set small enough to train on in seconds."""

import json

import numpy as np
import pytest

from cnn_core import data, runs
from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.data.dataset import Part, store


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """No test sees or changes the data and runs of whoever runs it, nor depends on the recorded ones."""
    monkeypatch.setattr(runs.run, "recorded_dir", lambda: tmp_path / "recorded")
    monkeypatch.setattr(runs.control, "recorded_dir", lambda: tmp_path / "recorded")
    monkeypatch.setenv("CNN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CNN_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture
def tiny_data_dir(tmp_path):
    """A stand-in for CIFAR-10, in its place and form: 260 + 20 + 60 images, each class a brightness with noise."""
    rng = np.random.default_rng(0)
    parts = []
    for subset, size in (("train", 280), ("test", 60)):
        labels = np.arange(size) % 10
        images = rng.integers(0, 60, (size, 32, 32, 3)) + 19 * labels[:, None, None, None]
        parts.append(Part(subset, 0, images.astype(np.uint8), labels))
    folder = data.data_dir() / "cifar10"
    folder.parent.mkdir(parents=True, exist_ok=True)
    store(folder, {"train": 280, "test": 60}, parts)
    return folder


@pytest.fixture
def tiny_data(tiny_data_dir):
    return data.load("cifar10")


@pytest.fixture
def tiny_config():
    """Two epochs of nine batches, the last of them of four images, on `tiny_data`, with everything on that could differ after an interruption."""
    return ExperimentConfig(
        data_set="cifar10",
        network=NetworkConfig(blocks=(Block(4, 1, 0.2), Block(8, 1)), dense_units=(8,)),
        training=TrainingConfig(epochs=2, batch_size=32, optimizer="adamax", learning_rate=3e-3),
    )


@pytest.fixture
def finished_run(tiny_config):
    """A run as a worker leaves it, written by hand: two epochs, predictions for 60 images, no network."""
    return write_finished_run(tiny_config)


def write_finished_run(config, *, n=60, title="A finished run"):
    run = runs.create(config, title)
    rng = np.random.default_rng(5)
    labels = np.arange(n) % 10
    logits = rng.normal(size=(n, 10)) + 2 * np.eye(10)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    with runs.open_record(run) as record:
        record.worker(pid=1, started=1_700_000_000, cpu="A processor", cores=2)
        record.event("started", is_resumed=False)
        for epoch in (1, 2):
            record.event("batch", **batch_fields(epoch))
            record.event("epoch", **epoch_fields(epoch))
            record.snapshot(epoch, rng.normal(size=(3, 3, 3, 4)), probabilities[:20])
        record.predictions(labels, probabilities.astype(np.float32))
        record.event("finished", test_loss=1.2, test_accuracy=0.55, test_mse=0.06, test_n=n, seconds=12.5)
    return run


def batch_fields(epoch):
    running = {"loss": 2.0 - 0.4 * epoch, "accuracy": 0.2 * epoch, "mse": 0.08}
    return {
        "epoch": epoch, "batch": 4, "batches": 8, "fraction": (epoch - 0.5) / 2, "seconds": 5.0 * epoch,
        "images_per_second": 100.0, **running,
    }  # fmt: skip


def epoch_fields(epoch):
    return {
        "epoch": epoch, "loss": 2.0 - 0.5 * epoch, "accuracy": 0.25 * epoch, "mse": 0.07,
        "val_loss": 2.1 - 0.4 * epoch, "val_accuracy": 0.2 * epoch, "val_mse": 0.08,
        "learning_rate": 0.003, "seconds": 6.0 * epoch,
    }  # fmt: skip


def write_event_line(run, **fields):
    """Append one raw event, as a worker would."""
    with (run.path / "events.jsonl").open("a") as file:
        file.write(json.dumps({"time": 0.0, **fields}) + "\n")
