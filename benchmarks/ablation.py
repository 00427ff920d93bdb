"""What each part of the preset `minute` is worth: the same short training with one part removed at a time.

    python -m benchmarks.ablation --epochs 1 --seeds 0 1 2

Accuracies are of the 5,000 validation images, means over the seeds; points are the difference to the whole recipe, over
one view and over six. Each row's six views against one are the worth of the views. Needs CIFAR-10.
"""

import argparse
import sys
from dataclasses import replace
from statistics import mean

from benchmarks.accuracy import measure
from benchmarks.conditions import conditions, report
from cnn_core import data
from cnn_core.config import PRECISIONS
from cnn_core.presets import PRESETS

ONE_RATE = {"bias_rate_multiplier": 1.0, "head_rate_multiplier": 1.0}  # for all weights
# What replaces each part: the network's settings, and the training's.
REMOVED = {
    "nothing": ({}, {}),
    "whitening": ({"whitening": False}, {}),
    "identity start": ({"initialization": "glorot"}, {}),
    "pooling first": ({"block_order": "activation_norm_pool"}, {}),
    "falling rate": ({}, {"schedule": "constant"}),
    "group rates": ({}, ONE_RATE),
    "label smoothing": ({}, {"label_smoothing": 0.0}),
    "alternating flips (random ones instead)": ({}, {"alternating_flip": False}),
    "Muon (Adam 2e-3 instead)": ({}, {"optimizer": "adam", "learning_rate": 2e-3} | ONE_RATE),
    "Muon (SGD 1e-2 instead)": ({}, {"optimizer": "sgd", "learning_rate": 0.01} | ONE_RATE),
    "nothing, weight averaging 0.95 added": ({}, {"ema_momentum": 0.95}),
    "nothing, weight averaging 0.99 added": ({}, {"ema_momentum": 0.99}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--images", type=int, help="train on this many only")
    parser.add_argument("--parts", nargs="+", choices=REMOVED, default=list(REMOVED), help="the rows; 'nothing' leads")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    options = parser.parse_args()
    before = conditions()
    data_set = data.load("cifar10")
    split = data_set.split("val")
    rows = {}
    for part in dict.fromkeys(["nothing", *options.parts]):
        network, recipe = REMOVED[part]
        base = PRESETS["minute"]
        limits = {"epochs": options.epochs, "seconds": None, "training_images": options.images}
        limits["precision"] = options.precision
        configs = [
            replace(
                base,
                network=replace(base.network, **network),
                training=replace(base.training, **limits, **recipe, seed=seed),
            )
            for seed in options.seeds
        ]
        runs = [measure(config, split, data_set) for config in configs]
        rows[part] = {name: round(mean(run[name] for run in runs), 4) for name in runs[0] if name != "seed"}
        for n in (1, 6):
            difference = rows[part][f"accuracy_{n}_views"] - rows["nothing"][f"accuracy_{n}_views"]
            rows[part][f"points_{n}_views"] = round(100 * difference, 2)
        print(part, rows[part], file=sys.stderr, flush=True)
    report(
        removed=rows,
        n=len(split),
        epochs=options.epochs,
        seeds=options.seeds,
        images=options.images,
        precision=options.precision,
        **before,
    )


if __name__ == "__main__":
    main()
