"""Claim: wide 3x3 convolutions train faster by Winograd's method, where `winograd.is_faster` says so.

    python -m benchmarks.winograd --rounds 5

Milliseconds of one layer, forward and both gradients, in float32: TensorFlow's own convolution and ours in turn, the
median of the rounds' means. Shapes and batch sizes are those of the presets.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import tensorflow as tf

from benchmarks.conditions import conditions, report
from cnn_core.architecture import layers
from cnn_core.config import NetworkConfig
from cnn_core.presets import PRESETS
from cnn_core.training import winograd

SECONDS = 0.5  # of each alternative in each round


def shapes(network: NetworkConfig) -> list[tuple[int, int, int]]:
    """Side of the maps, channels in and out, of every 3x3 convolution, each shape once."""
    found, before = [], None
    for layer in layers(network):
        if layer.kind == "Conv2D" and layer.settings["kernel_size"] == 3:
            found.append((layer.output_shape[0], before[-1], layer.output_shape[-1]))
        before = layer.output_shape
    return list(dict.fromkeys(found))


def step(convolve: Callable, batch_size: int, side: int, inputs: int, outputs: int) -> Callable[[], list[tf.Tensor]]:
    """A compiled function that computes the layer's outputs and gradients."""
    rng = np.random.default_rng(0)
    maps, kernel, upstream = (
        tf.constant(rng.normal(size=shape).astype(np.float32))
        for shape in ((batch_size, side, side, inputs), (3, 3, inputs, outputs), (batch_size, side, side, outputs))
    )

    @tf.function(autograph=False)
    def compute(maps: tf.Tensor, kernel: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch([maps, kernel])
            values = convolve(maps, kernel)
        return [values, *tape.gradient(values, [maps, kernel], upstream)]

    return lambda: compute(maps, kernel)


def milliseconds(compute: Callable[[], list[tf.Tensor]]) -> float:
    compute()
    start, times = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        compute()
        times += 1
    return 1000 * (time.perf_counter() - start) / times


def compare(rounds: int, batch_size: int, side: int, inputs: int, outputs: int) -> dict[str, object]:
    alternatives = {"direct": lambda maps, kernel: tf.nn.conv2d(maps, kernel, 1, "SAME"), "winograd": winograd.convolve}
    steps = {name: step(convolve, batch_size, side, inputs, outputs) for name, convolve in alternatives.items()}
    found = {name: [] for name in steps}
    for _ in range(rounds):
        for name, compute in steps.items():
            found[name].append(milliseconds(compute))
    medians = {name: median(values) for name, values in found.items()}
    return {
        "shape": [batch_size, side, side, inputs, outputs],
        **{name: round(value, 2) for name, value in medians.items()},
        "direct_to_winograd": round(medians["direct"] / medians["winograd"], 2),
        "is_used": winograd.is_faster((None, side, side, inputs), (3, 3, inputs, outputs)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    before = conditions()
    rows = [
        {"preset": name} | compare(options.rounds, PRESETS[name].training.batch_size, *shape)
        for name in ("report", "minute", "best", "champion")
        for shape in shapes(PRESETS[name].network)
    ]
    report(milliseconds=rows, rounds=options.rounds, **before)


if __name__ == "__main__":
    main()
