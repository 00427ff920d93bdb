"""Claim: watching, stopping and resuming cost training a few percent, most of it for the live samples.

    python -m benchmarks.watching --seconds 60 --rounds 2

The worker as the app starts it (events, live samples of the validation images, snapshots, checkpoints, a check for a
stop request after every batch), with one reader that asks for its state every second, against cnn_core.training.train
with functions that do nothing. Each runs in a fresh process, in turn, at the worker's low priority. Both train on the
same batches. Their images a second are compared up to the last batch that both reached, so that both have the same
epochs and validations behind them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from statistics import mean

from benchmarks.conditions import conditions, report
from cnn_core import data, runs
from cnn_core.config import ExperimentConfig
from cnn_core.presets import PRESETS
from cnn_core.progress import Progress

Moments = dict[tuple[int, int], float]  # seconds since the first batch, by epoch and batch


def bare(config: ExperimentConfig) -> Moments:
    """Every batch of the bare loop, trained in this process."""
    from cnn_core import training

    seconds: Moments = {}

    def note(progress: Progress) -> None:
        seconds[progress.epoch, progress.batch] = progress.seconds

    training.train(config, data.load(config.data_set), on_batch=note, on_epoch=lambda epoch: None)
    return seconds


def bare_in_a_process(arguments: list[str]) -> Moments:
    command = [sys.executable, "-m", "benchmarks.watching", "--bare", *arguments]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {(epoch, batch): seconds for epoch, batch, seconds in json.loads(output.splitlines()[-1])}


def watched(config: ExperimentConfig) -> Moments:
    """The batches that the worker put on record, about two a second."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNN_RUNS_DIR"] = folder
        run = runs.start(config)
        while run.state().is_active:
            time.sleep(1)
        if run.state() != runs.RunState.FINISHED:
            raise SystemExit(f"The worker ended as {run.state()}: {run.reason() or 'it did not say why'}")
        batches = run.batches()
    return {(at.epoch, at.batch): at.seconds for at in batches.itertuples()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--data-set", default="cifar10")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    preset = PRESETS["minute"]
    config = replace(preset, data_set=options.data_set, training=replace(preset.training, seconds=options.seconds))
    if options.bare:
        if hasattr(os, "nice"):
            os.nice(5)  # as the worker does
        print(json.dumps([[*place, seconds] for place, seconds in bare(config).items()]))
        return
    before = conditions()
    size, all_images = config.training.batch_size, len(data.load(config.data_set).split("train"))
    rows = []
    for _ in range(options.rounds):
        alone = bare_in_a_process(["--seconds", str(options.seconds), "--data-set", options.data_set])
        course = watched(config)
        epoch, batch = place = max(set(alone) & set(course))
        images = (epoch - 1) * all_images + min(batch * size, all_images)
        rates = {"bare": images / alone[place], "worker": images / course[place]}
        rows.append(
            {"images": images, **{name: round(rate, 1) for name, rate in rates.items()}}
            | {"loss_percent": round(100 * (1 - rates["worker"] / rates["bare"]), 2)}
        )
        print(rows[-1], file=sys.stderr, flush=True)
    report(
        loss_percent=round(mean(row["loss_percent"] for row in rows), 2),
        images_per_second={name: round(mean(row[name] for row in rows), 1) for name in ("bare", "worker")},
        rounds=rows,
        seconds=options.seconds,
        data_set=options.data_set,
        seed=config.training.seed,
        **before,
    )


if __name__ == "__main__":
    main()
