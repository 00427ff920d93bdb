"""The accuracy that a preset reaches, seed by seed, through the training loop that the app uses.

    python -m benchmarks.accuracy --preset minute --split test --seeds 0 1 2 3 4

With `--untuned`, TensorFlow's own gradients of convolutions: what the faster ones are worth in a given time.

Seconds are those of training, validation included. The standard deviation is the sample's. PFLOP: six times the
multiply-adds of an image (forward, and twice as many backward) times the images trained on.

The split `val` is for choosing settings, `test` for the final number. Needs CIFAR-10.
"""

import argparse
import math
import sys
from dataclasses import replace
from statistics import mean, stdev

from benchmarks.conditions import conditions, report
from cnn_core import data, evaluation, training
from cnn_core.architecture import totals
from cnn_core.augmentation import test_time_augmentation
from cnn_core.config import TEST_TIME_VIEWS, ExperimentConfig
from cnn_core.presets import PRESETS
from cnn_core.progress import Progress, TrainingState


def measure(
    config: ExperimentConfig,
    split: data.Split,
    data_set: data.DataSet,
    *,
    state: TrainingState | None = None,
    finish_after: float = math.inf,
) -> dict[str, object]:
    """Train one network; its accuracy over 1, 2 and 6 views, the seconds, and the images trained on in them.

    After so many seconds it is asked to finish, if it has not by then.
    """
    batches: dict[int, int] = {}  # of each epoch
    now = 0.0

    def count(progress: Progress) -> None:
        nonlocal now
        batches[progress.epoch], now = progress.batch, progress.seconds

    outcome = training.train(
        config,
        data_set,
        state=state,
        on_batch=count,
        on_epoch=lambda epoch: None,
        should_finish=lambda: now >= finish_after,
    )
    all_images = config.training.training_images or len(training.splits(config, data_set)[0])
    images = sum(min(number * config.training.batch_size, all_images) for number in batches.values())
    classify, pictures = training.predictor(outcome.model), split.images()
    accuracies = {
        f"accuracy_{n}_views": evaluation.scores(split.labels, test_time_augmentation(classify, pictures, n)).accuracy
        for n in TEST_TIME_VIEWS
    }
    seconds = outcome.state.seconds
    speed = {"seconds": round(seconds, 1), "images": images, "images_per_second": round(images / seconds)}
    return {"seed": config.training.seed, **accuracies, **speed}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=PRESETS, default="minute")
    parser.add_argument("--split", choices=("val", "test"), default="val")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--epochs", type=int, help="instead of the preset's limit")
    parser.add_argument("--seconds", type=float, help="instead of the preset's limit")
    parser.add_argument("--untuned", action="store_true")
    options = parser.parse_args()
    before = conditions()
    config = PRESETS[options.preset]
    if options.epochs or options.seconds:
        config = replace(config, training=replace(config.training, epochs=options.epochs, seconds=options.seconds))
    data_set = data.load("cifar10")
    split = data_set.split(options.split)
    rows = []
    for seed in options.seeds:
        state = TrainingState(gradients={}) if options.untuned else None
        rows.append(
            measure(replace(config, training=replace(config.training, seed=seed)), split, data_set, state=state)
        )
        print(rows[-1], file=sys.stderr, flush=True)
    network = totals(config.network)
    accuracies = [name for name in rows[0] if name.startswith("accuracy")]
    report(
        preset=options.preset,
        split=options.split,
        untuned=options.untuned,
        n=len(split),
        runs=rows,
        mean={name: round(mean(row[name] for row in rows), 4) for name in rows[0] if name != "seed"},
        standard_deviation={name: round(stdev(row[name] for row in rows), 4) for name in accuracies if len(rows) > 1},
        parameters=network.parameters,
        pflop=round(6 * network.multiply_adds * mean(row["images"] for row in rows) / 1e15, 4),
        **before,
    )


if __name__ == "__main__":
    main()
