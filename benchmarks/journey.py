"""What a class does with the app: a mixed journey, the same for the same seed.

Pupils come by a link, go from page to page, use the widgets of a page, look at images, give photos, and think between
two clicks; some come back by another link, in a new session. Others watch a training. It uses what is on a page, so
that another app with pages of these names can be visited in the same way.
"""

import asyncio
import base64
import io
import json
import random
import time
from collections import defaultdict
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

import numpy as np
import websockets
from PIL import Image

from benchmarks.protocol import COMPONENT, Visitor, visitors

THINKING = (3.0, 9.0)  # seconds from an answer to the next click: a pupil looks, reads a sentence, and decides
ARRIVING = 20.0  # seconds within which a class has opened the teacher's link
PATIENCE = 30.0  # seconds; an answer that takes longer counts as none
SLOWEST = 10  # answers that are named
STAYS = (4, 9)  # how many things are done before the next link is opened, in a new session

# The widgets that pupils use on each page, by label; a component by its key. Those of the teacher are not among them.
LAB = (
    *("Input n", "Kernel k", "Stride s", "Padding", "Dilation d", "Contrast", "Kernel", "Show the result as"),
    *("Channel", "Bias", "Move z", "Look at", "Size", "Rotate", "Negate", "After epoch", "Temperature", "Number"),
    *("Red", "Filter, 1 to 32", "Activation", "Input x₁", "Write out the sum of"),
)
IMAGES = ("Split", "Class", "Show other images", "pagination", "dataset.gallery", "Data set")
EVALUATION = (
    *("evaluation.matrix", "evaluation.matrix", "Show", "Most confused: is → said · test images", "pagination"),
    *("It answers if it is at least so sure", "List", "Colour", "Layout", "Strange images", "Run"),
    "Draw the line so that it accepts so many of 100 images of its own kind",
)
INSIDE = (*("Number",) * 8, "Why", "and not", "Change the image", "Square in pixels", "Layer", "Run")
GUESSING = (*("prediction.gallery",) * 3, "Show other images", "Run")
BUILDING = ("Convolution blocks", "Pooling", "Hidden dense layers", "Head", "Start from")
LINKS = (  # page and address, as a teacher gives them
    ("", {}),
    ("dataset", {"dataset.split": "test"}),
    ("convolution", {"convolution.step": "One sum"}),
    ("convolution", {"convolution.step": "Kernel"}),
    ("evaluation", {"run": "report"}),
    ("evaluation", {"evaluation.part": "Mistakes"}),
    ("inside", {"run": "lesson"}),
    ("prediction", {"prediction.source": "Test image"}),
)


class Lost(Exception):
    """The visitor has no connection, gets no answer, or does not find what was there."""


@dataclass
class Tally:
    """What the class has seen so far."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # of answers, by their kind
    slowest: list[tuple[float, str]] = field(default_factory=list)  # seconds, and what was asked for
    errors: list[str] = field(default_factory=list)
    received: int = 0  # bytes

    def note(self, kind: str, seconds: float, where: str) -> None:
        self.seconds[kind].append(seconds)
        self.slowest = sorted([*self.slowest, (round(seconds, 2), where)], reverse=True)[:SLOWEST]

    def summary(self) -> dict[str, dict[str, float]]:
        """n, p50, p95 and the longest answer of each kind, in milliseconds."""
        return {kind: spread(seconds) for kind, seconds in sorted(self.seconds.items())}


def spread(seconds: list[float]) -> dict[str, float]:
    p50, p95, longest = (round(1000 * value) for value in np.percentile(seconds, [50, 95, 100]))
    return {"n": len(seconds), "p50_ms": p50, "p95_ms": p95, "max_ms": longest}


class Pupil:
    """One of the class, until the lesson is over (`until`, on the clock of `time.monotonic`)."""

    def __init__(self, url: str, number: int, tally: Tally, until: float) -> None:
        self._url, self._tally, self._until = url, tally, until
        self._rng = random.Random(number)
        self._visitor: Visitor
        self._where = ""  # the page

    async def work(self) -> None:
        """Do one thing after the other; from time to time come back by another link."""
        things = (self.browse, self.lab, self.images, self.evaluation, self.inside, self.guess, self.photo, self.build)
        await asyncio.sleep(self._rng.uniform(0, min(ARRIVING, self._left() / 3)))
        while self._left() > 0:
            page, query = self._rng.choice(LINKS)
            with suppress(Lost):
                self._where = page
                async with visitors(self._url, 1, page, urlencode(query)) as [self._visitor]:
                    await self._act("page", self._visitor.ask())
                    for _ in range(self._rng.randint(*STAYS)):
                        await self._rng.choice(things)()

    async def watch(self) -> None:
        """Look at the training, which is renewed at the page's own pace."""
        await asyncio.sleep(self._rng.uniform(0, min(ARRIVING, self._left() / 3)))
        while self._left() > 0:
            with suppress(Lost):
                self._where = "training"
                async with visitors(self._url, 1, self._where) as [self._visitor]:
                    await self._act("page", self._visitor.ask(), is_thinking=False)
                    while self._left() > 0:
                        await asyncio.sleep(self._visitor.pause)
                        await self._act("renewal", self._visitor.ask(), is_thinking=False)

    async def browse(self) -> None:
        await self._open(self._rng.choice([*self._visitor.pages]))

    async def lab(self) -> None:
        await self._open("convolution")
        for _ in range(3):
            await self._take_a_step("Step")
            await self._use(LAB, 3)

    async def images(self) -> None:
        await self._open("dataset")
        await self._use(IMAGES, 4)

    async def evaluation(self) -> None:
        await self._open("evaluation")
        await self._use(EVALUATION, 2)
        for _ in range(2):
            await self._take_a_step("Part")
            await self._use(EVALUATION, 2)

    async def inside(self) -> None:
        await self._open("inside")
        for _ in range(2):
            await self._take_a_step("Part")
            await self._use(INSIDE, 3)

    async def guess(self) -> None:
        await self._open("prediction")
        await self._choose("Image", "Test image")
        await self._use(GUESSING, 4)

    async def photo(self) -> None:
        """A photo for prediction, then another one."""
        await self._open("prediction")
        await self._choose("Image", "Your photo")
        for _ in range(2):
            await self._act("photo", give_photo(self._visitor, draw_photo(self._rng)))

    async def build(self) -> None:
        await self._open("network")
        await self._use(BUILDING, 3)

    def _left(self) -> float:
        return self._until - time.monotonic()

    async def _open(self, page: str) -> None:
        if page in self._visitor.pages:
            self._where = page
            await self._act("page", self._visitor.open(page))

    async def _take_a_step(self, row: str) -> None:
        """Choose another step of the lab, or part of a page."""
        if row in self._visitor.widgets:
            await self._act("step", self._visitor.choose(row, self._rng.choice(self._visitor.widgets[row].options)))

    async def _choose(self, label: str, option: str) -> None:
        if label in self._visitor.widgets and option in self._visitor.widgets[label].options:
            await self._act("widget", self._visitor.choose(label, option))

    async def _use(self, labels: tuple[str, ...], times: int) -> None:
        """Use some of those of these widgets that are on the page, each in any way that it offers."""
        for _ in range(times):
            if here := [label for label in labels if label in self._visitor.widgets]:
                await self._act("widget", use(self._visitor, self._rng.choice(here), self._rng))

    async def _act(self, kind: str, doing: Awaitable, *, is_thinking: bool = True) -> None:
        """Wait for an answer of this kind, then think. Raises Lost when the lesson is over, or the app is gone."""
        visitor, started, where = self._visitor, time.perf_counter(), f"{kind} of {self._where or 'home'}"
        before = visitor.received
        try:
            await asyncio.wait_for(doing, PATIENCE)
        except (TimeoutError, websockets.ConnectionClosed, OSError, LookupError, ValueError) as error:
            self._tally.errors.append(f"{where}: {type(error).__name__} {error} {' '.join(visitor.errors)}")
            raise Lost from error
        shown = visitor.chosen.get("Step") or visitor.chosen.get("Part", "")
        self._tally.note(kind, time.perf_counter() - started, f"{where} {shown}".strip())
        self._tally.received += visitor.received - before
        self._tally.errors += [f"{where}: {error}" for error in visitor.errors]
        visitor.errors.clear()
        if self._left() <= 0:
            raise Lost
        if is_thinking:
            await asyncio.sleep(self._rng.uniform(*THINKING))


async def use(visitor: Visitor, name: str, rng: random.Random) -> None:
    """Set this widget to something else that it offers."""
    widget = visitor.widgets[name]
    element = widget.element
    match widget.kind:
        case "button":
            await visitor.press(name)
        case "button_group" | "selectbox":
            await visitor.choose(name, rng.choice(widget.options))
        case "slider":
            steps = round((element.max - element.min) / element.step)
            await visitor.slide(name, element.min + element.step * rng.randint(0, steps))
        case "number_input":
            await visitor.type_number(name, rng.randint(round(max(element.min, -9)), round(min(element.max, 9_999))))
        case "pagination":
            await visitor.turn_to(name, rng.randint(1, element.num_pages))
        case kind if kind == COMPONENT:
            await visitor.give(name, picked=_pick(json.loads(element.json), rng))


def _pick(shown: dict, rng: random.Random) -> object:
    """An image of a gallery, or a cell of a matrix, as their scripts say it."""
    if "captions" in shown:
        return {"index": rng.randrange(len(shown["captions"])), "of": shown["of"]}
    return [rng.choice(shown["order"]), rng.choice(shown["order"])]


async def give_photo(visitor: Visitor, photo: bytes) -> None:
    """Give a photo to the page: by the app's own component, else by Streamlit's uploader."""
    if "prediction.upload" in visitor.widgets:
        content = base64.b64encode(photo).decode()
        await visitor.trigger("prediction.upload", "photo", {"name": "a.jpg", "size": len(photo), "content": content})
    else:
        [uploader] = [name for name, widget in visitor.widgets.items() if widget.kind == "file_uploader"]
        await visitor.upload(uploader, "a.jpg", photo)


def draw_photo(rng: random.Random) -> bytes:
    """A JPEG of 640 x 480 pixels and about 60 KB, as the browser sends a small photo: soft colours and fine grain."""
    numbers = np.random.default_rng(rng.getrandbits(32))
    soft = Image.fromarray(numbers.integers(0, 256, (6, 8, 3), np.uint8)).resize((640, 480), Image.Resampling.BICUBIC)
    pixels = np.asarray(soft, np.int16) + numbers.integers(-9, 10, (480, 640, 1), np.int16)
    file = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=85)
    return file.getvalue()
