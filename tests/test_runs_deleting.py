"""Deleting a run while others look at it, change it, or start it: nobody finds half of a run, or sees a file's name."""

import io
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from handmade import write_finished_run

from cnn_core import locks, runs
from cnn_core.results import results_table
from cnn_core.runs import RunState, files


def test_deleting(finished_run):
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.5, is_resumed=True)
        with pytest.raises(runs.RunError, match="stop it before"):
            runs.delete(finished_run)
    runs.delete(finished_run)
    assert not finished_run.path.exists()
    assert files.folders(runs.runs_dir()) == []


def test_what_somebody_else_deleted_can_be_deleted_again_but_not_changed(finished_run):
    runs.delete(finished_run)
    runs.delete(finished_run)
    for change in (lambda: runs.rename(finished_run, "x"), lambda: runs.resume(finished_run)):
        with pytest.raises(runs.RunError, match="somebody has deleted it"):
            change()
    assert not finished_run.path.exists()


def test_a_rename_that_comes_too_late_brings_no_run_back(finished_run, monkeypatch):
    """The other visitor's click falls between the check that the run is there and the writing."""
    clean = runs.control.checked_title

    def clean_slowly(title):
        files.move_away(finished_run.path)
        return clean(title)

    monkeypatch.setattr(runs.control, "checked_title", clean_slowly)
    with pytest.raises(runs.RunError, match="somebody has deleted it"):
        runs.rename(finished_run, "Too late")
    assert not finished_run.path.exists()


def test_a_worker_that_comes_too_late_finds_no_run_and_makes_none(finished_run):
    runs.delete(finished_run)
    with pytest.raises(runs.RunError, match="somebody has deleted it"), runs.open_record(finished_run):
        pass
    assert not finished_run.path.exists()


def test_a_worker_that_just_took_the_lock_keeps_its_run(finished_run, monkeypatch):
    """Its first event is not written yet, and the log still says finished."""
    monkeypatch.setattr(runs.presence, "PATIENCE", 0.05)
    with locks.hold(finished_run.path / files.WORKER_LOCK, 0), pytest.raises(runs.RunError, match="being trained"):
        runs.delete(finished_run)
    assert finished_run.exists()


def test_a_zip_of_a_run_that_is_deleted_meanwhile_is_refused_in_a_sentence(finished_run, monkeypatch):
    contents = runs.archive._contents

    def deleted_meanwhile(folder):
        for number, path in enumerate(contents(folder)):
            if number == 2:
                runs.delete(finished_run)
            yield path

    monkeypatch.setattr(runs.archive, "_contents", deleted_meanwhile)
    with pytest.raises(runs.RunError, match="somebody has deleted it"):
        runs.write_zip(finished_run, io.BytesIO())


def test_what_a_removal_could_not_finish_is_removed_later(finished_run, tiny_config):
    files.move_away(finished_run.path)
    (leftover,) = runs.runs_dir().glob(".deleted-*")
    assert runs.list_runs(with_unreadable=True) == []
    with pytest.raises(runs.RunError, match="no run called"):
        runs.find_run(leftover.name)
    with runs.open_record(runs.create(tiny_config)):
        assert not leftover.exists()


def test_a_link_to_a_folder_elsewhere_is_removed_and_the_folder_is_not(finished_run, tmp_path):
    elsewhere = finished_run.path.rename(tmp_path / "elsewhere")
    link = runs.Run(runs.runs_dir() / "link")
    link.path.symlink_to(elsewhere)
    runs.delete(link)
    assert not link.exists()
    assert (elsewhere / files.CONFIG).exists()
    assert list(runs.runs_dir().glob(".deleted-*")) == []


def everything_a_page_asks(run):
    """All that a table, a live view and an evaluation read of a run; each answers, or raises a RunError."""
    asked = [
        run.state, run.worker, run.history, run.samples, run.looks, run.batches, run.progress,
        run.scores, run.passes, run.seconds, run.measuring, run.result, run.reason, run.has_diverged, run.was_killed,
        run.damage, run.is_tested, run.is_stopping, run.predictions, run.snapshot_epochs, lambda: run.snapshot(1),
        run.checkpoint, run.exists, lambda: run.config, lambda: run.created, lambda: run.title, lambda: run.is_recorded,
        lambda: results_table(run), runs.list_runs, runs.running, lambda: runs.list_runs(with_unreadable=True),
    ]  # fmt: skip
    for ask in asked:
        with suppress(runs.RunError):
            ask()


def test_a_run_that_is_gone_is_an_answer_or_a_sentence(finished_run):
    runs.delete(finished_run)
    everything_a_page_asks(finished_run)
    assert finished_run.state() == RunState.INTERRUPTED
    assert finished_run.history().empty
    assert finished_run.result() is None
    assert finished_run.title == finished_run.id


def test_thirty_visitors_delete_rename_download_and_look_at_the_same_runs(tiny_config):
    """No exception but RunError comes out, and no folder stays behind."""
    made = [write_finished_run(tiny_config, n=10) for _ in range(4)]
    barrier, deletions = threading.Barrier(30), []

    def visit(number):
        dice = random.Random(number)
        barrier.wait()
        for run in made:
            for action in dice.sample(
                [
                    lambda run=run: runs.rename(run, f"Name {number}"),
                    lambda run=run: runs.write_zip(run, io.BytesIO()),
                    lambda run=run: everything_a_page_asks(run),
                    lambda run=run: runs.request_stop(run),
                    lambda run=run: runs.check_resumable(run),
                ],
                k=3,
            ):
                with suppress(runs.RunError):
                    action()
            if number % 3 == 0:
                runs.delete(run)  # no error, whoever was first
                deletions.append(run)

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(visit, range(30)))  # raises what a thread raised
    assert len(deletions) == 40
    assert runs.list_runs(with_unreadable=True) == []
    assert [path for path in runs.runs_dir().iterdir() if path.is_dir()] == []
