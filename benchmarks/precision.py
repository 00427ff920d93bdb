"""Claim: products in bfloat16 cost no accuracy.

    python -m benchmarks.precision --epochs 2 --seeds 0 1 2

The preset `minute` with the precisions auto (bfloat16 where the processor has it) and float32, with the same seeds and
so the same batches. The difference is in validation accuracy, seed by seed, with its standard error over the seeds.
Only the training step differs: a network is always validated in float32. Needs CIFAR-10
and a processor that has bfloat16.
"""

import argparse
import sys
from dataclasses import replace
from math import sqrt
from statistics import mean, stdev

from benchmarks.conditions import conditions, report
from cnn_core import processor
from cnn_core.config import PRECISIONS
from cnn_core.presets import PRESETS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--images", type=int, help="train on this many only")
    options = parser.parse_args()
    before = conditions()
    if not processor.has_bfloat16():
        report(result="This processor has no bfloat16: auto and float32 are the same.", **before)
        return
    from benchmarks.accuracy import measure  # it imports TensorFlow
    from cnn_core import data

    data_set = data.load("cifar10")
    split = data_set.split("val")
    preset = PRESETS["minute"]
    limits = {"epochs": options.epochs, "seconds": None, "training_images": options.images}
    rows: dict[str, list] = {precision: [] for precision in PRECISIONS}
    for seed in options.seeds:
        for precision in PRECISIONS:
            recipe = replace(preset.training, **limits, seed=seed, precision=precision)
            rows[precision].append(measure(replace(preset, training=recipe), split, data_set))
            print(precision, rows[precision][-1], file=sys.stderr, flush=True)
    report(
        points={f"accuracy_{n}_views": difference(rows, f"accuracy_{n}_views") for n in (1, 6)},
        runs=rows,
        n=len(split),
        epochs=options.epochs,
        seeds=options.seeds,
        images=options.images,
        **before,
    )


def difference(rows: dict[str, list], name: str) -> dict[str, float | None]:
    """Auto minus float32, in points; the standard error needs two seeds."""
    points = [100 * (a[name] - b[name]) for a, b in zip(rows["auto"], rows["float32"], strict=True)]
    error = stdev(points) / sqrt(len(points)) if len(points) > 1 else None
    return {"mean": round(mean(points), 3), "standard_error": error and round(error, 3)}


if __name__ == "__main__":
    main()
