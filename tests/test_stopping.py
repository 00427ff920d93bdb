"""Why a worker stops: a signal, a request, or the end of the app that started it. No network is trained here."""

import ctypes
import os
import signal
import sys

import pytest

from cnn_core import runs, stopping
from cnn_core.stopping import StopReasons, watch
from cnn_core.worker import work


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_that_was_refused_gives_the_signals_back(finished_run, tiny_config, number):
    """Otherwise Ctrl-C would do nothing for the rest of the process."""
    before = signal.getsignal(number)
    with runs.open_record(finished_run):
        assert work(runs.create(tiny_config)) == runs.BUSY_EXIT_CODE
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("is_app_there", [False, True])
def test_a_worker_whose_app_is_gone_ends_where_it_stands_if_it_cannot_end_in_order(
    finished_run, is_app_there, monkeypatch
):
    """A stop on request has no such end: the batch, the checkpoint and the test take the time that they take."""
    now, ended = [100.0], []
    monkeypatch.setattr(stopping.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(os, "_exit", ended.append)
    reasons = StopReasons(finished_run, os.getppid() if is_app_there else os.getpid())
    (finished_run.path / runs.files.STOP).touch()
    for seconds in (0.0, stopping.GRACE - 1, stopping.GRACE + 1):
        now[0] = 100 + seconds
        reasons.end_if_overdue()
        assert ended == ([1] if seconds > stopping.GRACE and not is_app_there else [])


def test_a_worker_that_may_take_so_long_is_told_to_stop_then_whatever_it_does(finished_run, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(stopping.time, "monotonic", lambda: now[0])
    reasons = StopReasons(finished_run, os.getppid(), 200.0)
    endless = StopReasons(finished_run, os.getppid())
    for seconds, reason in ((199, None), (201, stopping.OUT_OF_TIME)):
        now[0] = 100 + seconds
        assert reasons.current() == reason
        assert endless.current() is None


def test_it_knows_whether_the_app_is_there():
    assert watch(os.getppid())()
    assert not watch(os.getpid())()  # not this process's parent, so the parent has been replaced


def test_on_windows_it_waits_for_the_app_itself_whoever_its_parent_is(monkeypatch):
    """The python.exe of a virtual environment is the parent there, and a dead parent's number stays."""

    class Kernel32:
        ended = False

        def OpenProcess(rights, inherited, pid):
            return 77 if pid == 4321 else None

        @classmethod
        def WaitForSingleObject(cls, handle, milliseconds):
            return 0xFFFFFFFF if handle.value is None else 0 if cls.ended else 0x102

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "WinDLL", lambda name: Kernel32, raising=False)
    app_is_there = watch(4321)
    assert app_is_there()
    Kernel32.ended = True
    assert not app_is_there()
    assert not watch(1234)()  # it ended before it could be opened
