"""A whole class presses "score" at once: each piece is computed once, one visitor after the other, and all are told."""

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from pages.ui import cache
from pages.ui.inside import tested

PIECES = 4
SOON = 10  # seconds: far more than any of this takes
here = threading.local()


class Bar:
    """A progress bar that remembers the words beside it."""

    def __init__(self):
        self.said = []
        self.waits = threading.Event()

    def progress(self, share, said):
        self.said.append((share, said))
        if "before you" in said:
            self.waits.set()

    def empty(self):
        pass


class Visitor(threading.Thread):
    def __init__(self, what, compute):
        super().__init__(daemon=True)
        self.what, self.compute, self.bar, self.found = what, compute, Bar(), None
        self.start()

    def run(self):
        here.bar = self.bar
        on = SimpleNamespace(file=("a network", 0.0))
        self.found = tested.in_pieces(on, self.what, PIECES, self.compute, "Images …")


@pytest.fixture(autouse=True)
def bars(monkeypatch):
    cache.answers.clear()
    monkeypatch.setattr(tested, "_GLANCE", 0.01)
    monkeypatch.setattr(tested.st, "progress", lambda *_: here.bar)
    yield
    cache.answers.clear()


def forbidden(_piece):
    raise AssertionError("this was cached")


def test_thirty_visitors_take_turns_and_share_what_is_the_same():
    busy, computed = threading.Lock(), []

    def compute(what):
        def answer(piece):
            assert busy.acquire(blocking=False), "two visitors compute at the same time"
            time.sleep(0.002)  # long enough for another thread to come in
            computed.append((what, piece))
            busy.release()
            return np.array([what, piece])

        return answer

    visitors = [Visitor(f"filter {number % 6}", compute(number % 6)) for number in range(30)]
    for number, visitor in enumerate(visitors):
        visitor.join(SOON)
        np.testing.assert_array_equal(visitor.found, [[number % 6, piece] for piece in range(PIECES)])
    assert sorted(computed) == [(what, piece) for what in range(6) for piece in range(PIECES)]


def test_who_waits_is_told_and_what_is_cached_does_not_wait():
    Visitor("known", lambda piece: np.array([piece])).join(SOON)
    may_go_on, has_begun = threading.Event(), threading.Event()

    def slowly(piece):
        has_begun.set()
        assert may_go_on.wait(SOON)
        return np.array([piece])

    first = Visitor("slow", slowly)
    assert has_begun.wait(SOON)
    cached = Visitor("known", forbidden)
    cached.join(SOON)
    assert len(cached.found) == PIECES

    second = Visitor("another", lambda piece: np.array([-piece]))
    assert second.bar.waits.wait(SOON)
    assert second.bar.said[-1][1].startswith("Images …")
    may_go_on.set()
    for visitor in (first, second):
        visitor.join(SOON)
        assert len(visitor.found) == PIECES


def test_a_visitor_who_leaves_gives_the_turn_back():
    def leave(_piece):
        raise RuntimeError("Streamlit ends this run")

    here.bar = Bar()
    with pytest.raises(RuntimeError):
        tested.in_pieces(SimpleNamespace(file=("a network", 0.0)), "left", PIECES, leave, "Images …")
    follower = Visitor("left", lambda piece: np.array([piece]))
    follower.join(SOON)
    assert len(follower.found) == PIECES
