"""What a run is, in every state that a start, a stop, a resume and a crash can leave; and what it shows meanwhile."""

import json
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import filelock
import numpy as np
import pytest
from handmade import AT_WORK, epoch_fields, progress, write_event_line, write_finished_run

from cnn_core import runs
from cnn_core.__main__ import main
from cnn_core.inference import Anatomy
from cnn_core.progress import EpochScores, Measuring, Result
from cnn_core.results import results_table
from cnn_core.runs import RunState, files, launch

ACTIVE = {RunState.STARTING, RunState.RUNNING, RunState.TESTING}


# It begins, and is killed as the system does when memory runs out.
IS_KILLED = """
import os, signal, sys
from pathlib import Path
from cnn_core import runs
run = runs.Run(Path(sys.argv[1]))
with runs.open_record(run) as record:
    record.started(seconds=0.0, is_resumed=False)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def stopped_run(finished_run):
    """Stopped on request at the end of epoch 2, tested then."""
    write_event_line(finished_run, event="stopped", reason="stopped on request", **asdict(finished_run.result()))
    return finished_run


@pytest.mark.parametrize("event", ["finished", "stopped", "failed"])
def test_the_last_event_is_the_state(finished_run, event):
    write_event_line(finished_run, event=event)
    assert finished_run.state() == event
    assert not finished_run.state().is_active


def test_the_active_states_are_those_with_a_worker():
    assert {state for state in RunState if state.is_active} == ACTIVE


def test_a_run_is_at_work_while_its_lock_is_held_and_interrupted_after(finished_run):
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.5, is_resumed=True)
        assert finished_run.state() == RunState.RUNNING
        assert runs.running() == finished_run
        assert not finished_run.is_stopping()
        runs.request_stop(finished_run)
        assert finished_run.is_stopping()
        record.testing()
        record.measuring(Measuring("test", 10, 60))
        assert finished_run.state() == RunState.TESTING
        assert finished_run.measuring() == Measuring("test", 10, 60)
        assert runs.running() == finished_run
    assert finished_run.state() == RunState.INTERRUPTED
    assert finished_run.measuring() is None
    assert runs.running() is None


def test_a_measured_validation_is_no_test(finished_run):
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.5, is_resumed=True)
        record.measuring(Measuring("validation", 10, 60))
        assert finished_run.state() == RunState.RUNNING
        record.batch(progress(epoch=3, seconds=13.0))
        assert finished_run.measuring() is None


def test_a_run_made_on_the_command_line_is_starting_until_its_worker_has_begun(tiny_config):
    run = runs.create(tiny_config)
    assert run.state() == RunState.INTERRUPTED
    with runs.open_record(run) as record:
        assert run.state() == RunState.STARTING
        record.started(seconds=0.0, is_resumed=False)
        assert run.state() == RunState.RUNNING


def test_an_interrupted_run_is_not_taken_for_the_one_that_runs(finished_run, tiny_config):
    write_event_line(finished_run, event="started")
    other = runs.create(tiny_config)
    with runs.open_record(other) as record:
        record.started(seconds=0.0, is_resumed=False)
        assert finished_run.state() == RunState.INTERRUPTED
        assert runs.running() == other


def test_the_run_at_work_is_found_though_its_name_could_not_be_written_down(finished_run, tiny_config):
    runs.create(tiny_config)
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.5, is_resumed=True)
        for name in ("nonsense", "../elsewhere", "a\0b", ""):
            (runs.runs_dir() / files.TRAINING).write_text(name)
            assert runs.running() == finished_run


def test_only_one_record_can_be_open(finished_run, tiny_config, monkeypatch):
    monkeypatch.setattr(runs.presence, "PATIENCE", 0.05)
    other = runs.create(tiny_config)
    with runs.open_record(finished_run), pytest.raises(runs.Busy), runs.open_record(other):
        pass


def test_a_worker_finds_a_lock_that_others_look_at(finished_run):
    lock = filelock.FileLock(finished_run.path / files.WORKER_LOCK)
    with lock:
        assert runs.presence.has_worker(finished_run.path)
    with ThreadPoolExecutor(4) as lookers:
        looks = [lookers.submit(runs.presence.has_worker, finished_run.path) for _ in range(200)]
        with runs.open_record(finished_run):
            pass
        assert all(look.exception() is None for look in looks)


def test_a_launched_run_is_starting_until_its_worker_begins(workers, tiny_config):
    """Neither resumable nor deletable, and the one that runs, from the first moment on that it can be found."""
    starter = ThreadPoolExecutor(1).submit(runs.start, tiny_config, "Slow to begin")
    while not (found := runs.list_runs()):
        assert not starter.done(), starter.exception()
    (run,) = found
    assert run.state() == RunState.STARTING
    assert runs.running() == run
    with pytest.raises(runs.RunError, match="is being trained; stop it"):
        runs.delete(run)
    with pytest.raises(runs.RunError, match="is starting; only a stopped"):
        runs.check_resumable(run)
    with pytest.raises(runs.RunError, match="just starting"):
        runs.request_stop(run)
    assert not run.stop_is_requested()
    while not workers:
        assert not starter.done(), starter.exception()
    with runs.open_record(run) as record:  # in the sleeping worker's place
        record.started(seconds=0.0, is_resumed=False)
        assert starter.result(30) == run
        assert run.state() == RunState.RUNNING


def test_a_resumed_run_is_starting_until_its_worker_begins(workers, stopped_run):
    starter = ThreadPoolExecutor(1).submit(runs.resume, stopped_run)
    while not workers:
        assert not starter.done(), starter.exception()
    assert stopped_run.state() == RunState.STARTING
    with runs.open_record(stopped_run) as record:
        record.started(seconds=12.5, is_resumed=True)
        starter.result(30)
        assert stopped_run.state() == RunState.RUNNING
        assert not (runs.runs_dir() / files.STARTING).exists()


def test_a_start_whose_app_died_does_not_last_for_ever(stopped_run):
    (runs.runs_dir() / files.STARTING).write_text(stopped_run.path.name)
    (runs.runs_dir() / files.STARTING_LOCK).touch()
    assert stopped_run.state() == RunState.STOPPED
    with filelock.FileLock(runs.runs_dir() / files.STARTING_LOCK):
        assert stopped_run.state() == RunState.STARTING
    assert stopped_run.state() == RunState.STOPPED


def test_what_killed_processes_left_half_written_beside_the_runs_is_removed(finished_run):
    leftovers = [finished_run.path.with_name(f".{name}.1.1.tmp") for name in (files.STARTING, files.TRAINING)]
    for leftover in leftovers:
        leftover.touch()
    with runs.presence.announced(finished_run.path), runs.open_record(finished_run):
        assert not any(leftover.exists() for leftover in leftovers)


def test_a_started_worker_is_stopped_on_request(workers, tiny_config):
    workers.program = AT_WORK
    run = runs.start(tiny_config)
    assert run.state() == RunState.RUNNING
    runs.request_stop(run)
    assert workers[0].wait(30) == 0
    assert (run.state(), run.reason(), run.result()) == (RunState.STOPPED, "stopped on request", None)


def test_a_process_that_does_not_start_in_time_is_ended_and_leaves_no_run(workers, tiny_config, monkeypatch):
    monkeypatch.setattr(launch, "_PATIENCE", 0.1)
    with pytest.raises(runs.RunError, match="did not start"):
        runs.start(tiny_config)
    assert workers[0].wait(timeout=10) != 0
    assert runs.list_runs(with_unreadable=True) == []
    assert runs.running() is None


def test_a_run_deleted_while_it_starts_costs_a_sentence(workers, stopped_run):
    starter = ThreadPoolExecutor(1).submit(runs.resume, stopped_run)
    while not workers:
        assert not starter.done(), starter.exception()
    files.move_away(stopped_run.path)
    workers[0].kill()
    with pytest.raises(runs.RunError, match="somebody has deleted it"):
        starter.result(30)


def test_a_worker_finds_the_data_from_wherever_the_app_was_started(workers, tiny_config, monkeypatch, tmp_path):
    monkeypatch.setattr(launch, "_PATIENCE", 0.1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CNN_DATA_DIR", "school/data")
    with pytest.raises(runs.RunError):
        runs.start(tiny_config)
    assert workers[0].options["env"]["CNN_DATA_DIR"] == str(tmp_path / "school" / "data")


def test_of_thirty_clicks_at_once_one_starts_a_process(workers, tiny_config):
    workers.program = AT_WORK
    with ThreadPoolExecutor(30) as clicks:
        outcomes = [clicks.submit(runs.start, tiny_config, "One") for _ in range(30)]
    assert len(workers) == 1
    assert len(runs.list_runs()) == 1
    refusals = [str(outcome.exception()) for outcome in outcomes if outcome.exception()]
    assert len(refusals) == 29
    assert all("'One' is being trained" in refusal for refusal in refusals)


def test_another_app_on_the_same_folder_waits_for_no_start_of_this_one(workers, tiny_config, monkeypatch):
    monkeypatch.setattr(runs.presence, "PATIENCE", 0.05)
    runs.runs_dir().mkdir()
    with filelock.FileLock(runs.runs_dir() / files.STARTING_LOCK), pytest.raises(runs.RunError, match="one run at a"):
        runs.start(tiny_config)
    assert not workers


def start_and_wait(config):
    before = set(threading.enumerate())
    run = runs.start(config)
    for waiting in set(threading.enumerate()) - before:
        waiting.join(30)
    return run


@pytest.mark.skipif(sys.platform == "win32", reason="Windows kills no process for its memory")
@pytest.mark.parametrize("counts", [(0, 1), (None, None)], ids=["counted", "not counted"])
def test_a_worker_that_the_system_killed_is_known_until_the_next_start(workers, tiny_config, counts, monkeypatch):
    count = iter(counts)
    monkeypatch.setattr(launch.processes, "ended_for_memory", lambda: next(count))
    workers.program = IS_KILLED
    run = start_and_wait(tiny_config)
    assert workers[0].returncode == -signal.SIGKILL
    assert run.state() == RunState.INTERRUPTED
    assert run.was_killed()
    with runs.open_record(run) as record:
        assert not run.was_killed()  # somebody is at work
        record.started(seconds=0.0, is_resumed=False)
    assert run.state() == RunState.INTERRUPTED
    assert not run.was_killed()  # this time nobody knows why


@pytest.mark.skipif(sys.platform == "win32", reason="Windows kills no process for its memory")
@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_worker_that_somebody_killed_had_memory_enough(workers, tiny_config, is_stopped, monkeypatch):
    count = iter((3, 4 if is_stopped else 3))
    monkeypatch.setattr(launch.processes, "ended_for_memory", lambda: next(count))
    asks = "(run.path / 'STOP').touch()" if is_stopped else "pass"
    workers.program = IS_KILLED.replace("    os.kill", f"    {asks}\n    os.kill")
    run = start_and_wait(tiny_config)
    assert workers[0].returncode == -signal.SIGKILL
    assert (run.state(), run.was_killed()) == (RunState.INTERRUPTED, False)


def test_a_stop_is_only_asked_of_a_run_that_runs(finished_run):
    runs.request_stop(finished_run)
    assert not finished_run.stop_is_requested()


def test_a_stop_that_an_earlier_worker_did_not_hear_is_not_meant_for_the_next(workers, stopped_run):
    (stopped_run.path / files.STOP).touch()
    starter = ThreadPoolExecutor(1).submit(runs.resume, stopped_run)
    while not workers:
        assert not starter.done(), starter.exception()
    assert stopped_run.state() == RunState.STARTING
    assert not stopped_run.is_stopping()
    workers[0].kill()
    with pytest.raises(runs.RunError, match="did not start"):
        starter.result(30)


def course(run, capsys):
    """The result as each place shows it; the places must not disagree."""
    result = run.result()
    assert run.is_tested() == run.has_network() == (result is not None)
    table = results_table(run)[run.title]
    assert (table["test accuracy"] == "–") == (result is None)
    assert (table["training time"] == "–") == (result is None)
    code = main(["evaluate", run.id, "--json"])
    assert (code == 0) == (result is not None)
    printed = capsys.readouterr()
    if result is None:
        assert "has not been tested yet" in printed.err
        with pytest.raises(runs.RunError, match="has not been tested yet"):
            run.predictions()
    else:
        assert json.loads(printed.out)["n"] == result.test_n == len(run.predictions().labels)
    main(["runs", "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert row["test_accuracy"] == (result and result.test_accuracy)
    return result and result.test_accuracy


def test_a_result_is_of_the_present_course_at_every_moment(stopped_run, capsys):
    """Stopped and tested, resumed, told to end by SIGTERM, resumed, killed while testing, resumed, finished."""
    run = stopped_run
    labels, probabilities = run.predictions()
    with runs.open_record(run) as record:
        record.model(b"keras", b"litert", Anatomy(b"graph", (), (), {}, 0))
    assert course(run, capsys) == 0.55
    with runs.open_record(run) as record:
        assert course(run, capsys) == 0.55  # nothing has happened yet
        record.started(seconds=12.5, is_resumed=True)
        assert course(run, capsys) is None
        record.epoch(EpochScores(**epoch_fields(3)))
        record.stopped("the process was told to end", 18.5, None)
    assert run.scores().epoch == 3
    assert course(run, capsys) is None
    with runs.open_record(run) as record:
        record.started(seconds=18.5, is_resumed=True)
        record.testing()
        assert course(run, capsys) is None
        record.predictions(labels, probabilities)  # and then it is killed
    assert course(run, capsys) is None
    with runs.open_record(run) as record:
        record.started(seconds=18.5, is_resumed=True)
        record.testing()
        assert not run.classifier_path.exists(), "the network of an earlier course"
        record.predictions(labels, probabilities)
        record.model(b"keras", b"litert", Anatomy(b"graph", (), (), {}, 0))
        record.finished(Result(1.0, 0.7, 0.05, 60, 18.5))
    assert course(run, capsys) == 0.7


@pytest.mark.parametrize(
    "diverge",
    [
        lambda run, pen: pen.batch(progress(epoch=3, seconds=13.0, loss=np.nan)),
        lambda run, pen: pen.epoch(EpochScores(**{**epoch_fields(3), "loss": np.inf})),
        lambda run, pen: pen.epoch(EpochScores(**{**epoch_fields(3), "val_loss": np.nan})),
        lambda run, pen: pen.finished(replace(run.result() or Result(1.2, 0.1, 0.06, 60, 12.5), test_loss=np.nan)),
    ],
    ids=["batch", "epoch", "validation", "test"],
)
def test_a_run_whose_loss_is_no_number_has_diverged_and_has_no_figures(finished_run, diverge):
    with runs.open_record(finished_run) as pen:
        pen.started(seconds=12.5, is_resumed=True)
        assert not finished_run.has_diverged()
        diverge(finished_run, pen)
        if finished_run.state() != RunState.FINISHED:
            pen.finished(Result(1.2, 0.1, 0.06, 60, 12.5))
    assert finished_run.has_diverged()
    assert finished_run.result() is None
    assert not finished_run.is_tested()
    with pytest.raises(runs.RunError, match="diverged"):
        finished_run.predictions()
    assert results_table(finished_run)[finished_run.title]["test accuracy"] == "–"


def test_a_run_that_diverged_is_not_resumed_to_diverge_again(finished_run):
    with runs.open_record(finished_run) as pen:
        pen.started(seconds=12.5, is_resumed=True)
        pen.failed("It diverged.", has_diverged=True)
    with pytest.raises(runs.RunError, match="diverged and would again"):
        runs.check_resumable(finished_run)


def test_one_infinite_batch_that_was_overcome_is_no_divergence(finished_run):
    with runs.open_record(finished_run) as pen:
        pen.started(seconds=12.5, is_resumed=True)
        pen.batch(progress(epoch=3, seconds=13.0, loss=np.inf))
        assert finished_run.has_diverged()
        pen.epoch(EpochScores(**{**epoch_fields(3), "seconds": 14.0}))
    assert not finished_run.has_diverged()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "has too little memory"),
        (type("ResourceExhaustedError", (Exception,), {})("OOM when allocating"), "has too little memory"),
        (OSError(28, "No space left on device", "/srv/school/runs/x"), "disk of this machine is full"),
        (OSError(30, "Read-only file system", "/srv/school/runs/.title.tmp"), "read-only"),
        (ValueError("cannot open /srv/school/data/a.npy"), "ValueError: cannot open a.npy"),
        (ValueError(r"in 'C:\\srv\\My Runs\\a b.npz'"), "ValueError: in 'a b.npz'"),  # as Python puts it in quotes
        (ValueError(r"in \\srv\pupils\a.npy, file:///srv/b.npy"), "ValueError: in a.npy, b.npy"),
        (ValueError("1/2 of 3 and/or 4, https://example.org/a/b"), "1/2 of 3 and/or 4, https://example.org/a/b"),
    ],
)
def test_why_a_training_failed_is_said_in_words_and_without_a_path(finished_run, error, words):
    with runs.open_record(finished_run) as pen:
        pen.started(seconds=12.5, is_resumed=True)
        pen.failed(runs.reason_of(error))
    assert words in finished_run.reason()
    assert "srv" not in (finished_run.path / files.EVENTS).read_text()


def test_an_older_log_that_names_a_path_is_shown_without_it(finished_run):
    write_event_line(finished_run, event="failed", reason=r"OSError: [Errno 30] '/srv/school/x.tmp' and C:\Users\me\x")
    assert finished_run.reason() == "OSError: [Errno 30] 'x.tmp' and x"


def test_a_run_of_the_same_title_as_the_report_keeps_its_column(tiny_config):
    run = write_finished_run(tiny_config, title="the report (2020)")
    assert results_table(run).columns.is_unique
