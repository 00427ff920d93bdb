"""Claim: a `minute` that is finished at half its time is within a point of one that was planned to end then.

    python -m benchmarks.finish_now --seeds 0 1 2

For each seed in turn: planned for a minute and finished after half of it, which takes some seconds more; and planned
for as many seconds as that took. Accuracies are for the 5,000 validation images; points are finished minus planned.
Needs CIFAR-10 and a machine that does nothing else, since seconds decide how many images each learns from.
"""

import argparse
import sys
from dataclasses import replace
from math import sqrt
from statistics import mean, stdev

from benchmarks.accuracy import measure
from benchmarks.conditions import conditions, report
from cnn_core import data
from cnn_core.presets import PRESETS
from cnn_core.progress import Finish


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="that are planned")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    before, half = conditions(), options.seconds / 2
    data_set = data.load("cifar10")
    split, minute = data_set.split("val"), PRESETS["minute"]
    pairs = []
    for seed in options.seeds:
        recipe = replace(minute.training, seed=seed, seconds=options.seconds)
        finished = measure(replace(minute, training=recipe), split, data_set, finish_after=half)
        until = Finish(half, 0.5).end
        planned = measure(replace(minute, training=replace(recipe, seconds=until)), split, data_set)
        pairs.append({"finished": finished, "planned": planned})
        print(pairs[-1], file=sys.stderr, flush=True)
    points = {}
    for views in ("accuracy_1_views", "accuracy_6_views"):
        found = [100 * (pair["finished"][views] - pair["planned"][views]) for pair in pairs]
        error = stdev(found) / sqrt(len(found)) if len(found) > 1 else None
        points[views] = {"mean": round(mean(found), 2), "standard_error": error and round(error, 2)}
    report(points=points, pairs=pairs, n=len(split), seconds=options.seconds, seeds=options.seeds, **before)


if __name__ == "__main__":
    main()
