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
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.conditions import conditions, report
from cnn_core import runs
from cnn_core.presets import PRESETS
from tests.e2e.live_app import give_shapes, serve


class Visitor:
    """A visitor who has the training page open; the page says what to ask for next, and how soon."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self._question = BackMsg()
        self._question.rerun_script.page_name = "training"
        self._pause = 1.0  # seconds

    async def ask(self) -> None:
        """Ask for the page, or for its live view once it is open; if the page starts again meanwhile, wait for it."""
        question = self._question.rerun_script
        await self._socket.send(self._question.SerializeToString())
        async for data in self._socket:
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "navigation":  # without its hash, a page that starts again would be the home page
                question.page_script_hash = message.navigation.page_script_hash
            elif kind == "auto_rerun":
                question.fragment_id = message.auto_rerun.fragment_id
                question.is_auto_rerun = True
                self._pause = message.auto_rerun.interval
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                break

    async def watch(self, seconds: float) -> list[float]:
        """Renew the live view as the page's timer says; returns how many seconds each renewal took."""
        renewals: list[float] = []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            await asyncio.sleep(self._pause)
            started = time.perf_counter()
            await self.ask()
            renewals.append(time.perf_counter() - started)
        return renewals


async def attend(url: str, visitors: int, seconds: float, used: Callable[[], np.ndarray]) -> tuple[list, np.ndarray]:
    """Open the page for all visitors, then let them watch: every renewal's seconds, and the processor time used."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with AsyncExitStack() as stack:
        connect = partial(websockets.connect, address, subprotocols=["streamlit"], max_size=None)
        there = [Visitor(await stack.enter_async_context(connect())) for _ in range(visitors)]
        await asyncio.gather(*(visitor.ask() for visitor in there))
        before = used()
        watched = await asyncio.gather(*(visitor.watch(seconds) for visitor in there))
        return [renewal for renewals in watched for renewal in renewals], used() - before


def processor_seconds(word: str) -> float:
    """The processor time so far of the process with this word in its command line."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # another process ended meanwhile
            if word in (folder / "cmdline").read_text().split("\0"):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    raise SystemExit(f"No process has {word} in its command line.")


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
        preset = PRESETS["lesson"]
        config = replace(preset, data_set="shapes10", training=replace(preset.training, seconds=600.0))
        with serve(data_dir, runs_dir) as url:
            run = runs.start(config)
            while run.progress() is None:  # until it has started to train
                time.sleep(0.2)
            server, worker = f"--server.port={url.rsplit(':')[-1]}", str(run.path)

            def used() -> np.ndarray:
                return np.array([time.perf_counter(), processor_seconds(server), processor_seconds(worker)])

            renewals, (seconds, of_server, of_worker) = asyncio.run(
                attend(url, options.visitors, options.seconds, used)
            )
            runs.request_stop(run)
            while run.state().is_active:
                time.sleep(0.2)
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
