"""Does a TPU's batch normalization explain the report's 86.33%? Its recipe again, each batch normalized in parts.

    python -m benchmarks.report_recipe --parts 8 --seeds 0 --epochs 20

The report trained on a TPU, whose eight cores share a batch of 32: each normalizes its own four images with their own
mean and variance, and the running statistics are the means over the cores. `--parts 1` is the preset `report` but for
the running variance, which here divides by n - 1. The same seed starts from the same weights and sees the same batches.

The row of every epoch goes to standard error as it comes. Accuracies are of the test images, as in the report.
"""

import argparse
import sys
from dataclasses import replace
from unittest.mock import patch

import tensorflow as tf

from benchmarks.conditions import conditions, report
from cnn_core import data, models, training
from cnn_core.config import PRESETS


def normalization_in(parts: int) -> type[models.FusedBatchNormalization]:
    """A batch normalization that treats each of so many equal parts of a batch as a batch of its own."""

    class PartedBatchNormalization(models.FusedBatchNormalization):
        def call(self, inputs, training=None, mask=None):
            if not training:
                return super().call(inputs, training=False)
            results = [self._fused(part, [], [], is_training=True)[:3] for part in tf.split(inputs, parts)]
            outputs, means, variances = zip(*results, strict=True)  # TensorFlow's own layer keeps the unbiased variance
            for kept, values in ((self.moving_mean, means), (self.moving_variance, variances)):
                kept.assign(kept * self.momentum + tf.add_n(values) / parts * (1 - self.momentum))
            return tf.concat(outputs, axis=0)

    return PartedBatchNormalization


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args()
    before = conditions()
    data_set = data.load("cifar10")
    preset = PRESETS["report"]
    histories = []
    for seed in options.seeds:
        config = replace(preset, training=replace(preset.training, epochs=options.epochs, seed=seed))
        rows: list[dict[str, float]] = []

        def keep(epoch: training.Epoch, rows: list[dict[str, float]] = rows) -> None:
            rows.append({name: round(value, 4) for name, value in epoch.row.items()})
            print(rows[-1], file=sys.stderr, flush=True)

        with patch.object(models, "FusedBatchNormalization", normalization_in(options.parts)):
            training.train(config, data_set, on_batch=lambda progress: None, on_epoch=keep)
        histories.append({"seed": seed, "epochs": rows})
    report(parts=options.parts, batch_size=preset.training.batch_size, n=10_000, runs=histories, **before)


if __name__ == "__main__":
    main()
