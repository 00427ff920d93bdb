"""Does a TPU's batch normalization explain the report's 86.33%? Its recipe again, each batch normalized in parts.

    python -m benchmarks.report_recipe --parts 8

The report trained on a TPU, whose eight cores share a batch of 32: each normalizes its own four images with their own
mean and variance, and the running statistics are the means over the cores. `--parts 1` is the preset `report` but for
the running variance, which here divides by n - 1. The same seed starts from the same weights and sees the same batches.

It is a run like others, to be looked at in the app; after Ctrl-C, `--resume RUN` goes on. The row of every epoch goes
to standard error as it comes. Validation is on the test images, as in the report.
"""

import argparse
import sys
from dataclasses import asdict, replace
from unittest.mock import patch

import tensorflow as tf

from benchmarks.conditions import conditions, report
from cnn_core import runs, worker
from cnn_core.presets import PRESETS
from cnn_core.training import models


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
    parser.add_argument("--epochs", type=int, help="20")
    parser.add_argument("--seed", type=int, help="0")
    parser.add_argument("--resume", metavar="RUN", help="go on with this one, in as many parts as before")
    options = parser.parse_args()
    before = conditions()
    preset = PRESETS["report"]
    if options.resume:
        if options.epochs or options.seed:
            parser.error("--resume goes on with the run's own settings; leave out the others.")
        run = runs.find_run(options.resume)
        runs.check_resumable(run)
    else:
        config = replace(preset, training=replace(preset.training, epochs=options.epochs or 20, seed=options.seed or 0))
        run = runs.create(config, f"report, each batch normalized in {options.parts} parts")
    with patch.object(models, "FusedBatchNormalization", normalization_in(options.parts)):
        code = worker.work(run, on_epoch=lambda epoch: print(epoch.scores, file=sys.stderr, flush=True))
    if code == runs.BUSY_EXIT_CODE:
        if not options.resume:
            runs.delete(run)
        raise SystemExit("Another run is being trained; one at a time.")
    if run.state() != runs.RunState.FINISHED:
        raise SystemExit(code or f"Stopped; --parts {options.parts} --resume {run.id} goes on.")
    epochs = run.history()[["epoch", "accuracy", "val_accuracy"]].round(4).to_dict("records")
    report(
        parts=options.parts, run=run.id, seed=run.config.training.seed, epochs=epochs, **asdict(run.result()), **before
    )


if __name__ == "__main__":
    main()
