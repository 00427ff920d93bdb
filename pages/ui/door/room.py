"""How many visitors a server has at once, and how much it holds for all of them together."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_SEATS = {"small": 100}  # an idle one takes half a megabyte
_BYTES = {"small": 100e6}  # a photo takes some hundred kilobytes, the largest message 11 MB
_OTHER_SEATS, _OTHER_BYTES = 200, 500e6
_SMALL = 100_000  # bytes of a message that is only counted


@dataclass
class Room:
    seats: int
    most_bytes: float  # of the visitors' latest messages, of what those who just left sent, and of uploads
    remembered: float  # seconds for which Streamlit keeps what a visitor sent who has left
    uploaded: Callable[[], int] = lambda: 0  # bytes
    _taken: "list[Seat]" = field(default_factory=list)
    _left: deque[tuple[float, int]] = field(default_factory=deque)  # until when, bytes
    _coming: int = 0

    @classmethod
    def of_profile(cls, name: str, remembered: float, uploaded: Callable[[], int]) -> "Room":
        return cls(_SEATS.get(name, _OTHER_SEATS), _BYTES.get(name, _OTHER_BYTES), remembered, uploaded)

    def is_full(self) -> bool:
        return len(self._taken) >= self.seats

    def has_space(self, more: int) -> bool:
        """Whether so many bytes can be taken in."""
        now = time.monotonic()
        while self._left and self._left[0][0] < now:
            self._left.popleft()
        held = sum(seat.held for seat in self._taken) + sum(size for _, size in self._left) + self._coming
        return held + self.uploaded() + more <= self.most_bytes

    @contextmanager
    def seat(self) -> "Iterator[Seat]":
        """A place for one visitor."""
        seat = Seat(self)
        self._taken.append(seat)
        try:
            yield seat
        finally:
            self._taken.remove(seat)
            if seat.held > _SMALL:
                self._left.append((time.monotonic() + self.remembered, seat.held))

    @contextmanager
    def carrying(self, size: int) -> Iterator[None]:
        """While a file of so many bytes is on its way."""
        self._coming += size
        try:
            yield
        finally:
            self._coming -= size


@dataclass(eq=False)
class Seat:
    room: Room
    held: int = 0  # bytes of the visitor's latest message: Streamlit keeps what it says of the widgets

    def hold(self, size: int) -> bool:
        """Whether a message of so many bytes can be taken; it takes the place of the one before."""
        before, self.held = self.held, 0
        if size > _SMALL and not self.room.has_space(size):
            self.held = before
            return False
        self.held = size
        return True
