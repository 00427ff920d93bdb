"""What the processor is called and what it can do, as far as the system tells."""

import math
import os
import platform
from functools import cache
from pathlib import Path

CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def name() -> str:
    return _facts().get("model name") or platform.processor() or platform.machine()


def cores() -> int:
    """How many cores this process may use: a container or a task set may allow fewer than the machine has."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = CGROUP_LIMIT.read_text(encoding="ascii").split()
        return min(allowed, max(1, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):  # no such limit here, or "max"
        return allowed


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
