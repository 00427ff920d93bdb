"""Claim: watching, stopping and resuming cost training a few percent, most of it for the live samples.

    python -m benchmarks.watching --seconds 60 --rounds 2

The worker as the app starts it (events, live samples of the validation images, snapshots, checkpoints, a check for a
stop request after every batch), with one reader that asks for its state every second, against cnn_core.training.train
with functions that do nothing. Each runs in a fresh process, in turn, at the worker's low priority; which of them
comes first alternates. Both train on the same batches. Their images a second are compared up to the last batch that
both reached, so that both have the same epochs and validations behind them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import mean
from typing import Any

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


def parts(config: ExperimentConfig) -> dict[str, float]:
    """The percent of the time of training that each part took in a run that this process trains; and how many looks."""
    from cnn_core.training.validation import LiveSample
    from cnn_core.worker import work

    spent: dict[str, float] = {}

    def timed(function: Callable, part: str) -> Callable:
        def call(*arguments: object, **options: object) -> object:
            started = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                spent[part] = spent.get(part, 0.0) + time.perf_counter() - started

        return call

    for owner, name, part in (
        (LiveSample, "measure", "samples"),
        (LiveSample, "look", "looks"),
        (LiveSample, "look_after_epoch", "looks"),
        (runs.Record, "sample", "writing"),
        (runs.Record, "look", "writing"),
    ):
        setattr(owner, name, timed(getattr(owner, name), part))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNN_RUNS_DIR"] = folder
        run = runs.create(config)
        work(run)
        seconds = run.scores().seconds
        looks = run.looks()
    percent = {part: round(100 * value / seconds, 3) for part, value in spent.items()}
    return {**percent, "count": len(looks), "with_kernels": sum(look.kernels is not None for look in looks)}


def in_a_process(arguments: list[str], mode: str) -> Any:
    """What this module prints as its last line in this mode."""
    command = [sys.executable, "-m", "benchmarks.watching", mode, *arguments]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--data-set", default="cifar10")
    parser.add_argument("--preset", default="minute", choices=[*PRESETS])
    for mode in ("--bare", "--parts"):
        parser.add_argument(mode, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    preset = PRESETS[options.preset]
    config = replace(preset, data_set=options.data_set, training=replace(preset.training, seconds=options.seconds))
    if options.bare or options.parts:
        if hasattr(os, "nice"):
            os.nice(5)  # as the worker does
        is_bare = options.bare
        print(json.dumps([[*place, at] for place, at in bare(config).items()] if is_bare else parts(config)))
        return
    arguments = ["--seconds", f"{options.seconds}", "--data-set", options.data_set, "--preset", options.preset]
    compare(config, options.rounds, arguments)


def compare(config: ExperimentConfig, rounds: int, arguments: list[str]) -> None:
    """Train the bare loop and the worker in turn, then the worker by its own clock, and print the figures."""
    before = conditions()
    size, all_images = config.training.batch_size, len(data.load(config.data_set).split("train"))
    rows = []
    for number in range(rounds):
        # In turn: a machine that slows down under load would favour whichever always came first.
        course = watched(config) if number % 2 else None
        alone = {(epoch, batch): seconds for epoch, batch, seconds in in_a_process(arguments, "--bare")}
        course = course or watched(config)
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
        watching_percent=in_a_process(arguments, "--parts"),
        seconds=config.training.seconds,
        data_set=config.data_set,
        preset=config.preset,
        seed=config.training.seed,
        **before,
    )


if __name__ == "__main__":
    main()
