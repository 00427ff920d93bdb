"""The classes of a server: each has a code of four characters, and is gone when its teacher has been away for long."""

import secrets
import threading
import time
from collections.abc import Callable

from cnn_core.classroom.room import Classroom

MOST = 20  # at a time
AWAY = 3 * 3600.0  # seconds after the teacher's last sign
LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"  # that nobody takes for another on a beamer
LENGTH = 4


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
            if len(self._rooms) >= MOST:
                raise ClassError(f"{MOST} classes are open on this server, which is all it takes. End one, or wait.")
            code = next(code for code in iter(_new_code, "") if code not in self._rooms)
            self._rooms[code] = Classroom(code, self._clock)
            return self._rooms[code]

    def find(self, code: str) -> Classroom | None:
        """The class with this code, however it is written; None if there is none (any more)."""
        with self._lock:
            self._forget()
            return self._rooms.get(code.strip().upper())

    def close(self, code: str) -> None:
        with self._lock:
            self._rooms.pop(code, None)

    def _forget(self) -> None:
        now = self._clock()
        for code in [code for code, room in self._rooms.items() if now - room.last_sign > AWAY]:
            del self._rooms[code]


def _new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
