"""The log of a run: what can be read from it while a worker adds to it, and after a kill in the middle of a line."""

import os
from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from handmade import look, progress, write_event_line, write_finished_run

from cnn_core import runs
from cnn_core.progress import EpochScores, Measuring, Progress, Sample, TrainingState
from cnn_core.runs import log
from cnn_core.runs.files import EVENTS


def lines(run):
    return (run.path / EVENTS).read_bytes().count(b"\n")


def test_the_log_is_on_the_disk_before_a_checkpoint_and_before_one_is_dropped(finished_run, monkeypatch):
    with runs.open_record(finished_run) as pen:
        synced, fsync = [], os.fsync
        monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino) or fsync(file))
        pen.checkpoint(TrainingState(epoch=1))
        pen.drop_checkpoint()
    inode = (finished_run.path / EVENTS).stat().st_ino
    assert [synced_inode == inode for synced_inode in synced] == [True, False, True]


def test_a_torn_line_is_passed_over_and_is_no_damage_once_the_next_worker_has_closed_it(finished_run):
    with (finished_run.path / EVENTS).open("a") as file:
        file.write('{"event": "batch", "ep')
    assert len(finished_run.batches()) == 2
    with runs.open_record(finished_run) as pen:
        pen.started(seconds=12.0, is_resumed=True)
        pen.batch(progress(epoch=3, batch=1, seconds=13.0))
    assert finished_run.progress().epoch == 3
    assert finished_run.damage() is None


def test_an_epoch_computed_twice_counts_once(finished_run):
    write_event_line(
        finished_run, event="epoch", **{**finished_run.history().iloc[1].to_dict(), "epoch": 2, "loss": 0.5}
    )
    history = finished_run.history()
    assert list(history["epoch"]) == [1, 2]
    assert history["loss"].iloc[1] == 0.5


def test_what_a_killed_worker_did_after_its_checkpoint_is_void_once_the_run_is_resumed(finished_run):
    """Epoch 3 was half done at second 20; the run continues from the end of epoch 2, at second 12.5."""
    for batch in (1, 2, 3):
        write_event_line(
            finished_run, event="batch", **asdict(progress(epoch=3, batch=batch, seconds=14.0 + 2 * batch))
        )
    assert finished_run.progress().batch == 3
    write_event_line(finished_run, event="started", is_resumed=True, seconds=12.5)
    assert finished_run.progress().epoch == 2
    write_event_line(finished_run, event="batch", **asdict(progress(epoch=3, batch=1, seconds=16.5)))
    assert finished_run.progress().seconds == 16.5
    assert finished_run.batches()["seconds"].tolist() == [5.0, 10.0, 16.5]
    assert finished_run.seconds() == 16.5
    assert list(finished_run.history()["epoch"]) == [1, 2]


def test_a_snapshot_of_an_epoch_that_is_void_now_is_not_shown(finished_run):
    write_event_line(finished_run, event="started", is_resumed=True, seconds=6.0)
    assert finished_run.snapshot_epochs() == [1]


def test_the_log_is_read_anew_when_another_takes_its_place(finished_run):
    assert len(finished_run.history()) == 2
    (finished_run.path / EVENTS).unlink()
    assert finished_run.history().empty
    assert finished_run.reason() is None
    write_event_line(finished_run, event="failed", reason="another")
    assert finished_run.reason() == "another"


def test_batch_events_are_at_most_two_a_second_and_rarer_in_a_long_run(finished_run):
    with runs.open_record(finished_run) as pen:
        before = lines(finished_run)
        for tenths in range(101):
            pen.batch(progress(seconds=tenths / 10))
        assert lines(finished_run) - before == 21
        for tenths in range(101):
            pen.batch(progress(seconds=4000 + tenths / 10))
    assert lines(finished_run) - before == 21 + 3


def test_measuring_is_told_at_most_twice_a_second(finished_run, monkeypatch):
    now = 100.0
    monkeypatch.setattr(runs.record.time, "monotonic", lambda: now)
    with runs.open_record(finished_run) as pen:
        before = lines(finished_run)
        for _ in range(81):
            pen.measuring(Measuring("test", 1, 10))
            now += 0.125  # a number that floats hold exactly
        assert lines(finished_run) - before == 21
        pen.measuring(Measuring("test", 10, 10))
    assert lines(finished_run) - before == 22, "its end always is: the page would say that it goes on"


@pytest.mark.parametrize(
    ("read", "form"),
    [("history", EpochScores), ("samples", Sample), ("batches", Progress)],
)
def test_the_tables_have_the_records_fields_with_and_without_a_row(finished_run, tiny_config, read, form):
    names = [field.name for field in fields(form)]
    for run in (finished_run, runs.create(tiny_config)):
        assert list(getattr(run, read)()) == names


def test_samples_of_the_validation_images_are_part_of_the_course(tiny_config):
    run = runs.create(tiny_config)
    samples = [
        Sample(passes=0.1 * n, seconds=float(n), n=500, val_loss=2.0, val_accuracy=0.3, val_mse=0.08) for n in (1, 2, 3)
    ]
    with runs.open_record(run) as pen:
        pen.started(seconds=0.0, is_resumed=False)
        for sample in samples:
            pen.sample(sample)
        assert run.samples().to_dict("records") == [asdict(sample) for sample in samples]
        pen.started(seconds=1.5, is_resumed=True)
        assert len(run.samples()) == 1


def test_what_a_class_watched_is_read_as_it_was_told_and_is_part_of_the_course(tiny_config):
    run = runs.create(tiny_config)
    told = [look(1.0), look(2.0, kernels=None), look(3.0, answers=(7,) * 16)]
    with runs.open_record(run) as pen:
        pen.started(seconds=0.0, is_resumed=False)
        for one in told:
            pen.look(one)
        read = run.looks()
        assert [replace(one, kernels=None) for one in read] == [replace(one, kernels=None) for one in told]
        assert read[1].kernels is None
        largest = np.abs(told[2].kernels).max()
        np.testing.assert_allclose(read[2].kernels, told[2].kernels, atol=largest / 127)
        pen.started(seconds=1.5, is_resumed=True)
        assert [one.seconds for one in run.looks()] == [1.0]
    assert run.damage() is None


def test_a_look_after_an_epoch_is_not_taken_back_by_the_epoch_at_the_same_moment(tiny_config):
    """What follows an event of an earlier moment is void: rounding one of the two would lose the other."""
    run = runs.create(tiny_config)
    moment = 12.3456
    row = EpochScores(1, 1.0, 2.0, 0.3, 0.08, 2.0, 0.3, 0.08, 0.1, moment)
    with runs.open_record(run) as pen:
        pen.started(seconds=0.0, is_resumed=False)
        pen.look(look(moment))
        pen.epoch(row)
    assert [one.seconds for one in run.looks()] == [moment]
    assert len(run.history()) == 1


def test_kernels_of_nothing_but_zeros_are_read_as_zeros(tiny_config):
    run = runs.create(tiny_config)
    with runs.open_record(run) as pen:
        pen.look(look(kernels=np.zeros((2, 2, 3, 32), np.float32)))
    assert run.looks()[0].kernels.tolist() == np.zeros((2, 2, 3, 32)).tolist()


def test_a_log_of_the_first_weeks_has_nothing_to_watch(finished_run):
    assert finished_run.looks() == []
    assert finished_run.damage() is None


def test_an_epoch_that_the_clock_cut_short_counts_in_part_in_logs_that_do_not_say_so(tiny_config):
    limited = replace(tiny_config, training=replace(tiny_config.training, epochs=None, seconds=12.0))
    assert write_finished_run(tiny_config, says_passes=False).passes() == 2  # the last batch on record is half of it
    run = write_finished_run(limited, says_passes=False)
    assert run.history()["passes"].tolist() == [1.0, 1.5]
    assert run.scores().passes == run.passes() == 1.5


def test_passes_are_those_of_the_last_epoch_or_of_the_batches_after_it(finished_run):
    assert finished_run.passes() == 2
    write_event_line(finished_run, event="batch", **asdict(progress(epoch=3, batch=2, batches=8, seconds=13.0)))
    assert finished_run.passes() == 2.25


def test_of_a_log_that_does_not_grow_nothing_is_parsed_again_however_many_there_are(tiny_config, monkeypatch):
    made = [write_finished_run(tiny_config) for _ in range(5)]
    expected = [run.scores() for run in made]
    monkeypatch.setattr(log, "_KEPT_BYTES", 1)  # room for one log: the others are known by their summaries
    assert [len(run.history()) for run in made] == [2] * 5
    parsed = []
    monkeypatch.setattr(log, "parse", lambda line: parsed.append(line))
    assert [run.scores() for run in made] == expected
    assert all(run.state() == "finished" and run.is_tested() for run in made)
    assert not parsed


def test_the_logs_in_memory_stay_within_their_bytes_and_a_deleted_one_goes(tiny_config, monkeypatch):
    made = [write_finished_run(tiny_config) for _ in range(4)]
    paths = [str(run.path / EVENTS) for run in made]
    size = (made[0].path / EVENTS).stat().st_size
    monkeypatch.setattr(log, "_KEPT_BYTES", 2.5 * size)
    shelf = log._Shelf()
    for path in paths:
        shelf.read(path)
    assert list(shelf._readers) == paths[2:]
    write_event_line(made[3], event="batch", **asdict(progress(epoch=3, seconds=13.0, loss=1.0)), note="x" * size)
    assert shelf.read(paths[3]).summary.progress.epoch == 3
    assert list(shelf._readers) == [paths[3]]
    assert shelf._bytes == (made[3].path / EVENTS).stat().st_size
    shelf.forget(paths[3])
    assert (list(shelf._readers), shelf._bytes) == ([], 0)
    runs.delete(made[3])
    assert not shelf.read(paths[3]).timeline
    assert (list(shelf._readers), shelf._bytes) == ([], 0)


def test_of_a_deleted_run_s_log_nothing_is_kept(finished_run):
    path = str(finished_run.path / EVENTS)
    assert len(finished_run.history())
    assert finished_run.scores()
    assert path in log._shelf._readers
    assert path in log._shelf._summaries
    runs.delete(finished_run)
    assert path not in log._shelf._readers
    assert path not in log._shelf._summaries
