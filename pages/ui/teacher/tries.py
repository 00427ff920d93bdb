"""How often the key may be tried: by a session, from an address, on the whole server.

A session may try five times a minute, but sessions cost nothing: whoever opens a hundred tabs has a hundred. So an
address may try five times in twenty seconds, and all addresses together ten times in ten: 86,400 tries a day, which
find a word of a dictionary in a day and eight random characters in a million years.

Nobody can lock the teacher out for good. One address alone never fills the server's window, so that in a classroom,
where each device has its own, a vandal locks himself out only. Who shares the vandal's address, behind a proxy or a
school's router, or meets many addresses, finds short windows that slide: a place becomes free every few seconds for
whoever comes first. Against ten tries a second, for which a vandal must open two new tabs in each, the teacher is in
after 10 seconds as a rule, after 70 at worst (a test plays it). A refused try is not counted, so that no wait is
prolonged by trying. And two ways need no try: a session that is unlocked stays so, and its link opens another.

An address is what the connection says, an IPv6 network of 64 bits being one. A proxy's word for it is taken only as
uvicorn takes it. Where it is false, the server's window is still there.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network


@dataclass(frozen=True, slots=True)
class Window:
    """So many tries in so many seconds."""

    most: int
    seconds: float


SESSION = Window(5, 60.0)
ADDRESS = Window(5, 20.0)
SERVER = Window(10, 10.0)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why this is no try now."""

    seconds: float  # until it may be one
    is_own: bool  # the session's own tries are the reason


class Tries:
    """The tries of the last minute; of refused ones nothing is kept, so they take no memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._times: dict[tuple[str, Window], deque[float]] = {}

    def ask(self, session: str, address: str | None) -> Refusal | None:
        """None if this session may try now, which is then counted. An address of None is this machine's own."""
        places = _places(session, address)
        with self._lock:
            now = self._clock()
            self._forget(now)
            full = {
                window: self._times[name, window][0] + window.seconds - now
                for name, window in places
                if len(self._times.get((name, window), ())) >= window.most
            }
            if full:
                return Refusal(max(full.values()), SESSION in full)
            for place in places:
                self._times.setdefault(place, deque()).append(now)
            return None

    def forgive(self, session: str, address: str | None) -> None:
        """The try that was just counted was right, and is none of those that are bounded."""
        with self._lock:
            for place in _places(session, address):
                if times := self._times.get(place):
                    times.pop()

    def _forget(self, now: float) -> None:
        for (name, window), times in list(self._times.items()):
            while times and times[0] + window.seconds <= now:
                times.popleft()
            if not times:
                del self._times[name, window]


def _places(session: str, address: str | None) -> tuple[tuple[str, Window], ...]:
    return (session, SESSION), (network_of(address), ADDRESS), ("", SERVER)


def network_of(address: str | None) -> str:
    """What counts as one address: a device may give itself any of the addresses in an IPv6 network of 64 bits."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or "here"
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
