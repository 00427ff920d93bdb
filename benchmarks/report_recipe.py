"""Does a TPU's batch normalization explain the report's 86.33%? Its recipe again, each batch normalized in parts.

    python -m benchmarks.report_recipe --parts 8

The report trained on a TPU, whose eight cores share a batch of 32: each normalizes its own four images with their own
mean and variance, and the running statistics are the means over the cores. `--parts 1` is the preset `report` but for
the running variance, which here divides by n - 1. The same seed starts from the same weights and sees the same batches.

No run directory is written, because a run's settings cannot say in how many parts a batch was normalized. The row of
every epoch goes to standard error. With `--state FILE` training can be ended; it continues after its last whole epoch
when the same command is given again. It validates on the test images, as the report did.
"""

import argparse
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.conditions import conditions, report
from cnn_core import data
from cnn_core.presets import PRESETS
from cnn_core.progress import Epoch, TrainingState
from cnn_core.training import train
from cnn_core.training.normalization import FusedBatchNormalization


def normalization_in(parts: int) -> type[FusedBatchNormalization]:
    """A batch normalization that treats each of several equal parts of a batch as a batch of its own."""

    class PartedBatchNormalization(FusedBatchNormalization):
        def call(self, inputs, training=None, mask=None):
            if not training:
                return super().call(inputs, training=False)
            results = [self._fused(part, [], [], is_training=True)[:3] for part in tf.split(inputs, parts)]
            outputs, means, variances = zip(*results, strict=True)  # TensorFlow's own layer keeps the unbiased variance
            for kept, values in ((self.moving_mean, means), (self.moving_variance, variances)):
                kept.assign(kept * self.momentum + tf.add_n(values) / parts * (1 - self.momentum))
            return tf.concat(outputs, axis=0)

    return PartedBatchNormalization


def stored(file: Path | None) -> TrainingState | None:
    if file is None or not file.exists():
        return None
    with np.load(file) as arrays:
        return TrainingState.from_arrays(dict(arrays))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--images", type=int, help="train on this many only")
    parser.add_argument("--data-set", default="cifar10")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="an .npz file to go on from, written after each epoch"
    )
    options = parser.parse_args()
    before = conditions()
    preset = PRESETS["report"]
    changes = {"epochs": options.epochs, "seed": options.seed, "training_images": options.images}
    config = replace(preset, data_set=options.data_set, training=replace(preset.training, **changes))

    def told(epoch: Epoch) -> None:
        print(asdict(epoch.scores), file=sys.stderr, flush=True)
        if options.state:
            new = options.state.with_suffix(".new.npz")
            np.savez(new, **epoch.state.to_arrays())
            new.replace(options.state)

    outcome = train(
        config,
        data.load(options.data_set),
        state=stored(options.state),
        layer_classes={"BatchNormalization": normalization_in(options.parts)},
        on_batch=lambda progress: None,
        on_epoch=told,
    )
    names = ("epoch", "accuracy", "val_accuracy")
    epochs = [{name: round(getattr(row, name), 4) for name in names} for row in outcome.history]
    report(parts=options.parts, seed=options.seed, epochs=epochs, **before)


if __name__ == "__main__":
    main()
