"""Visitors who do all that the app offers with runs: start, watch, stop, resume, replay, rename, delete, download."""

import asyncio
import json
import random
import time
import urllib.request
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.journey import use
from benchmarks.protocol import Visitor, visitors
from cnn_core import runs
from cnn_core.runs import Run

SECONDS = (3, 8)  # of a training
THINKING = (0.5, 3.0)  # seconds between two actions
STAYS = (6, 15)  # actions of one session
PATIENCE = 60.0  # seconds; an answer that takes longer counts as none
FEWEST_RUNS, MOST_RUNS = 4, 12  # of the visitors: fewer are not deleted, and with more none is started before
PARTS = ("Matrix", "How sure", "Mistakes", "Map", "Epoch by epoch", "Compare")
NO_NETWORK = "The network of this run cannot be opened"  # of a run that is tested anew at this moment
# What the app says in red where it is right: others were faster. Anything else that a page says in red is an error.
EXPECTED = ("is being trained", "just starting", "deleted", "only a stopped", "cannot be resumed", NO_NETWORK)


class RunVisitor(Visitor):
    """Who also picks in a table, types into a form, and takes a file away."""

    async def tick(self, table: str, row: int) -> None:
        """Select a row of a table; the page says afterwards what is ticked."""
        selection = {"rows": [row], "columns": [], "cells": []}
        await self._send(table, string_value=json.dumps({"selection": selection}))
        self._forget(self.widgets[table].element.id)

    async def type_text(self, label: str, text: str) -> None:
        """Type into a field of a form; it is sent with the form's button."""
        self._set(WidgetState(id=self.widgets[label].element.id, string_value=text))

    async def download(self, label: str) -> bytes:
        """What a button gives that makes its file when it is pressed."""
        asked = BackMsg()
        operation = asked.backend_operation_request
        operation.request_id, operation.session_id = "download", self._session_id
        operation.deferred_file.file_id = self.widgets[label].element.deferred_file_id
        await self._socket.send(asked.SerializeToString())
        async for data in self._socket:
            if (answer := ForwardMsg.FromString(data)).WhichOneof("type") == "backend_operation_response":
                break
        address = self._origin + answer.backend_operation_response.deferred_file.url
        return await asyncio.to_thread(lambda: urllib.request.urlopen(address, timeout=60).read())


@dataclass
class Tally:
    """What has been done, and what went wrong."""

    done: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)  # the app's own words, where it is right to refuse
    errors: Counter = field(default_factory=Counter)
    here: int = 0  # visitors

    def note(self, action: str, said: list[str]) -> None:
        for words in said:
            (self.refused if any(part in words for part in EXPECTED) else self.errors)[f"{action}: {words[:200]}"] += 1


class Trainee:
    """One visitor, who comes again and again, until the time is up (`until`, on the clock of `time.monotonic`)."""

    def __init__(self, url: str, number: int, tally: Tally, until: float) -> None:
        self._url, self._tally, self._until = url, tally, until
        self._rng = random.Random(number)
        self._visitor: RunVisitor

    async def work(self) -> None:
        actions = {
            self.start: 6, self.watch: 4, self.stop: 2, self.resume: 4, self.replay: 2, self.rename: 2,
            self.delete: 2, self.download: 2, self.evaluate: 4, self.predict: 3, self.look_inside: 2,
        }  # fmt: skip
        while self._is_open():
            self._tally.here += 1
            try:
                async with visitors(self._url, 1, "training", kind=RunVisitor) as [self._visitor]:
                    await self._do("arrive", self._visitor.ask())
                    for _ in range(self._rng.randint(*STAYS)):
                        if not self._is_open():
                            break
                        [action] = self._rng.choices([*actions], [*actions.values()])
                        await self._do(action.__name__, action())
                        await asyncio.sleep(self._rng.uniform(*THINKING))
            except (TimeoutError, OSError, websockets.ConnectionClosed) as error:
                self._tally.errors[f"{type(error).__name__}: {error}"] += 1
            self._tally.here -= 1

    async def start(self) -> None:
        """A training of a few seconds, with the recipe of `lesson`, if nothing is being trained."""
        if len(own_runs()) >= MOST_RUNS:
            await self.delete()
        page = self._visitor
        await page.open("training", "data_set=Shapes-10")
        if "Start training" in page.widgets and "Seconds" in page.widgets:
            await page.type_number("Seconds", self._rng.randint(*SECONDS))
            await self._press("Start training")

    async def watch(self) -> None:
        await self._visitor.open("training")
        until = time.monotonic() + self._rng.uniform(2, 10)
        while time.monotonic() < until:
            await asyncio.sleep(self._visitor.pause)
            await self._visitor.ask()

    async def stop(self) -> None:
        await self._visitor.open("training")
        for _ in range(2):  # the second skips the test
            await self._press("Stop training") or await self._press("Skip the test")

    async def resume(self) -> None:
        if unfinished := [run for run in own_runs() if runs.is_resumable(run)]:
            await self._pick(self._rng.choice(unfinished))
            await self._press("Resume")

    async def replay(self) -> None:
        await self._pick(self._rng.choice(runs.list_runs()))
        if await self._press("Replay"):
            await asyncio.sleep(1)
            await self._press("End replay")

    async def rename(self) -> None:
        if run := self._any_own():
            await self._pick(run)
            if "Name" in self._visitor.widgets:
                await self._visitor.type_text("Name", f"Soak {self._rng.randint(0, 999)}")
                await self._press("Save")

    async def delete(self) -> None:
        if len(own_runs()) > FEWEST_RUNS and (run := self._any_own()):
            await self._pick(run)
            await self._press("Delete it")

    async def download(self) -> None:
        """The zip of a run, whole."""
        await self._pick(self._rng.choice(runs.list_runs()))
        if "Download" in self._visitor.widgets:
            content = await self._visitor.download("Download")
            try:
                with zipfile.ZipFile(BytesIO(content)) as archive:
                    broken = archive.testzip()
            except zipfile.BadZipFile:  # fetched after its ten seconds, or after the run was deleted
                broken = "the whole zip"
            if broken:
                self._tally.errors[f"download: {broken} is broken"] += 1

    async def evaluate(self) -> None:
        run, part = self._rng.choice(runs.list_runs()), self._rng.choice(PARTS)
        await self._visitor.open("evaluation", f"run={run.id}&evaluation.part={part.replace(' ', '+')}")
        await self._use(("evaluation.matrix", "Run", "Part"))

    async def predict(self) -> None:
        run = self._rng.choice(runs.list_runs())
        await self._visitor.open("prediction", f"run={run.id}&prediction.source=Test+image")
        await self._use(("prediction.gallery", "Run", "Show other images"))

    async def look_inside(self) -> None:
        run = self._rng.choice(runs.list_runs())
        await self._visitor.open("inside", f"run={run.id}")
        await self._use(("Number", "Part"))

    def _is_open(self) -> bool:
        return time.monotonic() < self._until

    def _any_own(self) -> Run | None:
        """One that is not being trained."""
        return self._rng.choice([run for run in own_runs() if not run.state().is_active] or [None])

    async def _do(self, name: str, action) -> None:
        """`name` done, counted, and what the page said in red noted. Raises TimeoutError if it takes too long."""
        try:
            await asyncio.wait_for(action, PATIENCE)
        except runs.RunError:  # it was deleted meanwhile; this is our own look at the folder, not a page's
            return
        self._tally.done[name] += 1
        self._tally.note(name, self._visitor.errors)
        self._visitor.errors.clear()

    async def _press(self, label: str) -> bool:
        """Whether there was such a button."""
        if label not in self._visitor.widgets:
            return False
        await self._visitor.press(label)
        self._tally.done[f"press {label}"] += 1
        return True

    async def _pick(self, run: Run) -> None:
        """A click on the run's row in the table."""
        await self._visitor.open("training")
        listed = [each.id for each in runs.list_runs(with_unreadable=True)]
        if "dataframe" in self._visitor.widgets and run.id in listed:
            await self._visitor.tick("dataframe", listed.index(run.id))

    async def _use(self, labels: tuple[str, ...]) -> None:
        if here := [label for label in labels if label in self._visitor.widgets]:
            await use(self._visitor, self._rng.choice(here), self._rng)


def own_runs() -> list[Run]:
    """Those of the visitors."""
    return [run for run in runs.list_runs() if not run.is_recorded]
