"""A worker that hangs: its signs of life, and the stop that ends it. The workers are small, without TensorFlow."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from waiting import wait_for

from cnn_core import processes, runs
from cnn_core.__main__ import main
from cnn_core.runs import RunState, escalation, files, heartbeat

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no process is halted there")

# It begins and computes, or waits for ever, as a worker does; it never answers a stop.
WORKS = """
import os, sys, time
from pathlib import Path
from cnn_core import processes, runs
from cnn_core.progress import Worker
from cnn_core.runs import heartbeat
heartbeat.INTERVAL = 0.05
run = runs.Run(Path(sys.argv[1]))
with runs.open_record(run) as record, runs.beating(run.path, lambda: None):
    record.worker(Worker(os.getpid(), 0, "A processor", 2, birth=processes.birth(os.getpid())))
    record.started(seconds=0.0, is_resumed=False)
    while True:
        if sys.argv[2] == "computes":
            sum(range(100_000))
        else:
            time.sleep(0.05)
"""


@pytest.fixture
def patience(monkeypatch):
    """As everywhere, but ten times as quick."""
    monkeypatch.setattr(heartbeat, "SILENT", 2.0)
    monkeypatch.setattr(escalation, "_ANSWER", 0.3)
    monkeypatch.setattr(escalation, "_POLL", 0.05)


@contextmanager
def worker(run, what):
    process = subprocess.Popen([sys.executable, "-c", WORKS, str(run.path), what])
    try:
        wait_for(lambda: run.state() == RunState.RUNNING)
        yield process
    finally:
        process.kill()
        process.wait(10)


def test_a_worker_that_computes_shows_signs_of_life_and_one_that_is_halted_does_not(tiny_config, patience):
    run = runs.create(tiny_config)
    with worker(run, "computes") as process:
        until = time.monotonic() + 1.5 * heartbeat.SILENT
        while time.monotonic() < until:
            assert not run.is_silent()
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGSTOP)
        wait_for(run.is_silent)
        assert run.state() == RunState.RUNNING
        assert runs.running() == run
        os.kill(process.pid, signal.SIGCONT)
        wait_for(lambda: not run.is_silent())
    assert run.silence() is None


def test_one_that_waits_for_what_never_comes_shows_none(tiny_config, patience):
    run = runs.create(tiny_config)
    with worker(run, "waits"):
        wait_for(run.is_silent)


def test_a_halted_worker_is_ended_by_stop_and_the_run_can_be_resumed(tiny_config, patience):
    run = runs.create(tiny_config)
    with worker(run, "computes") as process:
        os.kill(process.pid, signal.SIGSTOP)
        runs.request_stop(run)
        assert process.wait(60) == -signal.SIGKILL
    assert run.state() == RunState.INTERRUPTED
    assert runs.is_resumable(run)
    assert runs.running() is None


def test_the_command_line_stops_a_halted_worker_too(tiny_config, patience, capsys):
    assert main(["stop"]) == 1
    assert capsys.readouterr().err == "stop: No run is being trained.\n"
    run = runs.create(tiny_config)
    with worker(run, "computes") as process:
        os.kill(process.pid, signal.SIGSTOP)
        assert main(["stop"]) == 0
        assert process.wait(10) == -signal.SIGKILL
    assert capsys.readouterr().out == f"run {run.id}: interrupted\n"


def test_a_worker_that_shows_signs_of_life_is_not_ended(tiny_config, patience):
    run = runs.create(tiny_config)
    with worker(run, "computes") as process:
        runs.request_stop(run)
        time.sleep(2 * heartbeat.SILENT)
        assert process.poll() is None
        assert run.is_stopping()


def test_no_process_is_ended_that_is_not_the_worker(tiny_config):
    """Of another birth, or of a run whose lock is free by now: the number has gone to another process."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        born = processes.birth(sleeper.pid)
        assert not processes.end(sleeper.pid, born, lambda: False)
        assert not processes.end(sleeper.pid, born + "1", lambda: True)
        assert not processes.end(os.getpid(), processes.birth(os.getpid()), lambda: True)
        assert sleeper.poll() is None
        assert processes.end(sleeper.pid, born, lambda: True)
        assert sleeper.wait(10) == -signal.SIGKILL
        assert not processes.end(sleeper.pid, born, lambda: True)
    finally:
        sleeper.kill()
        sleeper.wait(10)


@pytest.mark.parametrize("content", [b"", b"soon", b"\xff"])
def test_a_sign_of_life_that_cannot_be_read_is_none_and_the_last_event_counts(finished_run, content):
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.5, is_resumed=True)
        (finished_run.path / files.HEARTBEAT).write_bytes(content)
        assert heartbeat.age(finished_run.path) is None
        assert 0 <= finished_run.silence() < 60


def test_the_clock_on_the_wall_makes_nobody_silent(finished_run, monkeypatch):
    with runs.open_record(finished_run) as record, runs.beating(finished_run.path, lambda: None):
        record.started(seconds=12.5, is_resumed=True)
        for hours in (-5, 5):
            monkeypatch.setattr(time, "time", lambda hours=hours: 1_800_000_000.0 + 3600 * hours)
            assert finished_run.silence() < 60
    assert not (finished_run.path / files.HEARTBEAT).exists()
