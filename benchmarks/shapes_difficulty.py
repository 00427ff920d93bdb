"""Claim: on Shapes-10 a linear classifier stays under 60% and the lesson's network passes 90%. Prints one JSON line.

The linear classifier is the best of several ridge regressions on all 3,072 pixel values of the 45,000 training images,
chosen on the validation images. The network is the preset `lesson`, limited in epochs instead of seconds, so that a
busy machine measures the same. Both are measured on the test split.
"""

import sys
import time
from dataclasses import replace

import numpy as np

from benchmarks.conditions import conditions, report
from cnn_core import data, training
from cnn_core.data import Split
from cnn_core.evaluation import scores
from cnn_core.presets import PRESETS
from cnn_core.progress import Epoch

EPOCHS = 3  # about what a minute holds on two cores
PENALTIES = (1e2, 1e3, 1e4, 1e5)


def main() -> None:
    before = conditions()
    shapes = data.load("shapes10")
    test = shapes.split("test")
    started = time.monotonic()
    recipe = replace(PRESETS["lesson"].training, seconds=None, epochs=EPOCHS)
    config = replace(PRESETS["lesson"], data_set="shapes10", training=recipe)
    outcome = training.train(config, shapes, on_batch=lambda progress: None, on_epoch=show)
    seconds = time.monotonic() - started
    network = scores(test.labels, training.predictor(outcome.model)(test.images())).accuracy
    linear = linear_accuracy(shapes)
    report(linear=linear, network=network, network_seconds=round(seconds, 1), n=len(test), **before)
    sys.exit(not (linear < 0.6 and network > 0.9))


def show(epoch: Epoch) -> None:
    print(f"epoch {epoch.scores.epoch}  val_accuracy {epoch.scores.val_accuracy:.4f}", file=sys.stderr)


def linear_accuracy(data_set: data.DataSet) -> float:
    """Test accuracy of the ridge regression with the best validation accuracy."""
    train, val, test = (data_set.split(name) for name in ("train", "val", "test"))
    pixels = features(train)
    products = pixels.T @ pixels
    targets = pixels.T @ np.eye(10, dtype=np.float32)[train.labels]
    identity = np.eye(len(products), dtype=np.float32)
    weights = [np.linalg.solve(products + penalty * identity, targets) for penalty in PENALTIES]
    best = max(weights, key=lambda candidate: accuracy(val, candidate))
    return accuracy(test, best)


def features(split: Split) -> np.ndarray:
    """(n, 3073) float32: every pixel value, and a one for the offset."""
    pixels = split.images().reshape(len(split), -1) / np.float32(255) - np.float32(0.5)
    return np.concatenate([pixels, np.ones((len(split), 1), np.float32)], axis=1)


def accuracy(split: Split, weights: np.ndarray) -> float:
    return float(np.mean((features(split) @ weights).argmax(axis=1) == split.labels))


if __name__ == "__main__":
    main()
