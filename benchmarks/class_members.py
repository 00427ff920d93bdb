"""What a class does while it watches a training: thirty phones vote, and a teacher asks, explains and reveals."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from streamlit.proto.Delta_pb2 import Delta

from benchmarks.journey import Lost, Pupil, Tally, spread
from benchmarks.protocol import Visitor, visitors

PERIOD = 20.0  # seconds from a question to the next
EXPLAINED, REVEALED, PUT_AWAY = 8.5, 16.0, 19.0  # seconds after the question
CHOOSING = (0.5, 2.5)  # seconds from seeing a question to the choice
ARRIVING = 5.0  # seconds within which all have come; only then the first question is asked
ANSWERS = "Your answer"  # the row of buttons with which a phone votes
BARS = "together.tally."  # the key of a question's bars begins so, and ends with its number

Try = tuple[int, int]  # the number of a question in the class, and 1 or 2


@dataclass
class Course:
    """What has happened in the class, on the clock of `time.monotonic`."""

    opened: dict[Try, float] = field(default_factory=dict)
    revealed: dict[int, float] = field(default_factory=dict)
    cast: dict[Try, list[float]] = field(default_factory=lambda: defaultdict(list))  # when choices were sent
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # until something was seen

    def see(self, what: str, since: float) -> None:
        self.seconds[what].append(time.monotonic() - since)

    def summary(self) -> dict[str, object]:
        """How often and how fast, in milliseconds; and how many choices the teacher never saw."""
        sent = sum(map(len, self.cast.values()))
        seen = {what: spread(seconds) for what, seconds in self.seconds.items()}
        return {"tries": len(self.opened), "votes": sent, "seen_after": seen}


class Screen(Visitor):
    """A visitor who reads the code of the class."""

    code = ""

    def _note(self, delta: Delta) -> None:
        super()._note(delta)
        if (metric := delta.new_element.metric).label == "Code of the class":
            self.code = metric.body


class Member(Pupil):
    """Keeps up with a page, whose timers all run, and does something of its own when that is due."""

    def __init__(self, url: str, number: int, tally: Tally, until: float, course: Course) -> None:
        super().__init__(url, number, tally, until)
        self._course = course
        self._own: tuple[float, Callable[[], Awaitable[None]]] | None = None  # when, and what

    async def keep_up(self) -> None:
        """One thing after the other; a page that is drawn anew begins its timers anew, as in a browser."""
        timers: dict[str, float] = {}
        due: dict[str, float] = {}
        while self._left() > 0:
            if timers is not self._visitor.timers:
                timers = self._visitor.timers
                due = {fragment: time.monotonic() + pause for fragment, pause in timers.items()}
            first = min(due, key=due.__getitem__)
            if self._own and self._own[0] < due[first]:
                (moment, do), self._own = self._own, None
                await asyncio.sleep(max(0.0, moment - time.monotonic()))
                await do()
            else:
                await asyncio.sleep(max(0.0, due[first] - time.monotonic()))
                due[first] = max(due[first] + timers[first], time.monotonic())
                await self.answer("renewal", self._visitor.renew(first))
            self.look()

    async def answer(self, kind: str, doing: Awaitable) -> None:
        await self._act(kind, doing, is_thinking=False)

    def look(self) -> None:
        """What there is in the panel now."""


class Phone(Member):
    async def attend(self, code: str) -> None:
        """Join this class, or none, watch the training, and vote."""
        await asyncio.sleep(self._rng.uniform(0, ARRIVING))
        self._where, self._seen = "training", set()
        while self._left() > 0:
            with suppress(Lost):
                async with visitors(self._url, 1, "training", f"class={code}" if code else "") as [self._visitor]:
                    await self.answer("page", self._visitor.ask())
                    await self.keep_up()

    def look(self) -> None:
        for key in _keys(self._visitor):
            if key not in self._seen and key.startswith(BARS):
                self._course.see("reveal on each phone", self._course.revealed[int(key.removeprefix(BARS))])
            elif key not in self._seen:
                number, try_ = map(int, key.split(".")[-2:])
                self._course.see("question on each phone", self._course.opened[number, try_])
                self._own = time.monotonic() + self._rng.uniform(*CHOOSING), lambda at=(number, try_): self._vote(at)
            self._seen.add(key)

    async def _vote(self, at: Try) -> None:
        row = self._visitor.widgets.get(ANSWERS)
        if row and at == max(self._course.opened) and at[0] not in self._course.revealed:
            self._course.cast[at].append(time.monotonic())
            await self.answer("vote", self._visitor.choose(ANSWERS, self._rng.choice(row.options)))


class Teacher(Member):
    async def open_class(self, visitor: Screen) -> str:
        """The code of the class."""
        self._visitor, self._where = visitor, "classroom"
        await self.answer("page", visitor.ask())
        await self.answer("teacher", visitor.press("Open a class"))
        await self.answer("teacher", visitor.choose("Part", "Ask"))
        return visitor.code

    async def teach(self) -> None:
        """Ask one question of the bank after the other."""
        self._begin, self._number, self._counted = time.monotonic() + ARRIVING, 0, 0
        self._own = self._begin, self._ask
        with suppress(Lost):
            await self.keep_up()

    def look(self) -> None:
        """Count the choices that have come."""
        at = max(self._course.opened, default=(0, 0))
        if at[0] in self._course.revealed or f"{BARS}{at[0]}" not in self._visitor.widgets:
            return
        shown = json.loads(self._visitor.widgets[f"{BARS}{at[0]}"].element.json)
        for sent in self._course.cast[at][self._counted : sum(shown["totals"])]:
            self._course.see("vote in the teacher's count", sent)
        self._counted = max(self._counted, sum(shown["totals"]))

    async def _ask(self) -> None:
        titles = self._visitor.widgets["Which question"].options
        await self.answer("teacher", self._visitor.choose("Which question", titles[self._number % len(titles)]))
        self._number += 1
        self._open(1)
        await self.answer("teacher", self._visitor.press("Ask this question"))
        self._next(EXPLAINED, self._explain)

    async def _explain(self) -> None:
        self._open(2)
        await self.answer("teacher", self._visitor.press("Second try"))
        self._next(REVEALED, self._reveal)

    async def _reveal(self) -> None:
        self._course.revealed[self._number] = time.monotonic()
        await self.answer("teacher", self._visitor.press("Reveal"))
        self._next(PUT_AWAY, self._put_away)

    async def _put_away(self) -> None:
        await self.answer("teacher", self._visitor.press("Put away"))
        self._next(PERIOD, self._ask)

    def _open(self, try_: int) -> None:
        self._course.opened[self._number, try_], self._counted = time.monotonic(), 0

    def _next(self, after: float, do: Callable[[], Awaitable[None]]) -> None:
        """So many seconds after the question was opened."""
        self._own = self._begin + PERIOD * (self._number - 1) + after, do


def _keys(visitor: Visitor) -> list[str]:
    """Of the row of buttons and of the bars that are in the panel."""
    shown = [visitor.widgets[ANSWERS].element.id.split("-", 2)[2]] if ANSWERS in visitor.widgets else []
    return shown + [key for key in visitor.widgets if key.startswith(BARS)]
