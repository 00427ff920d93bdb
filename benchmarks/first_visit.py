"""Claim: the first visit after a start costs seconds more than the next, and most where Python has yet to compile.

    python -m benchmarks.first_visit --rounds 3

A server is started, one visitor sees every page, and a second one does: in seconds, and in seconds of a core, which say
more on a busy machine or a slow one. Each round once as it is, and once with no compiled Python anywhere, as after an
installation that leaves compiling to the first visitor. The files themselves may be in the system's memory.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.conditions import conditions, report
from benchmarks.processes import processor_seconds
from benchmarks.protocol import visitors
from tests.served import Server, serving, tiny_shapes

Spent = dict[str, tuple[float, float]]  # by what was done: seconds, seconds of a core


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    found = conditions()
    spent = [{"compiled": once(compiled=True), "not compiled": once(compiled=False)} for _ in range(rounds)]
    for kind in ("compiled", "not compiled"):
        rows = [one[kind] for one in spent]
        found[kind] = {
            what: {"seconds": _middle(rows, what, 0), "core seconds": _middle(rows, what, 1)} for what in rows[0]
        }
    report(**found)


def once(*, compiled: bool) -> Spent:
    """One start and two visitors."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        variables = {} if compiled else {"PYTHONPYCACHEPREFIX": str(folder / "compiled")}
        data, start = tiny_shapes(folder / "data"), time.monotonic()
        with serving(folder / "runs", data, folder / "log", "--server.address=127.0.0.1", **variables) as server:
            server.ask("/_stcore/health")
            spent = {"start": (time.monotonic() - start, processor_seconds(_process(server)))}
            for who in ("first visitor", "second visitor"):
                spent |= asyncio.run(_visit(server, who))
    return spent


async def _visit(server: Server, who: str) -> Spent:
    spent = {}
    async with visitors(server.url, 1, "") as (visitor,):
        for what in ("first page", "all others"):
            start, before = time.monotonic(), processor_seconds(_process(server))
            if what == "first page":
                await visitor.ask()
            else:
                for page in filter(None, list(visitor.pages)):
                    await visitor.open(page)
            spent[f"{who}, {what}"] = time.monotonic() - start, processor_seconds(_process(server)) - before
    if visitor.errors:
        raise SystemExit(f"A page has an error: {visitor.errors[0]}")
    return spent


def _process(server: Server) -> Path:
    return Path("/proc") / str(server.process.pid)


def _middle(rows: list[Spent], what: str, place: int) -> float:
    return round(median(row[what][place] for row in rows), 2)


if __name__ == "__main__":
    main()
