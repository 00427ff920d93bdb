"""Claim: with few photographs, reused kernels beat a network from nothing; with drawings they do not for long.

    python -m benchmarks.few_images --draws 5 --draws-from-nothing 5

So many training images a class are drawn from the training split, a quarter as many for validation, at least two, from
the validation split. Reuse keeps the kernels of `minute-8-epochs`, which has seen all training images of CIFAR-10: its
row of CIFAR-10 says how little the last layer needs, not how well kernels travel. From nothing is `minute` with
`presets.for_few`. Accuracies are for the first test images of each class. Needs CIFAR-10; prints one JSON line.
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
from cnn_core.config import ExperimentConfig
from cnn_core.data import DataSet, Split
from cnn_core.presets import PRESETS, REUSED, for_few, reusing
from cnn_core.runs import Run

RECORDED = Path(__file__).parents[1] / "assets" / "runs" / REUSED
SIZES = (5, 10, 20, 50)  # training images of each class
TESTED = 100  # of each class
WAYS = ("reuse", "from nothing")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=5, help="of the training images, for reuse")
    parser.add_argument("--draws-from-nothing", type=int, default=5)
    parser.add_argument("--data-sets", nargs="+", default=["shapes10", "cifar10"])
    options = parser.parse_args()
    before, found = conditions(), {}
    run = Run(RECORDED)
    recorded = training.load_weights(run.config.network, run.keras_path)
    draws = dict(zip(WAYS, (options.draws, options.draws_from_nothing), strict=True))
    for name in options.data_sets:
        whole = data.load(name)
        for way in WAYS:
            for size in SIZES:
                runs = [measure(way, size, draw, whole, recorded) for draw in range(draws[way])]
                found[f"{name}, {way}, {size}"] = summary(runs)
                print(name, way, size, found[f"{name}, {way}, {size}"], file=sys.stderr, flush=True)
    report(accuracies=found, n=10 * TESTED, draws=draws, **before)


def measure(way: str, size: int, draw: int, whole: DataSet, recorded: keras.Model) -> tuple[float, float]:
    """Test accuracy, and the seconds that learning took."""
    few = drawn(whole, size, draw)
    usual = reusing() if way == "reuse" else for_few(PRESETS["minute"], 10 * size)
    config = data.on(replace(usual, training=replace(usual.training, seed=draw)), whole.name)
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
    places = [np.flatnonzero(split.labels == label) for label in range(10)]
    chosen = np.sort(np.concatenate([(rng.permutation(own) if rng else own)[:n] for own in places]))
    return replace(split, rows=split.rows[chosen], labels=split.labels[chosen])


def summary(runs: list[tuple[float, float]]) -> dict[str, object]:
    accuracies, seconds = zip(*runs, strict=True)
    return {"mean": round(mean(accuracies), 3), "each": accuracies, "seconds": round(mean(seconds), 1)}


if __name__ == "__main__":
    main()
