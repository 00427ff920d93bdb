"""One-time tokens: each unlocks one session, once, within ten minutes. They live in this process's memory only."""

import hmac
import secrets
import threading
import time
from collections.abc import Callable

SECONDS = 600.0
MOST = 20  # at a time; one more takes the place of the oldest


class Links:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[str, tuple[float, bytes]] = {}  # by token, oldest first: until when, and what it unlocks with

    def make(self, right: bytes) -> str:
        """A new token; `right` is what a session keeps that has given the key."""
        with self._lock:
            self._forget()
            while len(self._open) >= MOST:
                del self._open[next(iter(self._open))]
            token = secrets.token_urlsafe()
            self._open[token] = self._clock() + SECONDS, right
            return token

    def use(self, token: str) -> bytes | None:
        """What the session then keeps; None if the token is wrong, old or used."""
        given = token.encode("utf-8", "surrogatepass")
        with self._lock:
            self._forget()
            found = [known for known in self._open if hmac.compare_digest(known.encode(), given)]
            return self._open.pop(found[0])[1] if found else None

    def is_open(self, token: str) -> bool:
        with self._lock:
            self._forget()
            return token in self._open

    def _forget(self) -> None:
        now = self._clock()
        for token in [token for token, (end, _) in self._open.items() if end <= now]:
            del self._open[token]
