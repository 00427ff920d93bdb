"""One class. Every method may be called by many threads at once; what it returns is the caller's own."""

import random
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from cnn_core.classroom import pupils
from cnn_core.classroom.pupils import Pupil
from cnn_core.classroom.question import Question
from cnn_core.classroom.vote import Vote

MOST_PUPILS = 100
PRESENCE = 15.0  # seconds that a pupil counts as there after the last sign
GIVES_WAY = 60.0  # seconds after it in which nobody else gets the place, though the class is full
_MOST_TOPICS = 50  # of each pupil


class Classroom:
    """Who is there, the question that is asked, the lesson that it follows, what was handed in, what it collects.

    A pupil, and the teacher who opened it, is known by a *ticket*: a random text that their browser keeps, so that a
    reload or a lost connection keeps their place.
    """

    def __init__(self, code: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.code = code
        self.teacher = secrets.token_urlsafe(16)
        self._clock = clock
        self._lock = threading.RLock()
        self._pupils: dict[str, Pupil] = {}
        self._seen: dict[str, float] = {}
        self._vote: Vote | None = None
        self._asked = 0
        self._lesson: tuple[Any, int, bool] | None = None
        self._handed_in: dict[str, dict[str, Any]] = {}  # by ticket, then by topic, the latest last
        self.collecting: str | None = None  # the data set of its own to which the class adds pictures
        self.last_sign = clock()  # of the teacher

    def join(self) -> str | None:
        """A new pupil's ticket; None if the class is full.

        In a full class, who has been away longest gives way: nobody who comes a hundred times fills it for good.
        """
        with self._lock:
            if len(self._pupils) >= MOST_PUPILS:
                longest = min(self._seen, key=self._seen.__getitem__)
                if self._clock() - self._seen[longest] < GIVES_WAY:
                    return None
                self._forget(longest)
            ticket = secrets.token_urlsafe(16)
            self._pupils[ticket] = pupils.choose(self._pupils.values(), random.Random(ticket))
            self._seen[ticket] = self._clock()
            return ticket

    def leave(self, ticket: str) -> None:
        """Give up a pupil's place; nothing happens if this is none."""
        with self._lock:
            if ticket in self._pupils:
                self._forget(ticket)

    def is_here(self, ticket: str) -> bool:
        """Whether the ticket is the teacher's or a pupil's; that its owner is there is noted."""
        with self._lock:
            if ticket == self.teacher:
                self.last_sign = self._clock()
                return True
            if ticket in self._pupils:
                self._seen[ticket] = self._clock()
                return True
            return False

    def pupil(self, ticket: str) -> Pupil | None:
        return self._pupils.get(ticket)

    def present(self) -> list[Pupil]:
        """Who has given a sign in the last seconds, in the order of joining."""
        with self._lock:
            now = self._clock()
            return [pupil for ticket, pupil in self._pupils.items() if now - self._seen[ticket] <= PRESENCE]

    def joined(self) -> int:
        """How many pupils have a place, whether they are there or not."""
        return len(self._pupils)

    def vote(self) -> Vote | None:
        return self._vote

    def ask(self, question: Question) -> None:
        """Ask the class; an older question is put away."""
        with self._lock:
            self._asked += 1
            self._vote = Vote(question, number=self._asked)

    def cast(self, ticket: str, option: str, *, number: int, try_: int) -> None:
        """A pupil's choice in this try, 1 or 2, of the vote with this number; nothing happens if that is over."""
        with self._lock:
            vote = self._vote
            if ticket in self._pupils and vote and (vote.number, vote.tries) == (number, try_):
                self._vote = vote.cast(ticket, option)

    def change_vote(self, change: Callable[[Vote], Vote], number: int | None = None) -> None:
        """Explain or reveal: `change` gets the vote as it stands. Nothing happens if there is none any more, or another
        than the one with this number."""
        with self._lock:
            if self._vote and number in (None, self._vote.number):
                self._vote = change(self._vote)

    def put_away(self, number: int | None = None) -> None:
        """End the vote with this number, or whichever there is; what was answered is gone."""
        with self._lock:
            if self._vote and number in (None, self._vote.number):
                self._vote = None

    def lesson(self) -> tuple[Any, int, bool] | None:
        """The lesson, the teacher's step in it from 0 on, and whether all pupils follow the teacher's step."""
        return self._lesson

    def teach(self, lesson: Any, step: int = 0, *, together: bool = True) -> None:
        """Let the class do this lesson; None ends it."""
        with self._lock:
            self._lesson = None if lesson is None else (lesson, step, together)

    def hand_in(self, ticket: str, topic: str, what: Any) -> None:
        """Keep what a pupil has made of this topic, in the place of what was handed in before. Of a pupil's fifty
        topics the oldest goes first; nobody takes the place of what others have handed in."""
        with self._lock:
            if ticket not in self._pupils:
                return
            own = self._handed_in.setdefault(ticket, {})
            own.pop(topic, None)
            own[topic] = what
            if len(own) > _MOST_TOPICS:
                del own[next(iter(own))]

    def handed_in(self, topic: str) -> dict[Pupil, Any]:
        """What each pupil has handed in."""
        with self._lock:
            return {self._pupils[ticket]: own[topic] for ticket, own in self._handed_in.items() if topic in own}

    def _forget(self, ticket: str) -> None:
        """With what was chosen and handed in: who comes back as somebody else counts once."""
        del self._pupils[ticket], self._seen[ticket]
        if self._vote:
            self._vote = self._vote.without(ticket)
        self._handed_in.pop(ticket, None)
