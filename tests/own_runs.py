"""Runs on data sets of one's own: what is learned, a network small enough for seconds, runs by hand and trained."""

import json
import shutil
from pathlib import Path

import numpy as np
from handmade import look, write_finished_run

from cnn_core import data, runs
from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.data import own
from cnn_core.runs.looks import look_fields
from cnn_core.worker import work

CLASSES = ("cat", "Dog [big]*", "none of these")
TITLE = "Pets & *more*"
# Images of each class by bursts, the last for the test: the least that can be learned, and a burst for validation more.
BURSTS = {2: (3, 2), 3: (6, 3, 2)}
_TINY = ExperimentConfig(
    network=NetworkConfig(blocks=(Block(4, 1), Block(6, 1))),
    training=TrainingConfig(epochs=2, batch_size=8, learning_rate=5e-3, shift=1, test_time_views=2),
)


def make_state(classes=3):
    """Freeze a set whose classes have a brightness with noise each; the state's name."""
    made, rng = own.create(TITLE, CLASSES[:classes]), np.random.default_rng(0)
    for label, of_class in enumerate(made.classes):
        for number, size in enumerate(BURSTS[classes]):
            images = (rng.integers(0, 60, (size, 32, 32, 3)) + 80 * label).astype(np.uint8)
            own.add(made.name, of_class.id, images, f"{label}.{number}")
    return own.latest(made.name)


def config_on(state):
    return data.on(_TINY, state)


def write_run(state):
    """A finished run as a worker leaves it, with looks and without a network."""
    config, known = config_on(state), data.load(state)
    run = write_finished_run(config, labels=known.split("test").labels)
    watched = known.split("val").labels
    told = look(
        positions=tuple(range(len(watched))), labels=tuple(watched.tolist()), answers=(0,) * len(watched),
        probabilities=(0.5,) * len(watched),
    )  # fmt: skip
    log = run.path / "events.jsonl"
    begins, *later = log.read_text().splitlines(keepends=True)
    line = json.dumps({"time": 0.0, "event": "look", **look_fields(told)})
    log.write_text(f"{begins}{line}\n{''.join(later)}")
    return run


def train(folder, monkeypatch, classes):
    """A run that a worker has trained to its end, in `folder`, where its data set stays too."""
    _work_in(folder, monkeypatch)
    run = runs.create(config_on(make_state(classes)), "Trained on my own")
    assert work(run) == 0
    return run


def bring(trained, folder, monkeypatch):
    """The same run and its data set in folders of this test's own."""
    shutil.copytree(trained.path.parents[1], folder, dirs_exist_ok=True)
    _work_in(folder, monkeypatch)
    return runs.Run(folder / "runs" / trained.id)


def _work_in(folder: Path, monkeypatch):
    monkeypatch.setenv("CNN_DATA_DIR", str(folder / "data"))
    monkeypatch.setenv("CNN_RUNS_DIR", str(folder / "runs"))
