"""How much memory training or rebuilding a network takes, estimated from its settings, and how much is here for it.

The estimate is the worker's peak, found without TensorFlow and without training: within 30% of the measured one, and
never more than 20% below (`assets/facts/memory.json`, held by `tests/test_memory.py`).
"""

import ctypes
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path

from cnn_core import control_groups, limits
from cnn_core.architecture import Layer, features, layers, totals
from cnn_core.config import IMAGE_SHAPE, ConfigError, ExperimentConfig, NetworkConfig
from cnn_core.processor import trains_in_bfloat16

# Bytes. Measured on TensorFlow 2.21 with oneDNN, on two cores. The first: TensorFlow, the data set and the export.
_BASE = 930e6
# The weight, its gradient, two optimizer states, the kept copy of the weight; and at the end of an epoch weight and
# states three times more: as they were, as they are, and as the bytes of the checkpoint.
_PER_PARAMETER = 4 * (5 + 3 * 3)
_VALUE = 4
# Measured: 720 MB for the network of `lesson`, 910 for that of `report`, 1,020 for the champion's.
_REBUILT = 730e6  # TensorFlow, and the export of a small network
_REBUILT_PARAMETER = 4 * 22  # the network, its two files, and what the converter makes of it
LARGEST_CHUNK = 500  # images are validated so many at a time, or fewer of a large network
CHUNK_WORK = 2e10  # multiply-adds of the images that are validated at a time
_SHARE_IN_BFLOAT16 = 0.56  # of what float32 takes: the weights stay float32, and so does what is not a product
_GELU_COPIES = 2  # the backward pass of gelu keeps two more copies of its input
_WINOGRAD = 36 / 16  # a transformed map to a plain one
_STUDIED = 2 * 10_000  # features of the test images, and as much again for the products that lay them out
_APP = 300e6  # what the app itself takes while it shows a run
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # in glibc's malloc.h
_ARENAS = 2  # heaps of small blocks, each with free room of its own; by default eight a core
_LARGE = 300_000  # bytes of a block; NumPy reads files in pieces of 262,144, which shall not be returned each time


def estimate(config: ExperimentConfig, *, bfloat16: bool | None = None) -> float:
    """The bytes that the training process of `config` takes at its peak. `bfloat16`: None asks the processor."""
    if bfloat16 is None:
        bfloat16 = trains_in_bfloat16(config.training.precision)
    parts = _parts(config.network)
    image = parts.outputs * _SHARE_IN_BFLOAT16 if bfloat16 else parts.outputs + parts.winograd
    chunk = min(LARGEST_CHUNK, 1 + CHUNK_WORK / parts.multiply_adds) * parts.largest
    studied = _STUDIED * _VALUE * _width(features(config.network))
    return _BASE + _PER_PARAMETER * parts.parameters + max(config.training.batch_size * image, chunk, studied)


def available(root: Path = Path("/")) -> float:
    """The bytes that training may take: what the machine, container or service has, less the app.

    Infinite where it is not known (Windows, macOS), so nothing is refused there. `root` is where Linux's files begin.
    """
    return min([_of_machine(root), *control_groups.memory_limits(root)]) - _APP


def check(config: ExperimentConfig) -> None:
    """Raises ConfigError if `refusal` has a reason."""
    if sentence := refusal(config):
        raise ConfigError(sentence)


def refusal(config: ExperimentConfig) -> str | None:
    """Why this training would not fit into this machine's memory, and what to lower; None if it fits."""
    needed, there, allowed = estimate(config), max(available(), 0.0), limits.current().memory
    here = min(there, allowed)
    if needed <= here:
        return None
    who = f"this machine has {in_words(here)}" if there <= allowed else f"this server allows {in_words(here)}"
    if here <= _BASE:
        return (
            f"Any training takes at least {in_words(_BASE)} of memory; {who} for it. "
            "So nothing can be trained here, but all the rest of the app works with the runs that came with it."
        )
    batch = config.training.batch_size
    advice = "Use fewer filters or convolutions in the first blocks, or smaller dense layers."
    if _PER_PARAMETER * _parts(config.network).parameters + _BASE < 0.7 * here and batch > 1:
        advice = "Use a smaller batch size, or fewer filters or convolutions in the first blocks."
    return (
        f"Training this network with batches of {batch:,} takes about {in_words(needed)} of memory; "
        f"{who} for it. {advice}"
    )


def refusal_to_rebuild(network: NetworkConfig, beside: ExperimentConfig | None) -> str | None:
    """Why a network cannot be rebuilt from its weights on this machine now; None if it can.

    `beside`: what is being trained meanwhile.
    """
    needed = _REBUILT + _REBUILT_PARAMETER * totals(network).parameters
    here = available() - (estimate(beside) if beside else 0.0)
    if needed <= here:
        return None
    there = f"{in_words(max(here, 0))} for it{' beside the training that is under way' if beside else ''}"
    return f"Rebuilding this network takes about {in_words(needed)} of memory; this machine has {there}."


def in_words(size: float) -> str:
    """Bytes as people say them: 12 MB, 850 MB, 1.3 GB, 54 GB."""
    if size < 0.995e8:
        return f"{round(size / 1e6)} MB"
    if size < 0.995e9:  # what rounds to 1000 MB is 1.0 GB
        return f"{round(size / 1e7) * 10} MB"
    return f"{size / 1e9:.1f} GB" if size < 1e10 else f"{size / 1e9:,.0f} GB"


def _width(layer: Layer) -> int:
    """How many features an image has there; of maps it is their means."""
    return layer.output_shape[-1]


@dataclass(frozen=True, slots=True)
class _Parts:
    """Bytes in float32: what training keeps of one image, and the largest layer's inputs and outputs."""

    outputs: float
    winograd: float
    largest: float
    parameters: int
    multiply_adds: int


def _parts(network: NetworkConfig) -> _Parts:
    outputs = winograd = largest = transient = 0.0
    shape = IMAGE_SHAPE
    for layer in layers(network):
        size, before = _VALUE * prod(layer.output_shape), _VALUE * prod(shape)
        if layer.kind not in ("Dropout", "Flatten"):
            outputs += size
        if layer.settings.get("activation") == "gelu":
            outputs += _GELU_COPIES * size
        if may_take_winograd(layer, shape):
            winograd += _WINOGRAD * before  # kept for the gradient
            transient = max(transient, 1.5 * _WINOGRAD * (before + size))  # while the largest of them is computed
        largest = max(largest, before + size)
        shape = layer.output_shape
    whole = totals(network)
    return _Parts(outputs, winograd + transient, largest, whole.parameters, whole.multiply_adds)


def may_take_winograd(layer: Layer, inputs: tuple[int, ...]) -> bool:
    """Whether a step in float32 may compute this layer by Winograd's method, as `training.winograd` has it."""
    if layer.kind != "Conv2D" or layer.settings["kernel_size"] != 3 or layer.settings["padding"] != "same":
        return False
    channels, filters = inputs[-1], layer.output_shape[-1]
    return channels * filters / (channels + filters) >= 60


@cache
def give_back_large_blocks() -> None:
    """Let this process return a large block to the system as soon as it is freed.

    Left alone, Linux's C library keeps freed blocks of up to 32 MB for later, each between others where nobody needs
    it: networks that visitors opened and closed left 200 MB so. And it keeps a heap for nearly each thread, which left
    30 MB more with twenty visitors. Elsewhere nothing happens.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            library = ctypes.CDLL(None)
            library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
            library.mallopt(_M_ARENA_MAX, _ARENAS)


def give_back_small_blocks() -> None:
    """Return to the system what was freed in small blocks so far: it takes 4 ms. Elsewhere than on Linux: nothing."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def _of_machine(root: Path) -> float:
    for line in control_groups.lines(root / "proc/meminfo"):
        if line.startswith("MemTotal:"):
            return float(line.split()[1]) * 1024
    return float("inf")
