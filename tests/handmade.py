"""Runs written by hand, as a worker leaves them."""

import json

import numpy as np

from cnn_core import runs
from cnn_core.architecture import variables
from cnn_core.evaluation import Calibration, Doubt, Projection, Study, along_axes, nearest
from cnn_core.progress import Look, Progress, Result, Worker
from cnn_core.runs.arrays import write_arrays

# As a worker: it begins and then waits until its run is stopped, so that a test sees it at work.
AT_WORK = """
import sys, time
from pathlib import Path
from cnn_core import runs
run = runs.Run(Path(sys.argv[1]))
with runs.open_record(run) as record:
    record.started(seconds=0.0, is_resumed=False)
    while not run.stop_is_requested():
        time.sleep(0.01)
    record.stopped("stopped on request", 1.0, None)
"""


def write_finished_run(
    config, *, n=60, title="A finished run", says_passes=True, test_accuracy=0.55, labels=None
):  # fmt: skip
    """`says_passes=False` as in the logs of the first weeks. labels: of the test images, in place of `n` of them."""
    run = runs.create(config, title)
    rng = np.random.default_rng(5)
    kernels = next((shape for shape in variables(config.network).values() if len(shape) == 4), (0, 0, 3, 0))
    classes = config.network.classes
    labels = np.arange(n) % classes if labels is None else np.asarray(labels)
    n = len(labels)
    logits = rng.normal(size=(n, classes)) + 2 * np.eye(classes)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    with runs.open_record(run) as record:
        record.worker(Worker(pid=1, started=1_700_000_000, cpu="A processor", cores=2))
        record.started(seconds=0.0, is_resumed=False)
        for epoch in (1, 2):
            record.batch(Progress(**batch_fields(epoch)))
            record.event("epoch", **{k: v for k, v in epoch_fields(epoch).items() if says_passes or k != "passes"})
            record.snapshot(epoch, rng.normal(size=kernels), probabilities[:20])
        record.testing()
        record.predictions(labels, probabilities.astype(np.float32))
        record.finished(Result(test_loss=1.2, test_accuracy=test_accuracy, test_mse=0.06, test_n=n, seconds=12.5))
    return run


def begin_and_stop(run):
    """As a worker that is stopped before its first batch."""
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        record.stopped("stopped on request", 1.0, None)


def give_temperature(run, temperature, *, split="val", n=20):
    """As `complete` fits one; a run without a network gets empty files in its place."""
    for path in (run.keras_path, run.classifier_path):
        path.touch()
    arrays = Calibration(temperature, split, n).to_arrays()
    (run.path / runs.files.CALIBRATION).write_bytes(write_arrays(arrays))


def batch_fields(epoch):
    running = {"loss": 2.0 - 0.4 * epoch, "accuracy": 0.2 * epoch, "mse": 0.08}
    return {
        "epoch": epoch, "batch": 4, "batches": 8, "fraction": (epoch - 0.5) / 2, "seconds": 5.0 * epoch,
        "images_per_second": 100.0, **running,
    }  # fmt: skip


def progress(**fields):
    return Progress(**{**batch_fields(1), **fields})


def look(seconds=1.0, **fields):
    """Sixteen images, one of each class and a few more; every second answer is right, and the kernels grow."""
    labels = [number % 10 for number in range(16)]
    kernels = np.random.default_rng(1).uniform(-1, 1, (3, 3, 3, 4)).astype(np.float32) * (1 + seconds)
    told = {
        "positions": tuple(range(16)),
        "labels": tuple(labels),
        "answers": tuple(label if number % 2 else (label + 1) % 10 for number, label in enumerate(labels)),
        "probabilities": tuple(round(0.2 + 0.05 * number, 3) for number in range(16)),
        "kernels": kernels,
    }
    return Look(seconds, **{**told, **fields})


def epoch_fields(epoch):
    return {
        "epoch": epoch, "passes": float(epoch), "loss": 2.0 - 0.5 * epoch, "accuracy": 0.25 * epoch, "mse": 0.07,
        "val_loss": 2.1 - 0.4 * epoch, "val_accuracy": 0.2 * epoch, "val_mse": 0.08,
        "learning_rate": 0.003, "seconds": 6.0 * epoch,
    }  # fmt: skip


def write_event_line(run, **fields):
    """Append one raw event, as a worker would."""
    with (run.path / "events.jsonl").open("a") as file:
        file.write(json.dumps({"time": 0.0, **fields}) + "\n")


def write_study(run, *, features=8, searched=40):
    """What was found out about its network, in its four files: a temperature of 0.8, energies and places by chance."""
    labels, _ = run.predictions()
    rng = np.random.default_rng(8)
    seen = rng.gamma(2.0, size=(len(labels), features)) + 3 * np.eye(features)[labels % features]
    along, center, axes = along_axes(seen)
    study = Study(
        Calibration(0.8, "val", 20),
        Doubt(rng.normal(5, 1, 20), rng.normal(5, 1, len(labels)), {"noise": rng.normal(3, 1, 30)}),
        nearest(seen, [rng.gamma(2.0, size=(searched, features))]),
        Projection(along[:, :2], along, center, axes),
    )
    with runs.open_additions(run) as additions:
        additions.study(study)
    return study
