"""Which shape and which course of the learning rate make the most of the operations of the preset `minute`.

    nice -n 19 python -m benchmarks.shape_of_minute --log shapes.jsonl --shapes "batch 128" "24/64/96" --seeds 0 1 2

Each shape changes one thing of `minute` and trains for as many operations (6 times multiply-adds times images, as in
`benchmarks.accuracy`) as `minute` in `--epochs`; a course says how the learning rate runs. The load of the machine does
not matter: nothing is measured in seconds. Accuracies are for the 5,000 validation images, points are the mean
difference to `minute` with the same course, epochs and seed, and `se` is its standard error over the seeds.

Each finished training is a line of the log; those that are in it are not repeated, so a killed search goes on. While
the file `--pause` exists, it waits. Courses that begin with the same line share the steps along it; so
`images_per_second`, of what came after, is no more than a hint. Needs CIFAR-10.
"""

import argparse
import itertools
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import tensorflow as tf

from benchmarks.conditions import conditions, report
from cnn_core import data, evaluation
from cnn_core.architecture import totals
from cnn_core.augmentation import test_time_augmentation
from cnn_core.batches import Batches
from cnn_core.config import Block, ExperimentConfig
from cnn_core.presets import PRESETS
from cnn_core.training.learner import Learner
from cnn_core.training.loop import WHITENED_IMAGES
from cnn_core.training.optimizers import MuonStep

TODAY = PRESETS["minute"]
MOMENTUM = MuonStep.filter_momentum
PAUSE = 5.0  # seconds between two looks at the file that asks for a pause


def _blocks(*filters: int, convolutions: tuple[int, ...] = (2, 2, 2)) -> dict[str, object]:
    return {"network": {"blocks": tuple(Block(*pair) for pair in zip(filters, convolutions, strict=True))}}


_RATE = TODAY.training.learning_rate
# What a shape changes: settings of the network, of the training, or the momentum of Muon.
SHAPES: dict[str, dict] = {
    "minute": {},
    "batch 128": {"training": {"batch_size": 128}},
    "batch 128, rate / sqrt 2": {"training": {"batch_size": 128, "learning_rate": _RATE / 2**0.5}},
    "batch 64, rate / 2": {"training": {"batch_size": 64, "learning_rate": _RATE / 2}},
    "batch 512": {"training": {"batch_size": 512}},
    "batch 512, rate * sqrt 2": {"training": {"batch_size": 512, "learning_rate": _RATE * 2**0.5}},
    "rate * 0.7": {"training": {"learning_rate": _RATE * 0.7}},
    "rate * 1.4": {"training": {"learning_rate": _RATE * 1.4}},
    "smoothing 0.1": {"training": {"label_smoothing": 0.1}},
    "shift 1": {"training": {"shift": 1}},
    "shift 1, batch 128, rate / sqrt 2": {"training": {"shift": 1, "batch_size": 128, "learning_rate": _RATE / 2**0.5}},
    "weights averaged, 0.98": {"training": {"ema_momentum": 0.98}},
    "shift 0": {"training": {"shift": 0}},
    "momentum 0.5": {"momentum": 0.5},
    "momentum 0.7": {"momentum": 0.7},
    "32/64/64": _blocks(32, 64, 64),
    "32/64/96": _blocks(32, 64, 96),
    "32/64/128": _blocks(32, 64, 128),
    "24/96/96": _blocks(24, 96, 96),
    "24/64/96": _blocks(24, 64, 96),
    "24/64/128": _blocks(24, 64, 128),
    "16/64/128": _blocks(16, 64, 128),
    "48/96/96": _blocks(48, 96, 96),
    "32/96/96, 2 + 2 + 1 convolutions": _blocks(32, 96, 96, convolutions=(2, 2, 1)),
    "32/96/96, 1 + 2 + 2 convolutions": _blocks(32, 96, 96, convolutions=(1, 2, 2)),
}


def _root(share: float, factor: float) -> tuple[tuple[float, float], ...]:
    """From there to zero at the end by 1 - root, steep at first (A. Haegele et al., 2024, arXiv 2405.18392)."""
    return tuple(
        (share + (1 - share) * passed, factor * (1 - passed**0.5)) for passed in (0.02, 0.1, 0.3, 0.5, 0.75, 1)
    )


# The factor of the learning rate over the shares of a run, straight between these points.
COURSES: dict[str, tuple[tuple[float, float], ...]] = {
    "linear": ((0, 1), (1, 0)),
    "falls over the last 30%": ((0, 1), (0.7, 1), (1, 0)),
    "falls over the last 40%": ((0, 1), (0.6, 1), (1, 0)),
    "falls over the last 60%": ((0, 1), (0.4, 1), (1, 0)),
    "finished early, was constant": ((0, 1), (0.9, 1), (1, 0)),
    "finished early, was linear for twice as long": ((0, 1), (0.9, 0.55), (1, 0)),
    "finished early over 20%, was linear for twice as long": ((0, 1), (0.8, 0.6), (1, 0)),
    "finished early over 30%, was linear for twice as long": ((0, 1), (0.7, 0.65), (1, 0)),
    "finished early by the root, was linear for twice as long": ((0, 1), (0.9, 0.55), *_root(0.9, 0.55)),
    "rises over 10%, then linear": ((0, 0.2), (0.1, 1), (1, 0)),
    "rises over 20%, then linear": ((0, 0.2), (0.2, 1), (1, 0)),
}


def config_of(shape: str, seed: int) -> ExperimentConfig:
    changes = SHAPES[shape]
    return replace(
        TODAY,
        network=replace(TODAY.network, **changes.get("network", {})),
        training=replace(TODAY.training, **changes.get("training", {}), seed=seed),
    )


class Training:
    """One shape with one seed, trained over one course after another."""

    def __init__(self, shape: str, seed: int, data_set: data.DataSet, views: int, wait: Callable[[], None]) -> None:
        config = config_of(shape, seed)
        self._recipe, self._views, self._wait = config.training, views, wait
        self._validation = data_set.split("val")
        self._images_of_epoch = len(data_set.split("train"))
        self._batches = Batches(config.training, data_set.split("train"))
        MuonStep.filter_momentum = SHAPES[shape].get("momentum", MOMENTUM)  # read whenever a step is traced
        self._learner = Learner(config, tf.distribute.get_strategy())
        self._learner.initialize(self._batches.first_images(WHITENED_IMAGES))
        self._learner.tune(None, lambda: False)
        self._learner.warm_up(self._batches, lambda: False)
        self._beginning = self._learner.variables()
        self._reached: dict[tuple, tuple[int, list]] = {}  # of each first line of a course: the step, and what it left
        self._operations = 6 * totals(config.network).multiply_adds

    def run(self, course: str, epochs: float) -> dict[str, object]:
        """Train for as many operations as `minute` in so many epochs, from the beginning, and measure."""
        points = COURSES[course]
        images = epochs * self._images_of_epoch * 6 * totals(TODAY.network).multiply_adds / self._operations
        steps = round(images / self._images_of_epoch * len(self._batches))
        shares, factors = zip(*points, strict=True)

        def factor(step: int) -> float:
            return float(np.interp(step / steps, shares, factors))

        bend = round(shares[1] * steps)
        line = factors[0], round((factors[1] - factors[0]) / (shares[1] * epochs), 6)
        first, variables = self._reached.get(line, (0, self._beginning))
        first, variables = (first, variables) if first <= bend else (0, self._beginning)
        self._learner.restore(variables)
        started = time.perf_counter()
        self._steps(first, bend, factor)
        self._reached[line] = bend, self._learner.variables()
        self._steps(bend, steps, factor)
        pace = (steps - first) / max(time.perf_counter() - started, 1e-9) * self._recipe.batch_size
        passes = steps / len(self._batches)
        pflop = round(self._operations * passes * self._images_of_epoch / 1e15, 5)
        return {"passes": round(passes, 3), "pflop": pflop, "images_per_second": round(pace), **self._measure()}

    def _steps(self, first: int, last: int, factor: Callable[[int], float]) -> None:
        step = first
        while step < last:
            epoch, batch = divmod(step, len(self._batches))
            for images, labels in self._learner.distribute(self._batches, epoch, batch):
                self._learner.learning_rate = self._recipe.learning_rate * factor(step)
                self._learner.step(images, labels)
                self._wait()
                step += 1
                if step == last:
                    break

    def _measure(self) -> dict[str, float]:
        self._learner.refresh(lambda: False)
        views: list[np.ndarray] = []  # the image itself is the first

        def classify(images: np.ndarray) -> np.ndarray:
            views.append(self._learner.classify(images))
            return views[-1]

        answers = test_time_augmentation(classify, self._validation.images(), self._views)
        one, all_views = (evaluation.scores(self._validation.labels, given) for given in (views[0], answers))
        six = {"six_views": all_views.accuracy} if self._views == 6 else {}
        return {"one_view": one.accuracy, **six, "loss": round(one.loss, 4)}


KEY = ("shape", "course", "epochs", "seed")


def search(options: argparse.Namespace, log: Path, done: dict[tuple, dict], data_set: data.DataSet) -> None:
    """Every training that is asked for and not done; seeds outermost, so that all shapes are soon there once."""

    def wait() -> None:
        while options.pause and options.pause.exists():
            time.sleep(PAUSE)

    courses = list(itertools.product(options.courses, options.epochs))
    courses.sort(key=lambda pair: COURSES[pair[0]][1][0] * pair[1])  # the next one goes on from the end of a first line
    for seed, shape in itertools.product(options.seeds, options.shapes):
        missing = [pair for pair in courses if (shape, *pair, seed) not in done]
        training = None
        for course, epochs in missing:
            wait()
            training = training or Training(shape, seed, data_set, options.views, wait)
            row = dict(zip(KEY, (shape, course, epochs, seed), strict=True)) | training.run(course, epochs)
            done[shape, course, epochs, seed] = row
            with log.open("a", encoding="utf-8") as file:
                print(json.dumps(row), file=file)
            print(row, file=sys.stderr, flush=True)


def table(done: dict[tuple, dict], **like: object) -> list[dict]:
    """A row for each shape, course and length: means over the seeds, and points against `like` with the same seed."""
    groups = defaultdict(dict)
    for (shape, course, epochs, seed), row in done.items():
        groups[shape, course, epochs][seed] = row
    rows = []
    for (shape, course, epochs), by_seed in groups.items():
        row = {"shape": shape, "course": course, "epochs": epochs, "seeds": sorted(by_seed)}
        other = groups.get((like.get("shape", shape), like.get("course", course), epochs), {})
        shared = sorted(set(by_seed) & set(other))
        for views in ("one_view", "six_views"):
            if any(views not in run for run in [*by_seed.values(), *other.values()]):
                continue
            row[views] = round(100 * mean(run[views] for run in by_seed.values()), 2)
            points = [100 * (by_seed[seed][views] - other[seed][views]) for seed in shared]
            if points:
                row[f"points_{views}"] = round(mean(points), 2)
            if len(points) > 1:
                row[f"se_{views}"] = round(stdev(points) / len(points) ** 0.5, 2)
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", type=Path, required=True, help="a line for each finished training")
    parser.add_argument("--pause", type=Path, help="wait while this file exists")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--courses", nargs="+", choices=COURSES, default=["linear"])
    parser.add_argument("--epochs", type=float, nargs="+", default=[2.0], help="of `minute`; what 60 s were in 2026")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--views", type=int, choices=(1, 6), default=6, help="six take a quarter of the time")
    parser.add_argument("--against", choices=("shape", "course"), default="shape", help="what the points compare")
    options = parser.parse_args()
    before = conditions()
    log = options.log
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
    done = {tuple(row[name] for name in KEY): row for row in rows}
    search(options, log, done, data.load("cifar10"))
    like = {"shape": "minute"} if options.against == "shape" else {"course": "linear"}
    report(rows=table(done, **like), n=5_000, **before)


if __name__ == "__main__":
    main()
