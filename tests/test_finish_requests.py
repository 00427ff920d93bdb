"""Asking a run to finish before its time: the request, what the run's log says of it, the worker, the command line."""

import json
import threading
import time
from dataclasses import asdict, replace

import pytest
from handmade import batch_fields, write_event_line

from cnn_core import runs
from cnn_core.__main__ import main
from cnn_core.progress import Finish, Progress, Result, TrainingState, Worker
from cnn_core.runs import RunState, files
from cnn_core.stopping import StopReasons
from cnn_core.worker import work

RESULT = Result(test_loss=1.2, test_accuracy=0.5, test_mse=0.06, test_n=60, seconds=31.0)


@pytest.fixture
def minute(tiny_config):
    """A run of a minute that is under way, and its record."""
    config = replace(tiny_config, training=replace(tiny_config.training, epochs=None, seconds=60.0))
    run = runs.create(config, "A minute")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        yield run, record


def test_a_request_is_asked_once_and_stays_until_the_run_has_finished(minute):
    run, record = minute
    assert not run.is_finishing()
    for _ in range(2):
        runs.request_finish(run)
        assert run.is_finishing()
    assert StopReasons(run, None).is_finish_asked()
    record.forget_stop()
    assert run.is_finishing(), "a stop is another request"
    record.finishing(TrainingState(seconds=28.0, finish=Finish(28.0, 28 / 60)))
    assert run.finish() == run.checkpoint().finish == Finish(28.0, 28 / 60)
    assert run.finished_early() is None, "not yet"
    record.testing()
    assert not run.is_finishing()
    record.finished(RESULT)
    assert not run.finish_is_requested()
    assert run.finished_early() == "finished early, after 31 s of 60 s"


def test_a_request_of_a_run_that_takes_no_steps_any_more_changes_nothing(minute):
    run, record = minute
    record.testing()
    runs.request_finish(run)
    record.finished(RESULT)
    runs.request_finish(run)
    assert not run.finish_is_requested()
    assert run.finished_early() is None


def test_a_run_that_is_to_stop_is_not_asked_and_one_that_starts_says_when(minute, monkeypatch):
    run, _ = minute
    runs.request_stop(run)
    runs.request_finish(run)
    assert not run.finish_is_requested()
    monkeypatch.setattr(runs.Run, "state", lambda run: RunState.STARTING)
    with pytest.raises(runs.RunError, match=r"just starting\. Finish it in a moment"):
        runs.request_finish(run)


def test_a_run_on_several_machines_is_not_asked_nor_does_it_listen(minute, monkeypatch):
    run, record = minute
    record.worker(Worker(pid=1, started=0, cpu="A processor", cores=2, machines=2))
    with pytest.raises(runs.RunError, match="several machines"):
        runs.request_finish(run)
    (run.path / files.FINISH).touch()
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1", "b:1"]}, "task": {"index": 0}}))
    assert not StopReasons(run, None).is_finish_asked()


def test_what_an_interruption_undoes_is_also_the_beginning_of_a_finish(minute):
    run, record = minute
    record.finishing(TrainingState(seconds=28.0, finish=Finish(28.0, 28 / 60)))
    record.started(seconds=28.1, is_resumed=True)
    assert run.is_finishing()
    record.started(seconds=20.0, is_resumed=True)
    assert run.finish() is None
    assert not run.is_finishing()


@pytest.mark.parametrize(("seconds", "words"), [(31.2, "finished early, after 31 s of 60 s"), (61.0, None)])
def test_what_is_said_of_it_is_true_of_a_run_that_was_asked_at_its_very_end(minute, seconds, words):
    run, record = minute
    record.finishing(TrainingState(seconds=28.0, finish=Finish(28.0, 28 / 60)))
    record.finished(replace(RESULT, seconds=seconds))
    assert run.finished_early() == words


def test_of_a_limit_in_epochs_the_epochs_are_said(finished_run):
    write_event_line(finished_run, event="started", seconds=6.0, is_resumed=True)
    write_event_line(finished_run, event="finishing", seconds=6.0, fraction=0.5)
    write_event_line(finished_run, event="batch", **(batch_fields(2) | {"batch": 2, "seconds": 9.0}))
    write_event_line(finished_run, event="finished", **asdict(RESULT))
    assert finished_run.finished_early() == "finished early, after 1.2 of 2 epochs"


@pytest.mark.parametrize("wrong", [{"seconds": -1.0, "fraction": 0.5}, {"seconds": 1.0, "fraction": 2.0}, {}])
def test_a_damaged_line_about_it_is_refused(finished_run, wrong):
    write_event_line(finished_run, event="finishing", **wrong)
    assert finished_run.finish() is None
    assert "1 line" in finished_run.damage()


def test_the_list_of_runs_says_so(minute, capsys):
    _, record = minute
    record.finishing(TrainingState(seconds=28.0, finish=Finish(28.0, 28 / 60)))
    record.finished(RESULT)
    assert main(["runs"]) == 0
    assert "It was finished early, after 31 s of 60 s." in capsys.readouterr().out


def test_the_command_asks_and_waits_for_the_end(minute, capsys):
    run, record = minute

    def as_a_worker():
        while not run.finish_is_requested():
            time.sleep(0.01)
        record.finishing(TrainingState(seconds=28.0, finish=Finish(28.0, 28 / 60)))
        record.finished(RESULT)

    threading.Thread(target=as_a_worker, daemon=True).start()
    assert main(["finish"]) == 0
    assert capsys.readouterr().out == f"run {run.id}: finished early, after 31 s of 60 s\n"


def test_without_a_training_the_command_says_so(finished_run, capsys):
    assert main(["finish"]) == 1
    assert "No run is being trained." in capsys.readouterr().err


@pytest.mark.slow
def test_a_worker_finishes_a_run_also_one_that_breaks_off_meanwhile(tiny_data, tiny_config):
    training = replace(tiny_config.training, epochs=1000, batch_size=16, schedule="trapezoid")
    run = runs.create(replace(tiny_config, training=training))
    seen: list[Progress] = []

    def ask_and_break_off(progress):
        seen.append(progress)
        if len(seen) == 20:
            runs.request_finish(run)
        if len(seen) == 30:
            raise RuntimeError("the power fails")

    assert work(run, on_batch=ask_and_break_off) == 1
    assert run.state() == RunState.FAILED
    kept = run.checkpoint()
    assert kept.finish == run.finish()
    assert (kept.epoch, kept.batch) == (1, 3), "17 batches an epoch"
    assert work(run) == 0
    assert run.state() == RunState.FINISHED
    assert run.is_tested()
    assert not run.finish_is_requested()
    assert "of 1,000 epochs" in run.finished_early()
    ended = run.scores()
    assert ended.seconds >= kept.finish.end
    assert ended.learning_rate < training.learning_rate
    said = [json.loads(line)["event"] for line in (run.path / files.EVENTS).read_text().splitlines()]
    assert said.count("finishing") == 1
