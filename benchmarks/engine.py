"""Claim: our training loop is faster than keras.Model.fit and than PyTorch on this machine, and comes near its peak.

    python -m benchmarks.engine --batch-size 32 --rounds 3 --seconds 10 --torch-python PATH --preset-share minute best

Images a second that the report's network learns from, dropout and all, Adamax, no augmentation:

    fit            keras.Model.fit of the same network, NumPy images, TensorFlow's own choice of kernels
    ours           cnn_core.training.train up to the end of each batch
    ours_untuned   the same with TensorFlow's own gradients of convolutions: see cnn_core/training/tuning.py
    torch          eager PyTorch, channels_last, of the interpreter named; bfloat16 where the processor has it
    ..._float32    the same without bfloat16, where the processor has it

Each runs in a fresh process, in turn, several rounds; the figures are medians. The peak is the fastest product of two
matrices in TensorFlow. For the named presets, the share of the peak is 6 x multiply-adds x images a second, divided by
it.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.conditions import conditions, report
from cnn_core import processor
from cnn_core.architecture import totals
from cnn_core.presets import PRESETS


def commands(options: argparse.Namespace) -> dict[str, list[str]]:
    """The command that measures each alternative, by its name."""
    seconds = ["--seconds", str(options.seconds)]
    keras = [sys.executable, "-m", "benchmarks.engine_keras"]
    common = ["--data-set", options.data_set, *seconds]
    sized = ["--batch-size", str(options.batch_size), *common]
    kinds = ["float32"] + ["bfloat16"] * processor.has_bfloat16()
    found = {what: [*keras, what, *sized] for what in ("fit", "ours", "ours_untuned")}
    if options.torch_python:
        found["torch"] = [*torch_command(options), *["--bfloat16"] * processor.has_bfloat16()]
    if processor.has_bfloat16():
        for what in ("ours", "ours_untuned"):
            found[f"{what}_float32"] = [*keras, what, *sized, "--precision", "float32"]
        if options.torch_python:
            found["torch_float32"] = torch_command(options)
    found |= {f"peak_{kind}": [*keras, "peak", "--precision", kind, *seconds] for kind in kinds}
    found |= {f"preset_{name}": [*keras, "ours", "--preset", name, *common] for name in options.preset_share}
    return found


def torch_command(options: argparse.Namespace) -> list[str]:
    config = PRESETS["report"]
    blocks = [[block.filters, block.convolutions, block.dropout] for block in config.network.blocks]
    return [
        *(options.torch_python, str(Path(__file__).with_name("engine_torch.py"))),
        *("--blocks", json.dumps(blocks), "--dense", *map(str, config.network.dense_units)),
        *("--learning-rate", str(config.training.learning_rate), "--batch-size", str(options.batch_size)),
        *("--seconds", str(options.seconds)),
    ]


def measure(command: list[str]) -> dict[str, object]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])


def has_torch(python: str) -> bool:
    return subprocess.run([python, "-c", "import torch"], check=False, stderr=subprocess.DEVNULL).returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--torch-python", help="an interpreter that can import torch")
    parser.add_argument("--preset-share", nargs="*", choices=PRESETS, default=[])
    parser.add_argument("--data-set", default="cifar10")
    options = parser.parse_args()
    before = conditions()
    if options.torch_python and not has_torch(options.torch_python):
        print(f"{options.torch_python} cannot import torch; it is left out.", file=sys.stderr)
        options.torch_python = None
    found: dict[str, list[dict[str, object]]] = {}
    for number in range(1, options.rounds + 1):
        for name, command in commands(options).items():
            found.setdefault(name, []).append(measure(command))
            print(f"round {number}", name, found[name][-1], file=sys.stderr, flush=True)
    torch = found.get("torch", [None])[0]
    if torch and torch["trainable"] != totals(PRESETS["report"].network).trainable:
        raise SystemExit("The network in PyTorch is not the report's: its number of parameters differs.")
    rates = {name: [row["images_per_second"] for row in rows] for name, rows in found.items() if "peak" not in name}
    medians = {name: median(values) for name, values in rates.items()}
    peaks = {n[5:]: max(row["gflop_per_second"] for row in rows) for n, rows in found.items() if "peak" in n}
    training = {name: 6e-9 * totals(PRESETS[name].network).multiply_adds for name in options.preset_share}  # GFLOP
    report(
        images_per_second={name: round(value, 1) for name, value in medians.items()},
        ours_to={name: round(medians["ours"] / v, 3) for name, v in medians.items() if not name.startswith("preset")},
        every_round={name: [round(value, 1) for value in values] for name, values in rates.items()},
        torch=torch and {name: torch[name] for name in ("torch", "precision", "threads", "trainable")},
        precision_of_ours="bfloat16" if processor.has_bfloat16() else "float32",
        peak_gflop_per_second={name: round(value, 1) for name, value in peaks.items()},
        share_of_peak={
            preset: {kind: round(gflop * medians[f"preset_{preset}"] / value, 3) for kind, value in peaks.items()}
            for preset, gflop in training.items()
        },
        **{name: getattr(options, name) for name in ("batch_size", "rounds", "seconds", "data_set")},
        seed=0,
        **before,
    )


if __name__ == "__main__":
    main()
