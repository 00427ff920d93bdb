"""The command line: `python -m cnn_core COMMAND`.

Exit codes: 0 done, 1 it failed, 2 wrong arguments, 75 another run is being trained, 130 stopped with Ctrl-C. A training
that Ctrl-C stops has done what it was told: 0.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from cnn_core import cluster, data, runs
from cnn_core.config import DATA_SETS, OPTIMIZERS, ConfigError, ExperimentConfig
from cnn_core.presets import PRESETS

EXPORT_FORMATS = ("keras", "litert", "savedmodel")


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (ConfigError, data.DataError, runs.RunError, ValueError, OSError) as error:
        print(f"{options.name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{options.name}: stopped.", file=sys.stderr)
        return 130


def prepare_data(options: argparse.Namespace) -> int:
    """Find or download CIFAR-10, check it, and store it so that it opens in no time."""
    data.prepare_cifar10(options.source)
    print(f"CIFAR-10 is ready in {data.data_dir()}.")
    return 0


def train(options: argparse.Namespace) -> int:
    """Train a network. Ctrl-C stops it after the batch; `--resume RUN` goes on from there, exactly.

    On several machines, give each the same command and its own TF_CONFIG; the first of them keeps the run.
    """
    from cnn_core.worker import work

    if not cluster.is_chief():
        return _follow(options)
    if options.resume:
        if _changes(options) or options.data_set or options.title:
            raise ConfigError("--resume goes on with the run's own settings; leave out the others.")
        run = runs.find_run(options.resume)
        runs.check_resumable(run)
    else:
        run = runs.create(_experiment(options), options.title)
    print(f"run {run.id}: {run.config.preset} on {run.config.data_set}, in {run.path}")
    code = work(run, on_batch=_print_batch, on_epoch=_print_epoch)
    if code == runs.BUSY_EXIT_CODE:
        if not options.resume:
            runs.delete(run)
        other = runs.running()
        print(f"train: {other.title if other else 'another run'!r} is being trained; one at a time.", file=sys.stderr)
        return code
    result, state = run.result(), run.state()
    if options.json:
        figures = asdict(result) if result else {"seconds": run.seconds()}
        print(json.dumps({"run": run.id, "path": str(run.path), "event": state, "reason": run.reason(), **figures}))
        return code
    if result:
        print(f"test accuracy {result.test_accuracy:.4f} on {result.test_n:,} images, {result.seconds:.0f} s")
    if state == runs.RunState.STOPPED:
        print(f"stopped; go on with: python -m cnn_core train --resume {run.id}")
    if state == runs.RunState.FAILED:
        print(f"train: {run.reason()}", file=sys.stderr)
    return code


def _follow(options: argparse.Namespace) -> int:
    """Train along with the chief. To resume, the run's folder has to be here too, shared or copied."""
    from cnn_core.worker import follow

    run = runs.find_run(options.resume) if options.resume else None
    checkpoint = run.checkpoint() if run else None
    if run and checkpoint is None and len(run.history()):
        raise runs.RunError(f"The run {run.id!r} has no checkpoint here; copy its whole folder from the first machine.")
    print("Training along with the first machine, which keeps the run.", flush=True)
    follow(run.config if run else _experiment(options), checkpoint)
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Measure a run on the test split: accuracy, loss, mean squared error, and the confusion matrix."""
    from cnn_core import evaluation

    run = runs.find_run(options.run)
    labels, probabilities = run.predictions()
    scores = evaluation.scores(labels, probabilities)
    predicted = probabilities.argmax(axis=1)
    matrix = evaluation.confusion_matrix(labels, predicted)
    class_names = data.class_names(run.config.data_set)
    if options.json:
        figures = runs.for_json(asdict(scores))
        print(json.dumps({"run": run.id, **figures, "classes": class_names, "confusion_matrix": matrix.tolist()}))
        return 0
    print(f"{run.title}: {scores.n:,} test images, accuracy {scores.accuracy:.4f}, ", end="")
    print(f"loss {scores.loss:.4f}, MSE {scores.mse:.4f}\n")
    print(evaluation.per_class(labels, predicted, class_names).round(3).to_string(), "\n")
    print("confusion matrix, actual on rows, predicted on columns:")
    print(
        "\n".join(
            f"{name:>10} " + " ".join(f"{count:4d}" for count in row)
            for name, row in zip(class_names, matrix, strict=True)
        )
    )
    return 0


def predict(options: argparse.Namespace) -> int:
    """Classify a picture: ten probabilities."""
    from cnn_core import images, inference

    recorded = (run for run in runs.list_runs() if run.is_recorded)
    run = runs.find_run(options.run) if options.run else next(recorded, None)
    if run is None:
        raise runs.RunError("No run came with this copy of the project; train one and name it with --run.")
    pixels = images.to_network_input(images.open_image(options.image.read_bytes()))
    if not run.is_tested():
        raise runs.RunError(f"{run.title!r} has no network yet; let it finish, or name another with --run.")
    probabilities = inference.Classifier(run.classifier_path).predict(pixels[np.newaxis])[0]
    named = dict(zip(data.class_names(run.config.data_set), map(float, probabilities), strict=True))
    ordered = dict(sorted(named.items(), key=lambda item: -item[1]))
    if options.json:
        print(json.dumps({"run": run.id, "image": str(options.image), "probabilities": ordered}))
    else:
        for name, probability in ordered.items():
            print(f"{name:>12} {probability:7.2%} {'█' * round(40 * probability)}")
    return 0


def list_runs(options: argparse.Namespace) -> int:
    """List the runs of this machine and those that came with the project."""
    rows = [
        {
            "run": run.id,
            "state": str(run.state()),
            "preset": run.config.preset,
            "data set": run.config.data_set,
            "epochs": len(run.history()),
            "test accuracy": result.test_accuracy if (result := run.result()) else None,
        }
        for run in runs.list_runs()
    ]
    if options.json:
        print(json.dumps(rows))
    for row in [] if options.json else rows:
        accuracy = "" if row["test accuracy"] is None else f"{row['test accuracy']:.4f}"
        print(
            f"{row['run']:36} {row['state']:12} {row['preset']:8} {row['data set']:9} {row['epochs']:4} {accuracy:>7}"
        )
    return 0


def export(options: argparse.Namespace) -> int:
    """Write a run's network for use elsewhere: Keras, LiteRT and SavedModel."""
    run = runs.find_run(options.run)
    if not run.is_tested():
        raise runs.RunError(f"{run.title!r} has no network yet; let it finish first.")
    folder = options.to or Path(f"{run.id}-export")
    folder.mkdir(parents=True, exist_ok=True)
    if "keras" in options.format:
        (folder / "model.keras").write_bytes(run.keras_path.read_bytes())
    if "litert" in options.format:
        (folder / "model.tflite").write_bytes(run.classifier_path.read_bytes())
    if "savedmodel" in options.format:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        from cnn_core import training

        training.load_model(run.keras_path).export(folder / "saved_model", verbose=False)
    print(f"{', '.join(options.format)}: {folder}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cnn_core",
        description="Teach and learn convolutional networks: prepare data, train, evaluate, predict.",
        epilog="Begin with: python -m cnn_core train --preset lesson --data-set shapes10 --seconds 30",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=command.__doc__.split(":")[0].split(". ")[0], description=command.__doc__)
        sub.set_defaults(command=command, name=name)
        return sub

    sub = add("data", prepare_data)
    sub.add_argument(
        "--from", dest="source", type=Path, metavar="PATH", help="an archive (tar.gz, tar.xz) or its folder"
    )

    sub = add("train", train)
    start = sub.add_mutually_exclusive_group()
    start.add_argument(
        "--preset",
        choices=PRESETS,
        default="lesson",
        help="network and recipe to start from: the report's, a small one (lesson), the most that a minute, ten "
        "minutes or two hours teach (minute, best, champion), or no convolution (linear)",
    )
    start.add_argument("--config", type=Path, metavar="JSON", help="an experiment config in a file")
    start.add_argument("--resume", metavar="RUN", help="go on with a stopped, interrupted or failed run")
    sub.add_argument("--data-set", choices=DATA_SETS, help="photographs or drawn shapes (the preset's)")
    sub.add_argument("--epochs", type=int, help="passes over the training images")
    sub.add_argument("--seconds", type=float, help="stop after this long; the schedule fits itself to it")
    sub.add_argument("--limit", type=int, metavar="N", help="train on N images only")
    sub.add_argument("--batch-size", type=int, metavar="N", help="images between two steps")
    sub.add_argument("--learning-rate", type=float, metavar="RATE", help="how far a step goes")
    sub.add_argument("--optimizer", choices=OPTIMIZERS, help="how a step is made of the gradients")
    sub.add_argument("--seed", type=int, help="the same seed and settings give the same network")
    sub.add_argument("--title", help="a name to show in the app")
    sub.add_argument("--json", action="store_true", help="end with one JSON line")

    sub = add("evaluate", evaluate)
    sub.add_argument("run", help="a run's name or folder; `runs` lists them")
    sub.add_argument("--json", action="store_true")

    sub = add("predict", predict)
    sub.add_argument("image", type=Path, help="JPEG, PNG, WebP, GIF or BMP")
    sub.add_argument("--run", help="whose network answers (the best one that came with the project)")
    sub.add_argument("--json", action="store_true")

    add("runs", list_runs).add_argument("--json", action="store_true")

    sub = add("export", export)
    sub.add_argument("run")
    sub.add_argument("--to", type=Path, metavar="FOLDER", help="(RUN-export)")
    sub.add_argument("--format", nargs="+", choices=EXPORT_FORMATS, default=list(EXPORT_FORMATS), help="(all three)")
    return parser


def _experiment(options: argparse.Namespace) -> ExperimentConfig:
    """The preset or file that was named, with what the other options change."""
    if options.config:
        base = ExperimentConfig.from_json(options.config.read_text(encoding="utf-8"))
    else:
        base = PRESETS[options.preset]
    changes = _changes(options)
    if ("epochs" in changes) != ("seconds" in changes):  # a named limit replaces the preset's
        changes = {"epochs": None, "seconds": None, **changes}
    return replace(base, data_set=options.data_set or base.data_set, training=replace(base.training, **changes))


def _changes(options: argparse.Namespace) -> dict[str, object]:
    """The fields of a TrainingConfig that were named on the command line."""
    named = {
        "epochs": options.epochs,
        "seconds": options.seconds,
        "images": options.limit,
        "batch_size": options.batch_size,
        "learning_rate": options.learning_rate,
        "optimizer": options.optimizer,
        "seed": options.seed,
    }
    return {name: value for name, value in named.items() if value is not None}


def _print_batch(progress) -> None:
    width = 30
    done = round(width * progress.fraction)
    left = progress.seconds * (1 / max(progress.fraction, 1e-9) - 1)
    text = (
        f"\r{'█' * done}{'·' * (width - done)} epoch {progress.epoch} {progress.batch}/{progress.batches}  "
        f"accuracy {progress.accuracy:.3f}  {progress.images_per_second:,.0f} images/s  {left:,.0f} s left "
    )
    if sys.stderr.isatty():
        print(text, end="", file=sys.stderr, flush=True)


def _print_epoch(epoch) -> None:
    row = epoch.scores
    print(
        f"\repoch {row.epoch:3}  loss {row.loss:.4f}  accuracy {row.accuracy:.4f}  mse {row.mse:.4f}  "
        f"val_loss {row.val_loss:.4f}  val_accuracy {row.val_accuracy:.4f}  val_mse {row.val_mse:.4f}  "
        f"{row.seconds:.0f} s",
        flush=True,
    )


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # a Windows console, or a file it writes to, may not know the bars' "█"
    sys.exit(main())
