"""Claim: at the start of a training, each convolution gets the way to compute its gradients that is fastest here.

    python -m benchmarks.convolutions --rounds 5

Milliseconds of the processor, both cores together, for one layer, forward and both gradients, in each of
`tuning.WAYS`; and the way that was chosen, each round anew: it should be the same. Shapes and batch sizes are those of
the presets.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from benchmarks.conditions import conditions, report
from cnn_core import processor
from cnn_core.architecture import layers
from cnn_core.config import NetworkConfig
from cnn_core.presets import PRESETS
from cnn_core.training import tuning


def shapes(network: NetworkConfig) -> list[tuple[int, int, int]]:
    """Side of the maps, channels in and out, of every 3x3 convolution, each shape once."""
    found, before = [], None
    for layer in layers(network):
        if layer.kind == "Conv2D" and layer.settings["kernel_size"] == 3:
            found.append((layer.output_shape[0], before[-1], layer.output_shape[-1]))
        before = layer.output_shape
    return list(dict.fromkeys(found))


def step(way: str, batch_size: int, side: int, inputs: int, outputs: int, kind: tf.DType) -> Callable[[], object]:
    """A compiled function that computes the layer's outputs and gradients."""
    rng = np.random.default_rng(0)
    maps, kernel, upstream = (
        tf.cast(rng.standard_normal(shape, np.float32), kind)
        for shape in ((batch_size, side, side, inputs), (3, 3, inputs, outputs), (batch_size, side, side, outputs))
    )

    @tf.function(autograph=False)
    def compute(maps: tf.Tensor, kernel: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch([maps, kernel])
            values = tuning.convolve(way, maps, kernel, in_bfloat16=kind == tf.bfloat16)
        return [values, *tape.gradient(values, [maps, kernel], upstream)]

    return lambda: compute(maps, kernel)


def milliseconds(compute: Callable[[], object]) -> float:
    """The least of some times of the processor."""
    compute()
    times = []
    for _ in range(5):
        started = time.process_time()
        compute()
        times.append(time.process_time() - started)
    return 1000 * min(times)


def compare(rounds: int, batch_size: int, shape: tuple[int, int, int], *, in_bfloat16: bool) -> dict[str, object]:
    kind = tf.bfloat16 if in_bfloat16 else tf.float32
    ways = [way for way in tuning.WAYS if way != "winograd" or not in_bfloat16]
    side, inputs, outputs = shape
    chosen = Counter(tuning.fastest(batch_size, side, side, inputs, outputs, in_bfloat16) for _ in range(rounds))
    return {
        "shape": [batch_size, side, side, inputs, outputs],
        "precision": kind.name,
        **{way: round(milliseconds(step(way, batch_size, *shape, kind)), 2) for way in ways},
        "chosen": dict(chosen),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    before = conditions()
    rows = [
        {"preset": name} | compare(options.rounds, PRESETS[name].training.batch_size, shape, in_bfloat16=in_bfloat16)
        for in_bfloat16 in {False, processor.has_bfloat16()}
        for name in ("report", "minute", "best", "champion")
        for shape in shapes(PRESETS[name].network)
    ]
    report(milliseconds=rows, rounds=options.rounds, **before)


if __name__ == "__main__":
    main()
