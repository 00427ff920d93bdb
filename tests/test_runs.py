"""The run directory: what can be read from it in every state that a crash can leave."""

import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import filelock
import numpy as np
import pytest
from handmade import write_event_line, write_finished_run

from cnn_core import runs
from cnn_core.runs import RunState, record


def test_a_new_run_says_what_was_asked(tiny_config):
    run = runs.create(tiny_config, "My first run")
    assert run.config == tiny_config
    assert run.title == "My first run"
    assert run.about["experiment"]["training"]["seed"] == 0
    assert {"python", "numpy", "keras"} <= run.about["versions"].keys()
    assert run.history().empty
    assert run.progress() is run.result() is run.checkpoint() is None
    assert run.state() == RunState.INTERRUPTED  # nobody works on it


def test_two_runs_in_one_second_get_two_folders(tiny_config):
    assert runs.create(tiny_config).path != runs.create(tiny_config).path


def test_a_run_without_a_name_is_refused_before_anything_is_written(tiny_config):
    with pytest.raises(runs.RunError, match="at least one character"):
        runs.create(tiny_config, "  ")
    assert not runs.runs_dir().exists()


def test_on_windows_a_file_is_replaced_as_soon_as_nobody_reads_it(tmp_path, monkeypatch):
    read_by = 2
    replace = Path.replace

    def refuse_while_read(source, target):
        nonlocal read_by
        read_by -= 1
        if read_by >= 0:
            raise PermissionError("somebody reads it")
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", refuse_while_read)
    with monkeypatch.context() as windows:
        windows.setattr(sys, "platform", "win32")
        runs.record.put(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    read_by = 1
    with pytest.raises(PermissionError):  # elsewhere it means what it says
        runs.record.put(tmp_path / "file", b"newer")


def test_thirty_threads_may_put_the_same_file(tmp_path):
    barrier, contents = threading.Barrier(30), [bytes([n]) * 10_000 for n in range(30)]

    def put(content):
        barrier.wait()
        record.put(tmp_path / "title", content)

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(put, contents))  # raises what a thread raised
    assert (tmp_path / "title").read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["title"]


def test_the_log_is_on_the_disk_before_a_checkpoint_and_before_one_is_dropped(finished_run, monkeypatch):
    synced, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino) or fsync(file))
    with runs.open_record(finished_run) as pen:
        pen.checkpoint({"epoch": np.array(1)})
        pen.drop_checkpoint()
    log = (finished_run.path / "events.jsonl").stat().st_ino
    assert [inode == log for inode in synced] == [True, False, True]


def test_a_finished_run(finished_run):
    assert finished_run.state() == RunState.FINISHED
    assert finished_run.result()["test_accuracy"] == 0.55
    assert list(finished_run.history()["epoch"]) == [1, 2]
    assert finished_run.progress()["batch"] == 4
    assert finished_run.is_tested()
    assert finished_run.predictions().probabilities.shape == (60, 10)
    assert finished_run.snapshot_epochs() == [1, 2]
    assert finished_run.snapshot(2).kernels.dtype == np.float16
    assert finished_run.worker["cpu"] == "A processor"


def test_a_torn_line_is_passed_over_and_closed_by_the_next_worker(finished_run):
    log = finished_run.path / "events.jsonl"
    whole = len(finished_run.events())
    with log.open("a") as file:
        file.write('{"event": "batch", "ep')
    assert len(finished_run.events()) == whole
    with runs.open_record(finished_run) as record:
        record.event("started", is_resumed=True)
    assert len(finished_run.events()) == whole + 1
    assert finished_run.events()[-1]["event"] == "started"


def test_an_epoch_computed_twice_counts_once(finished_run):
    write_event_line(finished_run, event="epoch", **{**finished_run.history().iloc[1].to_dict(), "loss": 0.5})
    history = finished_run.history()
    assert list(history["epoch"]) == [1, 2]
    assert history["loss"].iloc[1] == 0.5


def test_what_a_killed_worker_did_after_its_checkpoint_is_void_once_the_run_is_resumed(finished_run):
    """Epoch 3 was half done at second 20; the run goes on from the end of epoch 2, at second 12.5."""
    for batch in (1, 2, 3):
        write_event_line(finished_run, event="batch", epoch=3, batch=batch, seconds=14.0 + 2 * batch)
    assert finished_run.progress()["batch"] == 3
    write_event_line(finished_run, event="started", is_resumed=True, seconds=12.5)
    assert finished_run.progress()["epoch"] == 2
    write_event_line(finished_run, event="batch", epoch=3, batch=1, seconds=16.5)
    assert finished_run.progress()["seconds"] == 16.5
    assert finished_run.epoch_under_way()["batch"].tolist() == [1]
    assert finished_run.seconds() == 16.5
    assert list(finished_run.history()["epoch"]) == [1, 2]


def test_the_log_is_read_anew_when_another_takes_its_place(finished_run):
    log = finished_run.path / "events.jsonl"
    assert len(finished_run.events()) == 6
    log.unlink()
    assert finished_run.events() == ()
    write_event_line(finished_run, event="failed", reason="another")
    assert [event["event"] for event in finished_run.events()] == ["failed"]


@pytest.mark.parametrize("event", ["finished", "stopped", "failed"])
def test_the_last_event_is_the_state(finished_run, event):
    write_event_line(finished_run, event=event)
    assert finished_run.state() == event


def test_a_run_is_running_while_its_lock_is_held_and_interrupted_after(finished_run):
    with runs.open_record(finished_run) as record:
        record.event("started", is_resumed=True)
        assert finished_run.state() == RunState.RUNNING
        assert runs.running() == finished_run
        assert not finished_run.is_stopping()
        runs.request_stop(finished_run)
        assert finished_run.is_stopping()
    assert finished_run.state() == RunState.INTERRUPTED
    assert runs.running() is None


def test_an_interrupted_run_is_not_taken_for_the_one_that_runs(finished_run, tiny_config):
    write_event_line(finished_run, event="started")
    other = runs.create(tiny_config)
    with runs.open_record(other) as record:
        record.event("started")
        assert finished_run.state() == RunState.INTERRUPTED
        assert runs.running() == other


def test_only_one_record_can_be_open(finished_run, tiny_config):
    other = runs.create(tiny_config)
    with runs.open_record(finished_run), pytest.raises(runs.Busy), runs.open_record(other):
        pass


def test_asking_does_not_take_the_lock_away(finished_run):
    """Readers try the lock for an instant; a worker that comes at that instant waits for it."""
    lock = filelock.FileLock(finished_run.path / "worker.lock")
    with lock:
        assert finished_run._has_worker()
    with runs.open_record(finished_run):
        pass


@pytest.fixture
def sleepers(monkeypatch):
    """The processes that are started instead of workers: they do nothing, and are not waited for."""
    started = []

    class Sleeper(subprocess.Popen):
        def __init__(self, command, **options):
            super().__init__([sys.executable, "-c", "import time; time.sleep(60)"], **options)
            self.options = options
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Sleeper)
    monkeypatch.setattr(runs.control, "_START_PATIENCE", 0.1)
    return started


def test_a_process_that_does_not_start_in_time_is_ended_and_leaves_no_run(sleepers, tiny_config):
    with pytest.raises(runs.RunError, match="did not start"):
        runs.start(tiny_config)
    (sleeper,) = sleepers
    assert sleeper.wait(timeout=10) != 0
    assert runs.list_runs() == []


def test_a_worker_finds_the_data_from_wherever_the_app_was_started(sleepers, tiny_config, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CNN_DATA_DIR", "school/data")
    with pytest.raises(runs.RunError):
        runs.start(tiny_config)
    assert sleepers[0].options["env"]["CNN_DATA_DIR"] == str(tmp_path / "school" / "data")


def test_of_thirty_clicks_at_once_one_starts_a_process(tiny_config, monkeypatch):
    launched = []
    with ExitStack() as working:

        def launch(run):
            launched.append(run)
            working.enter_context(runs.open_record(run)).event("started")

        monkeypatch.setattr(runs.control, "_launch", launch)
        with ThreadPoolExecutor(30) as clicks:
            outcomes = [clicks.submit(runs.start, tiny_config, "One") for _ in range(30)]
        assert runs.list_runs() == launched
        assert len(launched) == 1
        refusals = [str(outcome.exception()) for outcome in outcomes if outcome.exception()]
        assert len(refusals) == 29
        assert all("'One' is being trained" in refusal for refusal in refusals)


def test_a_stop_is_only_asked_of_a_run_that_runs(finished_run):
    runs.request_stop(finished_run)
    assert not finished_run.stop_is_requested()


def test_runs_are_listed_newest_first_and_found_by_name(tiny_config):
    made = [write_finished_run(tiny_config, title=str(i)) for i in range(3)]
    own = [run for run in runs.list_runs() if not run.is_recorded]
    assert own == sorted(made, key=lambda run: run.id, reverse=True)
    assert runs.find_run(made[1].id).path == made[1].path.resolve()
    assert runs.find_run(str(made[1].path)).id == made[1].id
    with pytest.raises(runs.RunError, match="no run called 'nonsense'"):
        runs.find_run("nonsense")


def test_renaming(finished_run):
    runs.rename(finished_run, "  A  better\nname ")
    assert finished_run.title == "A better name"
    with pytest.raises(runs.RunError, match="at least one character"):
        runs.rename(finished_run, " ")
    runs.rename(finished_run, "![a](http://example.org/x.png) $x$")
    assert finished_run.title == "! a (http://example.org/x.png) x"
    runs.rename(finished_run, "x" * 500)
    assert len(finished_run.title) == 60


def test_deleting(finished_run):
    with runs.open_record(finished_run) as record:
        record.event("started")
        with pytest.raises(runs.RunError, match="stop it before"):
            runs.delete(finished_run)
    runs.delete(finished_run)
    assert not finished_run.path.exists()


def test_what_somebody_else_deleted_can_be_deleted_again_but_not_changed(finished_run):
    runs.delete(finished_run)
    runs.delete(finished_run)
    for change in (lambda: runs.rename(finished_run, "x"), lambda: runs.resume(finished_run)):
        with pytest.raises(runs.RunError, match="somebody has deleted it"):
            change()
    assert not finished_run.path.exists()


def test_a_run_that_cannot_be_read_does_not_hide_the_others(finished_run, tiny_config):
    later = runs.create(tiny_config)
    about = json.loads((later.path / "config.json").read_text())
    about["experiment"]["schema_version"] = 99
    (later.path / "config.json").write_text(json.dumps(about))
    assert runs.list_runs() == [finished_run]


def test_a_zip_holds_what_the_app_needs_and_unpacks_into_a_run(finished_run, tmp_path):
    with runs.open_record(finished_run) as record:
        record.checkpoint({"big": np.zeros(1000)})
    buffer = io.BytesIO()
    runs.write_zip(finished_run, buffer)
    names = {name.split("/", 1)[1] for name in zipfile.ZipFile(buffer).namelist()}
    assert {"config.json", "events.jsonl", "predictions.npz", "snapshots/epoch-001.npz"} <= names
    assert "checkpoint.npz" not in names
    before = finished_run.history()
    shutil.rmtree(finished_run.path)
    zipfile.ZipFile(buffer).extractall(finished_run.path.parent)
    assert finished_run.history().equals(before)
    assert finished_run.state() == RunState.FINISHED


def test_a_recorded_run_is_known_by_any_path_that_leads_to_it(tmp_path, tiny_config):
    (tmp_path / "recorded" / "report").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "recorded")
    assert runs.Run(tmp_path / "link" / "report").is_recorded
    assert not runs.create(tiny_config).is_recorded


def test_a_zip_takes_files_without_a_date(finished_run):
    os.utime(finished_run.path / "config.json", (0, 0))  # as some containers unpack them
    runs.write_zip(finished_run, io.BytesIO())


def test_recorded_runs_are_read_only(finished_run):
    runs.run.recorded_dir().mkdir()
    recorded = runs.Run(finished_run.path.rename(runs.run.recorded_dir() / "report"))
    for change in (lambda: runs.rename(recorded, "x"), lambda: runs.delete(recorded), lambda: runs.resume(recorded)):
        with pytest.raises(runs.RunError, match="came with the project"):
            change()


def test_a_finished_run_is_not_resumed(finished_run):
    with pytest.raises(runs.RunError, match="only a stopped, interrupted or failed run"):
        runs.resume(finished_run)


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"experiment": {"schema_version": 99}}'])
def test_a_damaged_config_is_a_sentence(finished_run, damage):
    (finished_run.path / "config.json").write_bytes(damage)
    with pytest.raises(runs.RunError, match="is not a run"):
        _ = finished_run.config


def test_damaged_predictions_are_a_sentence(finished_run):
    (finished_run.path / "predictions.npz").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(runs.RunError, match="cannot be read"):
        finished_run.predictions()


def test_predictions_with_any_damaged_byte_are_a_sentence(finished_run):
    file = finished_run.path / "predictions.npz"
    whole = file.read_bytes()
    for position in range(0, len(whole), 37):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        file.write_bytes(damaged)
        with suppress(runs.RunError):
            finished_run.predictions()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(runs.RunError, match="cannot be read"):
        finished_run.predictions()


def test_untested_runs_say_what_to_do(tiny_config):
    run = runs.create(tiny_config)
    with pytest.raises(runs.RunError, match="let it finish, or resume it"):
        run.predictions()
    assert not run.is_tested()


def test_an_epoch_that_the_clock_cut_short_counts_in_part(tiny_config):
    limited = replace(tiny_config, training=replace(tiny_config.training, epochs=None, seconds=12.0))
    assert write_finished_run(tiny_config).epochs() == 2  # the log's last batch is half of the second epoch
    run = write_finished_run(limited)
    assert run.epochs() == 1.5
    assert run.epochs(until=6.5) == 1
    assert run.epochs(until=5.5) == 0.5
    assert run.epochs(until=0.0) == 0


def test_batch_events_are_at_most_two_a_second_and_rarer_in_a_long_run(finished_run):
    before = len(finished_run.events())
    with runs.open_record(finished_run) as record:
        for tenths in range(101):
            record.batch(seconds=tenths / 10, epoch=3)
        assert len(finished_run.events()) - before == 21
        for tenths in range(101):
            record.batch(seconds=4000 + tenths / 10, epoch=3)
    assert len(finished_run.events()) - before == 21 + 3


def test_a_run_can_be_read_as_it_stood_at_any_second(finished_run):
    assert finished_run.seconds() == 12.5
    assert finished_run.progress(until=4.9) is None
    assert finished_run.history(until=5.9).empty
    assert finished_run.epoch_under_way(until=5.9)["batch"].tolist() == [4]
    assert list(finished_run.history(until=6)["epoch"]) == [1]
    assert finished_run.epoch_under_way(until=6).empty
    assert finished_run.progress(until=11)["epoch"] == 2
    assert finished_run.history(until=12).equals(finished_run.history())


def test_config_json_is_readable_by_other_programs(finished_run):
    about = json.loads((finished_run.path / "config.json").read_text())
    assert about["experiment"]["schema_version"] == 2
    assert about["experiment"]["data_set"] == "cifar10"


def test_many_who_look_at_a_free_lock_all_find_it_free(tmp_path):
    from cnn_core.locks import is_held

    lock_file = tmp_path / "lock"
    with filelock.FileLock(lock_file):
        assert is_held(lock_file)
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(is_held, [lock_file] * 400))


def test_those_who_ask_while_somebody_looks_share_the_next_look(tmp_path, monkeypatch):
    from cnn_core import locks

    looks = []

    def look(lock):
        looks.append(lock)
        time.sleep(0.2)
        return True

    (tmp_path / "lock").touch()
    monkeypatch.setattr(locks, "_is_taken", look)
    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(locks.is_held, [tmp_path / "lock"] * 20))
    shared = len(looks)
    assert shared < 5  # two, unless a thread is late
    assert locks.is_held(tmp_path / "lock")
    assert len(looks) == shared + 1  # whoever asks later looks anew
