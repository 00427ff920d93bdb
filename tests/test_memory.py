"""The memory of training: the estimate against what was measured, what a machine has, and what is refused."""

import json
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from cnn_core import facts, memory, processor
from cnn_core.config import Block, ExperimentConfig, NetworkConfig
from cnn_core.presets import PRESETS

MEASURED = json.loads((facts.FOLDER / "memory.json").read_text(encoding="utf-8"))["peaks"]
HEAVY = NetworkConfig(blocks=(Block(512, 4),))


def experiment(network, batch_size):
    if not isinstance(network, NetworkConfig):
        network = PRESETS[network].network if isinstance(network, str) else NetworkConfig.build(network)
    return ExperimentConfig(network=network, training=replace(PRESETS["lesson"].training, batch_size=batch_size))


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: f"{row['network']}-{row['batch_size']}-{row['bfloat16']}")
def test_the_estimate_is_near_what_was_measured(row):
    estimated = memory.estimate(experiment(row["network"], row["batch_size"]), bfloat16=row["bfloat16"])
    assert -0.2 < estimated / (1e6 * row["megabytes"]) - 1 < 0.3


def test_layer_outputs_alone_are_less_than_the_estimate():
    """By hand: 4 convolutions, each with its activation and batch-norm, of 512 maps of 32x32 float32 values."""
    outputs = 4 * 3 * 512 * 32 * 32 * 4
    for batch in (128, 2048):
        assert memory.estimate(experiment(HEAVY, batch), bfloat16=False) > batch * outputs


def test_float32_takes_more_than_bfloat16_and_what_the_step_will_multiply_in_decides(monkeypatch):
    config = experiment("best", 256)
    in_float32, in_bfloat16 = (memory.estimate(config, bfloat16=is_on) for is_on in (False, True))
    assert in_float32 > in_bfloat16
    monkeypatch.setattr(processor, "has_bfloat16", lambda: True)
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    assert memory.estimate(config) == in_bfloat16
    assert memory.estimate(replace(config, training=replace(config.training, precision="float32"))) == in_float32
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert memory.estimate(config) == in_float32


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_winograd_s_method_is_expected_where_it_may_be_used(preset):
    from cnn_core.architecture import layers
    from cnn_core.training.winograd import may_be_faster

    channels = 3
    for layer in layers(PRESETS[preset].network):
        if layer.kind == "Conv2D":
            is_plain = layer.settings["kernel_size"] == 3 and layer.settings["padding"] == "same"
            may_be = is_plain and may_be_faster(channels, layer.output_shape[-1])
            assert memory.may_take_winograd(layer, (9, 9, channels)) == may_be
        channels = layer.output_shape[-1]


@pytest.mark.slow
def test_as_many_images_are_validated_at_a_time_as_the_estimate_expects():
    from cnn_core.training import models

    assert (models.LARGEST_CHUNK, models.CHUNK_WORK) == (memory.LARGEST_CHUNK, memory.CHUNK_WORK)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"proc/meminfo": "MemTotal:        4000000 kB\nMemFree: 1 kB\n"}, 4_000_000 * 1024),
        (
            {
                "proc/meminfo": "MemTotal: 4000000 kB\n",
                "proc/self/cgroup": "0::/app/one\n",
                "sys/fs/cgroup/app/one/memory.max": "max\n",
                "sys/fs/cgroup/app/memory.max": "2900000000\n",
            },
            2.9e9,
        ),
        (  # in a container the path is the host's, and the limit at the top
            {"proc/self/cgroup": "0::/../../system.slice/x\n", "sys/fs/cgroup/memory.max": "1000000000\n"},
            1e9,
        ),
        (
            {
                "proc/meminfo": "MemTotal: 4000000 kB\n",
                "proc/self/cgroup": "8:pids:/\n4:memory:/docker/ab\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes": "1500000000\n",
            },
            1.5e9,
        ),
        ({}, float("inf")),  # Windows, macOS
    ],
)
def test_a_machine_has_what_its_strictest_limit_leaves(files, expected, machine):
    assert memory.available(machine(files)) == expected - 300e6  # the app's own


def test_what_does_not_fit_is_refused_with_what_to_lower(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 2.9e9)
    monkeypatch.setattr(processor, "has_bfloat16", lambda: False)
    assert memory.refusal(experiment("best", 256)) is None
    sentence = memory.refusal(experiment(HEAVY, 2048))
    assert sentence.startswith("Training this network with batches of 2,048 takes about 112 GB of memory; ")
    assert "this machine has 2.9 GB for it. Use a smaller batch size" in sentence


def test_a_smaller_batch_is_not_advised_where_it_cannot_help(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 1.0e9)
    sentence = memory.refusal(experiment({"blocks": [], "dense_units": [2048, 2048, 2048]}, 32))
    assert "batch size" not in sentence
    assert "smaller dense layers" in sentence


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (4.4e6, "4 MB"),
        (99.6e6, "100 MB"),
        (854e6, "850 MB"),
        (996e6, "1.0 GB"),
        (1.26e9, "1.3 GB"),
        (53.7e9, "54 GB"),
        (1.2e12, "1,200 GB"),
    ],
)
def test_sizes_are_said_as_people_say_them(size, words):
    assert memory.in_words(size) == words


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of Linux's C library")
def test_large_blocks_are_given_back_when_they_are_freed():
    """Forty blocks of 2 MB with small ones between them, after one that glibc has learned to keep."""
    program = """
import re, sys
from pathlib import Path
import numpy as np
from cnn_core import memory
if sys.argv[1] == "give back":
    memory.give_back_large_blocks()
resident = lambda: int(re.search(r"VmRSS:[^0-9]+([0-9]+)", Path("/proc/self/status").read_text())[1]) / 1000
np.ones(300_000)
blocks = [(np.ones(250_000), np.ones(10_000)) for _ in range(40)]
before = resident()
small = [small for _, small in blocks]
del blocks
print(before - resident())
"""
    run = partial(subprocess.run, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    freed = {how: float(run([sys.executable, "-c", program, how]).stdout) for how in ("give back", "keep")}
    assert freed["give back"] > 70 > freed["keep"]
