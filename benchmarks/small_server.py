"""Claim: a server of one or two gigabytes and a fifth of a core shows every page, and trains where TensorFlow fits.

    python -m benchmarks.small_server --memory 2.7 --cores 1
    python -m benchmarks.small_server --memory 1 --cores 0.2 --read-only --temporary

The real server in control groups of its own with these limits, and visitors who speak Streamlit's protocol: one opens
every page, step and part, the first of which draws Shapes-10; one sets `lesson` to so many seconds on the training
page, starts it, and watches it to its end; then every page once more. Reported: how long start and pages took, the peak
memory of the group (all, which counts files that the system keeps and may drop, and what is the processes' own), how
often the kernel had to make room, whether it killed a process, and how the training ended. --read-only mounts the
program's folder read-only; --temporary leaves no home either, so that everything is in a temporary folder. Linux with
control groups of version 1, as root.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.conditions import conditions, report
from benchmarks.protocol import Visitor, visitors
from benchmarks.rooms_memory import as_the_app_opens_them, of_every_run, visit
from cnn_core import runs
from cnn_core.places import PROGRAM
from tests.served import free_port

GROUPS = Path("/sys/fs/cgroup")
PERIOD = 100_000  # microseconds
PATIENCE = 600.0  # seconds for the start of the server
ENTER = """
for group in $GROUPS_TO_ENTER; do echo $$ > $group/cgroup.procs; done
if [ -n "$READ_ONLY" ]; then
    mount --make-rprivate / && mount --bind "$READ_ONLY" "$READ_ONLY" && mount -o remount,bind,ro "$READ_ONLY" || exit 1
    cd "$READ_ONLY"
fi
exec "$@"
"""


class Group:
    """Control groups with limits on memory and processor time; `Group.folders` are to be entered."""

    def __init__(self, memory: float, cores: float) -> None:
        name = f"cnn-small-server-{os.getpid()}"
        self._memory, self._cpu = GROUPS / "memory" / name, GROUPS / "cpu" / name
        self.folders = (self._memory, self._cpu)
        for folder in self.folders:
            folder.mkdir()
        (self._memory / "memory.limit_in_bytes").write_text(str(int(memory)))
        (self._cpu / "cpu.cfs_period_us").write_text(str(PERIOD))
        (self._cpu / "cpu.cfs_quota_us").write_text(str(int(cores * PERIOD)))

    def peak(self) -> dict[str, int]:
        """In MB since the last time this was asked, the kills since the beginning."""
        figures = {"all": self._read("memory.max_usage_in_bytes") // 1_000_000, "own_now": self.own()}
        figures |= {"made_room": self._read("memory.failcnt"), "killed": self._killed()}
        for name in ("memory.max_usage_in_bytes", "memory.failcnt"):
            (self._memory / name).write_text("0")
        return figures

    def held_back(self) -> float:
        """How many seconds its threads waited for their share of the processor: the limit holds."""
        found = re.search(r"throttled_time (\d+)", (self._cpu / "cpu.stat").read_text())
        return round(int(found[1]) / 1e9, 1)

    def processes(self) -> int:
        return len((self._memory / "cgroup.procs").read_text().split())

    def own(self) -> int:
        """MB that the processes have for themselves now."""
        found = re.search(r"^total_rss (\d+)$", (self._memory / "memory.stat").read_text(), re.MULTILINE)
        return int(found[1]) // 1_000_000

    def wait_for(self, processes: int) -> None:
        """Until there are no more than so many. A worker also takes a moment to end when its run has."""
        deadline = time.monotonic() + PATIENCE
        while self.processes() > processes and time.monotonic() < deadline:
            time.sleep(0.2)

    def remove(self) -> None:
        self.wait_for(0)
        for folder in self.folders:
            folder.rmdir()

    def _read(self, name: str) -> int:
        return int((self._memory / name).read_text())

    def _killed(self) -> int:
        found = re.search(r"oom_kill (\d+)", (self._memory / "memory.oom_control").read_text())
        return int(found[1]) if found else 0


@contextmanager
def serve(group: Group, environment: dict[str, str], *, is_read_only: bool) -> Iterator[tuple[str, float, Path]]:
    """The address of the app in this group, how many seconds its start took, and its log."""
    port = free_port()
    options = {"headless": "true", "port": port, "address": "127.0.0.1"}
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    command += [f"--server.{name}={value}" for name, value in options.items()]
    environment |= {"GROUPS_TO_ENTER": " ".join(map(str, group.folders))}
    environment |= {"READ_ONLY": str(PROGRAM) if is_read_only else ""}
    log = Path(environment["TMPDIR"], "server.log")
    with log.open("wb") as file:
        began = time.perf_counter()
        server = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", ENTER, "sh", *command],
            cwd=PROGRAM,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            while not is_healthy(url):
                if server.poll() is not None or time.perf_counter() - began > PATIENCE:
                    raise SystemExit(f"The app did not start:\n{log.read_text(errors='replace')}")
                time.sleep(0.1)
            yield url, time.perf_counter() - began, log
            if server.poll() is not None:
                raise SystemExit("The server is gone.")
        finally:
            server.terminate()
            server.wait(60)


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/_stcore/health", timeout=5) as answer:
            return answer.read() == b"ok"
    except OSError:
        return False


def open_pages(url: str, group: Group, *, of_runs: bool) -> dict[str, object]:
    """Every page once, and with every recorded run if asked: seconds, the slowest, and the memory."""
    took = []
    for place in [*as_the_app_opens_them(), *(of_every_run() if of_runs else [])]:
        began = time.perf_counter()
        asyncio.run(visit(url, place))
        took.append((round(time.perf_counter() - began, 2), " ".join([place[0] or "home", *place[1].values()])))
    took.sort()
    slowest = took[:-4:-1]
    return {"pages": len(took), "median": took[len(took) // 2][0], "slowest": slowest, "megabytes": group.peak()}


async def start_training(url: str, seconds: int) -> list[str]:
    """What the page says in red, if anything, when `lesson` has been asked for."""
    async with visitors(url, 1, "training", "data_set=Shapes-10") as [visitor]:
        await visitor.ask()
        if "Start training" not in visitor.widgets:
            return [*visitor.errors, "The page offers no start."]
        visitor.set_number(next(label for label in visitor.widgets if label.startswith("Seconds")), seconds)
        await visitor.press("Start training")
        return visitor.errors


async def watch(visitor: Visitor, group: Group) -> tuple[float, int]:
    """Ask for the live view once, as the page's timer does: how many seconds it took, and the processes' own MB."""
    await asyncio.sleep(visitor.pause)
    began = time.perf_counter()
    await visitor.ask()
    return time.perf_counter() - began, group.own()


async def follow(url: str, run: runs.Run, group: Group) -> tuple[list[float], int]:
    """Watch the run until it has ended: the seconds of each renewal, and the most memory that was seen."""
    renewals, most = [], 0
    async with visitors(url, 1, "training") as [visitor]:
        await visitor.ask()
        while run.state().is_active:
            took, own = await watch(visitor, group)
            renewals.append(took)
            most = max(most, own)
    return renewals, most


def train(url: str, group: Group, seconds: int) -> dict[str, object]:
    began = time.perf_counter()
    if errors := asyncio.run(start_training(url, seconds)):
        return {"refused": errors, "megabytes": group.peak()}
    run = next(run for run in runs.list_runs() if not run.is_recorded)
    started = time.perf_counter() - began
    renewals, most = asyncio.run(follow(url, run, group))
    result = run.result()
    return {
        "started": round(started, 1),
        "ended": round(time.perf_counter() - began, 1),
        "state": run.state(),
        "reason": run.reason(),
        "was_killed": run.was_killed(),
        "epochs": round(run.passes(), 2),
        "test_accuracy": result.test_accuracy if result else None,
        "slowest_renewal": round(max(renewals, default=0.0), 2),
        "megabytes": {**group.peak(), "own_at_most": most},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--memory", type=float, default=2.7, help="GB")
    parser.add_argument("--cores", type=float, default=1.0)
    parser.add_argument("--seconds", type=int, default=60, help="of `lesson`")
    parser.add_argument("--every-run", action="store_true", help="also every part with every recorded run")
    parser.add_argument("--read-only", action="store_true", help="the program's folder cannot be written")
    parser.add_argument("--temporary", action="store_true", help="nor can a home; with --read-only")
    options = parser.parse_args()
    if options.temporary and not options.read_only:
        parser.error("--temporary goes with --read-only")
    before = conditions()
    with tempfile.TemporaryDirectory() as folder:
        home = PROGRAM / "home" if options.temporary else Path(folder, "home")
        where = {"HOME": str(home), "TMPDIR": folder, "PATH": os.environ["PATH"]}
        kept = Path(folder, f"cnn-classroom-{os.getuid()}") if options.temporary else home / ".cache" / "cnn-classroom"
        if not options.read_only:
            kept = Path(folder)
            where |= {"CNN_DATA_DIR": str(kept / "data"), "CNN_RUNS_DIR": str(kept / "runs")}
        if not options.temporary:
            home.mkdir()
        os.environ["CNN_RUNS_DIR"] = str(kept / "runs")  # where this process looks for what the server has trained
        group = Group(options.memory * 1e9, options.cores)
        try:
            with serve(group, where, is_read_only=options.read_only) as (url, seconds, log):
                figures = {"start": round(seconds, 1), "at_rest": group.peak()}
                print(figures, file=sys.stderr, flush=True)
                figures["pages"] = open_pages(url, group, of_runs=options.every_run)
                print(figures["pages"], file=sys.stderr, flush=True)
                figures["training"] = train(url, group, options.seconds)
                group.wait_for(1)  # the server
                figures["after"] = open_pages(url, group, of_runs=False)
                figures["held_back"] = group.held_back()
                figures["log"] = log.read_text(errors="replace").splitlines()
        finally:
            group.remove()
    report(limits=vars(options), **figures, **before)


if __name__ == "__main__":
    main()
