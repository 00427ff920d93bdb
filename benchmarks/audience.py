"""Claim: a class that watches a run costs training little processor time.

    python -m benchmarks.audience --visitors 30 --seconds 60

A real server and this many visitors of the training page, who speak Streamlit's protocol as a browser does: each opens
a session and asks for the live view again as often as the page tells it to. Meanwhile a worker trains the preset
`lesson` on Shapes-10. The server's processor time is compared with that of all cores and with training's. Linux only.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.conditions import conditions, report
from benchmarks.processes import processor_seconds, server_folder
from benchmarks.protocol import Visitor, visitors
from benchmarks.thirty_visitors import trained_by_worker
from tests.e2e.live_app import give_shapes, serve


async def watch(visitor: Visitor, seconds: float) -> list[float]:
    """Renew the live view as the page's timer says; returns how many seconds each renewal took."""
    renewals: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        await asyncio.sleep(visitor.pause)
        started = time.perf_counter()
        await visitor.ask()
        renewals.append(time.perf_counter() - started)
    return renewals


async def attend(url: str, count: int, seconds: float, used: Callable[[], np.ndarray]) -> tuple[list, np.ndarray]:
    """Open the page for all visitors, then let them watch: every renewal's seconds, and the processor time used."""
    async with visitors(url, count, "training") as there:
        await asyncio.gather(*(visitor.ask() for visitor in there))
        before = used()
        watched = await asyncio.gather(*(watch(visitor, seconds) for visitor in there))
        return [renewal for renewals in watched for renewal in renewals], used() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    before = conditions()
    with tempfile.TemporaryDirectory() as folder:
        data_dir, runs_dir = Path(folder, "data"), Path(folder, "runs")
        os.environ |= {"CNN_DATA_DIR": str(data_dir), "CNN_RUNS_DIR": str(runs_dir)}
        give_shapes(data_dir)
        with serve(data_dir, runs_dir) as url, trained_by_worker(600.0) as training:
            server, worker = server_folder(url), training.process

            def used() -> np.ndarray:
                return np.array([time.perf_counter(), processor_seconds(server), processor_seconds(worker)])

            renewals, (seconds, of_server, of_worker) = asyncio.run(
                attend(url, options.visitors, options.seconds, used)
            )
    cores = os.cpu_count()
    report(
        server_percent_of_all_cores=round(100 * of_server / seconds / cores, 2),
        training_percent_of_all_cores=round(100 * of_worker / seconds / cores, 2),
        renewals=len(renewals),
        milliseconds_a_renewal=round(1000 * median(renewals), 1),
        visitors=options.visitors,
        seconds=round(seconds, 1),
        **before,
    )


if __name__ == "__main__":
    main()
