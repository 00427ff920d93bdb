"""Claim: with few photographs, reused kernels beat a network from nothing; with drawings they do not for long.

    python -m benchmarks.few_images --draws 5 --draws-from-nothing 5

So many training images a class are drawn from the training split, a quarter as many for validation, at least two, from
the validation split. Reuse keeps the kernels of `minute-8-epochs`, which has seen all training images of CIFAR-10: its
row of CIFAR-10 says how little the last layer needs, not how well kernels travel. From nothing is `minute` with
`presets.for_few`. Accuracies are for the first test images of each class. Needs CIFAR-10; prints one JSON line.

The data set `unseen` is how well kernels travel to new classes of photographs: five classes of CIFAR-10, with the
kernels of a network that is trained here, for two epochs, on the other five.
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean

import keras
import numpy as np

from benchmarks.conditions import conditions, report
from cnn_core import data, training
from cnn_core.config import ExperimentConfig, OwnData
from cnn_core.data import DataSet, Split
from cnn_core.presets import PRESETS, REUSED, for_few, reusing
from cnn_core.runs import Run

RECORDED = Path(__file__).parents[1] / "assets" / "runs" / REUSED
SIZES = (5, 10, 20, 50)  # training images of each class
TESTED = 100  # of each class
WAYS = ("reuse", "from nothing")
DATA_SETS = ("shapes10", "cifar10", "unseen")
SEEN, UNSEEN = range(0, 10, 2), range(1, 10, 2)  # classes: airplane, bird, deer, frog, ship, and the others


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=5, help="of the training images, for reuse")
    parser.add_argument("--draws-from-nothing", type=int, default=5)
    parser.add_argument("--data-sets", nargs="+", choices=DATA_SETS, default=DATA_SETS)
    options = parser.parse_args()
    before, found = conditions(), {}
    draws = dict(zip(WAYS, (options.draws, options.draws_from_nothing), strict=True))
    for name in options.data_sets:
        whole, recorded = made_ready(name)
        for way in WAYS:
            for size in SIZES:
                runs = [measure(way, size, draw, whole, recorded) for draw in range(draws[way])]
                found[f"{name}, {way}, {size}"] = summary(runs)
                print(name, way, size, found[f"{name}, {way}, {size}"], file=sys.stderr, flush=True)
    report(accuracies=found, n_of_a_class=TESTED, draws=draws, **before)


def made_ready(name: str) -> tuple[DataSet, keras.Model]:
    """The data set, and the network whose kernels are kept."""
    if name != "unseen":
        run = Run(RECORDED)
        return data.load(name), training.load_weights(run.config.network, run.keras_path)
    seen, unseen = (of_classes(data.load("cifar10"), labels) for labels in (SEEN, UNSEEN))
    usual = replace(PRESETS["minute"].training, epochs=2, seconds=None)
    config = put_on(replace(PRESETS["minute"], training=usual), seen)
    outcome = training.train(config, seen, on_batch=lambda progress: None, on_epoch=lambda epoch: None)
    return unseen, outcome.model


def of_classes(whole: DataSet, labels: range) -> DataSet:
    """Only the images of these classes, which are counted anew."""
    splits = {}
    for name in ("train", "val", "test"):
        split = whole.split(name)
        kept = np.flatnonzero(np.isin(split.labels, labels))
        numbers = np.searchsorted(labels, split.labels[kept])
        splits[name] = replace(split, rows=split.rows[kept], labels=numbers)
    return replace(whole, name="photographs@00000000", class_names=whole.class_names[labels[0] :: 2], splits=splits)


def put_on(config: ExperimentConfig, on: DataSet) -> ExperimentConfig:
    """`data.on` for a data set that is nowhere stored."""
    if on.name in ("cifar10", "shapes10"):
        return data.on(config, on.name)
    own = OwnData(on.title, on.class_names, *(len(on.split(name)) for name in ("train", "val", "test")))
    return replace(config, data_set=on.name, own=own, network=replace(config.network, classes=len(on.class_names)))


def measure(way: str, size: int, draw: int, whole: DataSet, recorded: keras.Model) -> tuple[float, float]:
    """Test accuracy, and the seconds that learning took."""
    few = drawn(whole, size, draw)
    usual = reusing() if way == "reuse" else for_few(PRESETS["minute"], len(few.split("train")))
    config = put_on(replace(usual, training=replace(usual.training, seed=draw)), few)
    started = time.perf_counter()
    model = learn(config, few, recorded).model
    seconds = time.perf_counter() - started
    test = few.split("test")
    return float((training.predictor(model)(test.images()).argmax(1) == test.labels).mean()), seconds


def learn(config: ExperimentConfig, few: DataSet, recorded: keras.Model) -> training.Outcome:
    if config.reuse:
        return training.reuse(config, few, recorded)
    return training.train(config, few, on_batch=lambda progress: None, on_epoch=lambda epoch: None)


def drawn(whole: DataSet, size: int, draw: int) -> DataSet:
    """So many training images of each class at random, validation images beside them, and the first test images."""
    rng = np.random.default_rng(draw)
    wanted = {"train": size, "val": max(2, size // 4)}
    splits = {name: part(whole.split(name), n, rng) for name, n in wanted.items()}
    return replace(whole, splits=splits | {"test": part(whole.split("test"), TESTED)})


def part(split: Split, n: int, rng: np.random.Generator | None = None) -> Split:
    """So many images of each class: the first, or at random."""
    places = [np.flatnonzero(split.labels == label) for label in np.unique(split.labels)]
    chosen = np.sort(np.concatenate([(rng.permutation(own) if rng else own)[:n] for own in places]))
    return replace(split, rows=split.rows[chosen], labels=split.labels[chosen])


def summary(runs: list[tuple[float, float]]) -> dict[str, object]:
    accuracies, seconds = zip(*runs, strict=True)
    return {"mean": round(mean(accuracies), 3), "each": accuracies, "seconds": round(mean(seconds), 1)}


if __name__ == "__main__":
    main()
