"""The command line: `python -m cnn_core COMMAND` in the project's folder, `python PROJECT/cnn_core COMMAND` in any.

Exit codes: 0 done, 1 it failed, 2 wrong arguments or settings, 75 another run is being trained, 130 ended by Ctrl-C. A
training that Ctrl-C stops counts as done: 0.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

if not __package__:  # called by its folder, where Python then looks for modules instead of in the project's
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from cnn_core import answering, commands, compare, console, data, data_command, explain, runs
from cnn_core.config import DATA_SETS, OPTIMIZERS, ConfigError
from cnn_core.presets import MEASURED, PRESETS, REUSING, menu_line
from cnn_core.stoppable import leave

PROGRAM = "python -m cnn_core" if __package__ else f"python {sys.argv[0]}"
EXPORT_FORMATS = ("keras", "litert", "savedmodel")


def main(arguments: list[str] | None = None) -> int:
    try:
        return _run(_parser().parse_args(arguments))
    finally:
        console.flush_stdout()


def _run(options: argparse.Namespace) -> int:
    try:
        return options.command(options)
    except BrokenPipeError:
        console.leave_stdout()
        return 0
    except (ConfigError, commands.UsageError) as error:
        print(f"{options.name}: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        print(f"{options.name}: {error.strerror or error}{place}", file=sys.stderr)
        return 1
    except (data.DataError, runs.RunError, ValueError) as error:
        print(f"{options.name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{options.name}: stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Teach and learn convolutional networks: prepare data, train, evaluate, predict.",
        epilog=f"Begin with: {PROGRAM} train --preset lesson --data-set shapes10 --seconds 30",
    )
    found = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        summary = command.__doc__.split(":")[0].split(". ")[0].rstrip(".")
        sub = found.add_parser(name, help=summary, description=command.__doc__)
        sub.set_defaults(command=command, name=name, program=PROGRAM)
        return sub

    data_command.add_options(add("data", data_command.data_sets))

    _add_train_options(add("train", commands.train))

    add("stop", commands.stop)
    add("finish", commands.finish)

    sub = add("evaluate", answering.evaluate)
    sub.add_argument("run", metavar="RUN", help="a run's name or folder; `runs` lists them")
    _add_json(sub)

    sub = add("predict", answering.predict)
    sub.add_argument("image", type=Path, metavar="IMAGE", help="a file: JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF")
    sub.add_argument("--whole", action="store_true", help="pad a wide or tall photo with gray (default: cut it)")
    sub.add_argument("--run", metavar="RUN", help="whose network answers (default: the most accurate recorded run)")
    sub.add_argument("--raw", action="store_true", help="show the softmax outputs as they are, not calibrated")
    _add_json(sub)

    sub = add("compare", compare.compare)
    for name, which in (("a", "first"), ("b", "second")):
        sub.add_argument(name, metavar="RUN", help=f"the {which} run's name or folder; `runs` lists them")
    _add_json(sub)

    _add_explain_options(add("explain", explain.explain))

    _add_json(add("runs", commands.list_runs))

    sub = add("complete", commands.complete)
    sub.add_argument("run", metavar="RUN", nargs="?", help="a run's name or folder (default: all runs)")
    sub.add_argument("--changes", action="store_true", help="also measure 500 changed test images, which takes minutes")

    _add_export_options(add("export", commands.export))

    sub = add("import", commands.bring_in)
    sub.add_argument("file", type=Path, metavar="FILE", help="a run's zip, as Download gives it")
    return parser


def _add_export_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("run", metavar="RUN", help="a run's name or folder; `runs` lists them")
    sub.add_argument("--to", type=Path, metavar="FOLDER", help="where to write (default: RUN-export)")
    sub.add_argument(
        "--format", nargs="+", choices=EXPORT_FORMATS, default=list(EXPORT_FORMATS), help="(default: all three)"
    )


def _add_explain_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("image", type=Path, metavar="IMAGE", help="a file: JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF")
    sub.add_argument("--run", required=True, metavar="RUN", help="whose network is asked; `runs` lists them")
    sub.add_argument("--class", dest="label", required=True, metavar="NAME", help="the class whose logit is explained")
    sub.add_argument("--against", metavar="NAME", help="explain its lead over this class instead")
    sub.add_argument("--method", choices=explain.METHODS, default="evidence", help="(default: evidence)")
    sub.add_argument("--whole", action="store_true", help="pad a wide or tall photo with gray (default: cut it)")
    sub.add_argument("--output", type=Path, metavar="FILE", help="write the map over the image as PNG")
    _add_json(sub)


def _add_train_options(sub: argparse.ArgumentParser) -> None:
    lines = "; ".join(map(menu_line, PRESETS))
    start = sub.add_mutually_exclusive_group()
    start.add_argument(
        "--preset",
        choices=[*PRESETS, REUSING],
        default="lesson",
        help=f"network and recipe to start from (default: lesson). {lines}; {REUSING}: a recorded network with a new "
        f"last layer. {MEASURED}".replace("%", "%%"),
    )
    start.add_argument(
        "--config", type=Path, metavar="FILE", help="settings in a JSON file, such as a run's config.json"
    )
    start.add_argument("--resume", metavar="RUN", help="continue a stopped, interrupted or failed run")
    sub.add_argument(
        "--data-set",
        metavar="NAME",
        help=f"{' or '.join(DATA_SETS)}, or one of your own, which `data --list` lists (default: the preset's)",
    )
    sub.add_argument("--epochs", type=int, metavar="N", help="passes over the training images")
    sub.add_argument("--seconds", type=float, metavar="N", help="stop after N seconds; the schedule fits this time")
    sub.add_argument("--limit", dest="training_images", type=int, metavar="N", help="train on N images only")
    sub.add_argument("--batch-size", type=int, metavar="N", help="images in each training step")
    sub.add_argument("--learning-rate", type=float, metavar="RATE", help="how far each step goes")
    sub.add_argument("--optimizer", choices=OPTIMIZERS, help="how a step follows from the gradients")
    sub.add_argument("--seed", type=int, metavar="N", help="the same seed and settings give the same network")
    sub.add_argument("--title", help="the run's name in the app")
    _add_json(sub)


def _add_json(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--json", action="store_true", help="print one line of JSON, for a program to read")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # a Windows console, or a file it writes to, may not know the bars' "█"
    sys.exit(leave(main()))
