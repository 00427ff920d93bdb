"""The classes of a server: each has a code of four characters, and is gone when its teacher has been away for long."""

import secrets
import threading
import time
from collections.abc import Callable

from cnn_core.classroom.room import Classroom

MOST = 20  # at a time
AWAY = 3 * 3600.0  # seconds after the teacher's last sign
GIVES_WAY = 600.0  # the same for a class in which nobody is, while others wait
LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"  # that nobody takes for another on a beamer
LENGTH = 4
_LONGEST = 20  # characters of a code as it may be typed, with spaces


class ClassError(Exception):
    """Why no class could be opened, in one sentence for the teacher."""


class Classrooms:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rooms: dict[str, Classroom] = {}

    def open(self) -> Classroom:
        """A new class. Raises ClassError if there are too many."""
        with self._lock:
            self._forget()
            if len(self._rooms) >= MOST and not self._close_a_deserted_one():
                raise ClassError(f"{MOST} classes are open on this server, which is all it takes. End one, or wait.")
            code = next(code for code in iter(_new_code, "") if code not in self._rooms)
            self._rooms[code] = Classroom(code, self._clock)
            return self._rooms[code]

    def find(self, code: str) -> Classroom | None:
        """The class with this code, however it is written; None if there is none (any more)."""
        with self._lock:
            self._forget()
            return self._rooms.get("".join(code[:_LONGEST].split()).upper())

    def close(self, code: str) -> None:
        with self._lock:
            self._rooms.pop(code, None)

    def _close_a_deserted_one(self) -> bool:
        """Whether there was one. Of several the one goes whose teacher has been away longest."""
        before = self._clock() - GIVES_WAY
        deserted = [room for room in self._rooms.values() if room.last_sign <= before and not room.present()]
        if deserted:
            del self._rooms[min(deserted, key=lambda room: room.last_sign).code]
        return bool(deserted)

    def _forget(self) -> None:
        now = self._clock()
        for code in [code for code, room in self._rooms.items() if now - room.last_sign > AWAY]:
            del self._rooms[code]


def _new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
