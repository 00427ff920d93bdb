"""The control groups of this process, by which Linux limits what a container or a service may use, in both versions.

`root` is where Linux's files begin, so that a test can write its own. Elsewhere than on Linux nothing is found.
"""

from pathlib import Path


def memory_limits(root: Path) -> list[float]:
    """The bytes that each group of this process may use, where it has a limit."""
    texts = _texts(root, "memory", now="memory.max", first="memory.limit_in_bytes")
    return [float(text) for text in texts if text.isdigit()]  # `max`: no limit


def processor_limits(root: Path) -> list[float]:
    """How many cores' time each group of this process may use, where it has a limit: 0.2 is a fifth of one."""
    whole = [text.split() for text in _texts(root, "cpu", now="cpu.max", first=None)]  # "20000 100000", or "max 100000"
    quotas = _texts(root, "cpu", now=None, first="cpu.cfs_quota_us")  # -1: no limit
    periods = _texts(root, "cpu", now=None, first="cpu.cfs_period_us")
    pairs = [pair for pair in [*whole, *zip(quotas, periods, strict=False)] if len(pair) == 2]
    return [int(quota) / int(period) for quota, period in pairs if quota.isdigit() and period.isdigit() and int(period)]


def _texts(root: Path, controller: str, *, now: str | None, first: str | None) -> list[str]:
    """What stands in a file of each group, from this process's own up; its name in version 2, and in the first."""
    found = []
    for line in lines(root / "proc/self/cgroup"):  # 0::/path, or 7:memory:/path in version 1
        _, controllers, path = line.split(":", 2)
        is_first_version = controller in controllers.split(",")
        name = first if is_first_version else now
        if name is None or (controllers and not is_first_version):
            continue
        top = root / "sys/fs/cgroup" / (controller if is_first_version else "")
        group = top / path.lstrip("/")  # seen from a container it may not exist; the container's own is then `top`
        for folder in (group, *(parent for parent in group.parents if parent.is_relative_to(top))):
            found += lines(folder / name)[:1]
    return found


def lines(path: Path) -> list[str]:
    """The lines of one of Linux's files; none where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
