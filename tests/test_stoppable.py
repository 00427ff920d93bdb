"""Long computations that a stop does not wait for."""

import subprocess
import sys
import threading
import time

import pytest

from cnn_core import stoppable
from cnn_core.progress import Stopped
from cnn_core.stoppable import leave, settle, unless_stopped


def never():
    return False


def test_it_returns_or_raises_what_the_computation_does():
    assert unless_stopped(lambda: 3, never) == 3
    with pytest.raises(ZeroDivisionError):
        unless_stopped(lambda: 1 // 0, never)


def test_a_stop_asked_before_computes_nothing():
    done = []
    with pytest.raises(Stopped):
        unless_stopped(lambda: done.append(1), lambda: True)
    assert not done


def test_a_stop_is_answered_at_once_and_what_was_left_can_be_waited_for():
    begun, go_on, done = threading.Event(), threading.Event(), []

    def compute():
        begun.set()
        go_on.wait(60)
        done.append(1)

    with pytest.raises(Stopped):
        unless_stopped(compute, begun.is_set)
    assert not done
    with pytest.raises(Stopped):
        settle(lambda: True)
    go_on.set()
    settle(never)
    assert done
    assert leave(7) == 7


def test_a_process_ends_without_waiting_for_what_was_left():
    program = """
import sys, time
from cnn_core.progress import Stopped
from cnn_core.stoppable import leave, unless_stopped
begun = time.monotonic()
try:
    unless_stopped(lambda: time.sleep(600), lambda: time.monotonic() > begun + 0.2)
except Stopped:
    print("stopped")
    sys.exit(leave(5))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (5, "stopped\n")


@pytest.mark.parametrize("always", [False, True])
def test_a_process_with_nothing_left_is_put_away_in_order_unless_that_takes_too_long(always):
    program = f"""
import atexit, sys
from cnn_core.stoppable import leave
atexit.register(print, "in order")
print("done")
sys.exit(leave(5, always={always}))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (5, "done\n" if always else "done\nin order\n")


def test_asking_costs_a_quick_computation_nothing():
    asked = []
    unless_stopped(lambda: time.sleep(0.01), lambda: asked.append(1))
    assert len(asked) <= 2
    assert not stoppable._is_busy()
