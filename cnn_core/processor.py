"""What the processor is called and what it can do, as far as the system tells."""

import math
import os
import platform
from functools import cache
from pathlib import Path

from cnn_core import control_groups


def name() -> str:
    return _facts().get("model name") or platform.processor() or platform.machine()


def cores(root: Path = Path("/")) -> int:
    """How many cores this process may use, at least 1: a container or a task set may allow fewer than there are.

    `root` is where Linux's files begin.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min([allowed, *control_groups.processor_limits(root)])))


def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 numbers (AVX-512 or AMX); known on Linux only, False elsewhere."""
    return bool({"avx512_bf16", "amx_bf16"} & set(_facts().get("flags", "").split()))


def trains_in_bfloat16(precision: str) -> bool:
    """Whether a training step of this precision ("auto" or "float32") multiplies in bfloat16 here.

    It does with oneDNN's kernels only, which TF_ENABLE_ONEDNN_OPTS=0 switches off.
    """
    return precision == "auto" and has_bfloat16() and os.environ.get("TF_ENABLE_ONEDNN_OPTS") != "0"


@cache
def _facts() -> dict[str, str]:
    """The first processor's lines of /proc/cpuinfo."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in first.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}
