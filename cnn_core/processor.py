"""What the processor is called and what it can do, as far as the system tells."""

import platform
from functools import cache
from pathlib import Path


def name() -> str:
    return _facts().get("model name") or platform.processor() or platform.machine()


def has_bfloat16() -> bool:
    """Whether it multiplies bfloat16 numbers itself (AVX-512 or AMX); known on Linux only, False elsewhere."""
    return bool({"avx512_bf16", "amx_bf16"} & set(_facts().get("flags", "").split()))


@cache
def _facts() -> dict[str, str]:
    """The first processor's lines of /proc/cpuinfo."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in first.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}
