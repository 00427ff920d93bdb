"""The run directory: making, listing, finding, naming and copying runs."""

import datetime
import io
import json
import os
import shutil
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from handmade import write_finished_run

from cnn_core import runs
from cnn_core.explanation.filters import FilterFacts
from cnn_core.inference import Anatomy
from cnn_core.progress import TrainingState
from cnn_core.runs import RunState, control, files
from cnn_core.runs.cached import Cached


def test_a_new_run_says_what_was_asked(tiny_config):
    run = runs.create(tiny_config, "My first run")
    assert run.config == tiny_config
    assert run.title == "My first run"
    assert run.history().empty
    assert run.progress() is run.scores() is run.result() is run.checkpoint() is run.worker() is run.reason() is None
    assert run.passes() == run.seconds() == 0
    assert run.state() == RunState.INTERRUPTED  # nobody works on it
    assert run.damage() is None


def test_config_json_is_readable_by_other_programs(finished_run):
    about = json.loads((finished_run.path / files.CONFIG).read_text())
    assert about["experiment"]["schema_version"] == 2
    assert about["experiment"]["data_set"] == "cifar10"
    assert about["experiment"]["training"]["seed"] == 0
    assert {"python", "numpy", "keras"} <= about["versions"].keys()


def test_two_runs_in_one_second_get_two_folders(tiny_config):
    assert runs.create(tiny_config).path != runs.create(tiny_config).path


def test_a_run_without_a_name_is_refused_before_anything_is_written(tiny_config):
    for make in (runs.create, runs.start):
        with pytest.raises(runs.RunError, match="at least one visible character"):
            make(tiny_config, "  ")
    assert not runs.runs_dir().exists()


def test_a_finished_run(finished_run):
    assert finished_run.state() == RunState.FINISHED
    assert finished_run.result().test_accuracy == 0.55
    assert list(finished_run.history()["epoch"]) == [1, 2]
    assert finished_run.scores().val_accuracy == pytest.approx(0.4)
    assert finished_run.progress().batch == 4
    assert finished_run.is_tested()
    assert finished_run.predictions().probabilities.shape == (60, 10)
    assert finished_run.snapshot_epochs() == [1, 2]
    assert finished_run.snapshot(2).kernels.dtype == np.float16
    assert finished_run.worker().cpu == "A processor"
    assert finished_run.damage() is None


def test_untested_runs_say_what_to_do(tiny_config):
    run = runs.create(tiny_config)
    with pytest.raises(runs.RunError, match="let it finish, or resume it"):
        run.predictions()
    assert not run.is_tested()


def test_a_finished_run_is_not_resumed(finished_run):
    with pytest.raises(runs.RunError, match="only a stopped, interrupted or failed run"):
        runs.resume(finished_run)


def test_runs_are_listed_newest_first_and_found_by_name(tiny_config):
    made = [write_finished_run(tiny_config, title=str(i)) for i in range(12)]
    assert [run for run in runs.list_runs() if not run.is_recorded] == made[::-1]  # the tenth after the ninth, too
    assert runs.find_run(made[1].id).path == made[1].path.resolve()
    assert runs.find_run(str(made[1].path)).id == made[1].id


@pytest.mark.parametrize("name", ["nonsense", "", ".", "..", "a\0b", "x" * 300, "x/" * 3000, "caf\udce9"])
def test_what_is_no_run_s_name_is_a_sentence(finished_run, name):
    with pytest.raises(runs.RunError, match="There is no run called"):
        runs.find_run(name)


def test_a_run_unpacked_here_takes_its_place_by_when_it_was_made(tiny_config):
    """Its name may sort after every date."""
    older = write_finished_run(tiny_config, title="Older")
    older = runs.Run(older.path.rename(older.path.with_name("zoo")))
    newer = write_finished_run(tiny_config, title="Newer")
    assert runs.list_runs() == [newer, older]


def test_the_run_at_work_is_the_first_though_the_clock_went_back(tiny_config, finished_run):
    about = json.loads((finished_run.path / files.CONFIG).read_text())
    (finished_run.path / files.CONFIG).write_text(json.dumps(about | {"created": "2019-01-01T00:00:00+00:00"}))
    later = [write_finished_run(tiny_config) for _ in range(2)]
    assert runs.list_runs() == [*later[::-1], finished_run]
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.5, is_resumed=True)
        assert runs.list_runs()[0] == finished_run


def test_a_run_is_the_newest_also_if_the_clock_was_set_back(finished_run, tiny_config, monkeypatch):
    for hours in (-5, -10, 5):
        now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)
        monkeypatch.setattr(control, "_now", lambda now=now: now)
        run = runs.create(tiny_config)
        assert runs.list_runs()[0] == run


@pytest.mark.parametrize("created", [None, 5, "yesterday", ["x"], {}, "0001-01-01T00:00:00+09:00"])
def test_a_run_that_does_not_say_when_it_was_made_is_the_last(tiny_config, finished_run, created):
    about = json.loads((finished_run.path / files.CONFIG).read_text())
    (finished_run.path / files.CONFIG).write_text(json.dumps(about | {"created": created}))
    other = write_finished_run(tiny_config)
    assert runs.list_runs() == [other, finished_run]


def record_it(run, name="report"):
    """As if it had come with the project."""
    runs.files.recorded_dir().mkdir(exist_ok=True)
    return runs.Run(shutil.copytree(run.path, runs.files.recorded_dir() / name))


def test_recorded_runs_are_read_only(finished_run):
    recorded = record_it(finished_run)
    for change in (lambda: runs.rename(recorded, "x"), lambda: runs.delete(recorded), lambda: runs.resume(recorded)):
        with pytest.raises(runs.RunError, match="came with the project"):
            change()


def test_a_recorded_run_unpacked_here_too_is_one_run_for_every_function(finished_run):
    recorded = record_it(finished_run)
    assert runs.list_runs() == [finished_run, recorded]
    own = runs.Run(finished_run.path.rename(finished_run.path.with_name("report")))
    assert runs.list_runs() == [own]
    assert not runs.find_run("report").is_recorded
    runs.delete(runs.find_run("report"))
    assert runs.list_runs() == [recorded]
    assert runs.find_run("report").is_recorded


def test_a_damaged_run_of_a_recorded_one_s_id_stands_before_it_until_it_is_deleted(finished_run):
    recorded = record_it(finished_run)
    own = runs.Run(shutil.copytree(recorded.path, runs.runs_dir() / "report"))
    (own.path / files.CONFIG).write_bytes(b"{")
    assert runs.list_runs() == [finished_run]
    assert runs.list_runs(with_unreadable=True) == [finished_run, own]
    runs.delete(own)
    assert runs.list_runs() == [finished_run, recorded]


def test_a_recorded_run_is_known_by_any_path_that_leads_to_it(tmp_path, tiny_config):
    (tmp_path / "recorded" / "report").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "recorded")
    assert runs.Run(tmp_path / "link" / "report").is_recorded
    assert not runs.create(tiny_config).is_recorded


def test_renaming(finished_run):
    runs.rename(finished_run, "  A  better\nname ")
    assert finished_run.title == "A better name"
    for nothing in (" ", "\u200b\u202e", "$*"):
        with pytest.raises(runs.RunError, match="at least one visible character"):
            runs.rename(finished_run, nothing)
    assert finished_run.title == "A better name"
    runs.rename(finished_run, "x" * 500)
    assert len(finished_run.title) == 60


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Größe 10 × 10, Ελληνικά, 日本語 👍🏽", "Größe 10 × 10, Ελληνικά, 日本語 👍🏽"),
        ("![a](http://example.org/x.png) $x$", "! a (http://example.org/x.png) x"),
        ("<b>*|#`", "b"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("a\u200b\u200d\u2066\ufeff\u00ad\u200eb", "ab"),
        ("two\nlines\tand\u2028more\u2029 \u00a0end", "two lines and more end"),
        ("\x00\x1b[31mred\x7f", "31mred"),
        ("private \ue000, unassigned \u0378, half \ud800.", "private , unassigned , half ."),
        ("\u3164\u2800\u115f", ""),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("x" * 59 + " y", "x" * 59),
    ],
)
def test_a_title_is_plain_text_on_one_line(written, shown):
    assert runs.clean_title(written) == shown
    assert runs.clean_title(shown) == shown


def test_the_title_of_an_unpacked_run_is_cleaned_when_it_is_read(finished_run):
    file = finished_run.path / files.TITLE
    file.write_text("[Click](http://example.org)\u202e\n" + "x" * 500)
    assert finished_run.title == "Click (http://example.org) " + "x" * 33
    for nothing in ("", "\u200b\n", "$$"):
        file.write_text(nothing)
        assert finished_run.title == finished_run.id


def test_a_zip_holds_what_the_app_needs_and_unpacks_into_a_run(finished_run):
    with runs.open_record(finished_run) as record:
        record.checkpoint(TrainingState(variables=[np.zeros(1000)]))
        record.model(b"keras", b"litert", Anatomy(b"graph", (), (), {}, 0))
        record.filters(FilterFacts(1, {}, {}))
    with runs.open_additions(finished_run) as additions:
        additions.robustness({}, b"litert")
    for name in (files.WORKER_LOG, files.STOP, files.KILLED, ".title.1.1.tmp", "notes.txt", "snapshots/.x.tmp"):
        (finished_run.path / name).write_text("/home/somebody")
    buffer = io.BytesIO()
    runs.write_zip(finished_run, buffer)
    names = {name.split("/", 1)[1] for name in zipfile.ZipFile(buffer).namelist()}
    assert names == {
        "config.json", "events.jsonl", "title", "worker.json", "predictions.npz", "model.keras", "model.tflite",
        "anatomy.npz", "filters.npz", "robustness.npz", "snapshots/epoch-001.npz", "snapshots/epoch-002.npz",
    }  # fmt: skip
    assert "pid" not in zipfile.ZipFile(buffer).read(f"{finished_run.id}/worker.json").decode()
    before = finished_run.history(), finished_run.title, finished_run.worker().cpu, finished_run.result()
    runs.delete(finished_run)
    zipfile.ZipFile(buffer).extractall(finished_run.path.parent)
    assert finished_run.history().equals(before[0])
    assert (finished_run.title, finished_run.worker().cpu, finished_run.result()) == before[1:]
    assert finished_run.state() == RunState.FINISHED
    assert finished_run.damage() is None


def test_a_zip_takes_files_without_a_date(finished_run):
    os.utime(finished_run.path / files.CONFIG, (0, 0))  # as some containers unpack them
    runs.write_zip(finished_run, io.BytesIO())


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
        files.put(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    read_by = 1
    with pytest.raises(PermissionError):  # elsewhere it means what it says
        files.put(tmp_path / "file", b"newer")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_thirty_threads_may_put_the_same_file(tmp_path):
    barrier, contents = threading.Barrier(30), [bytes([n]) * 10_000 for n in range(30)]

    def put(content):
        barrier.wait()
        files.put(tmp_path / "title", content)

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(put, contents))  # raises what a thread raised
    assert (tmp_path / "title").read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["title"]


def test_a_file_is_parsed_once_until_it_changes(tmp_path):
    parsed = []
    cached = Cached(lambda content: parsed.append(content) or content, entries=2)
    file = tmp_path / "file"
    file.write_bytes(b"old")
    os.utime(file, (1_000, 1_000))
    assert [cached(file) for _ in range(3)] == [b"old"] * 3
    assert len(parsed) == 1
    file.write_bytes(b"new")  # of the same length, and only just: its time may be that of the next change
    assert [cached(file) for _ in range(3)] == [b"new"] * 3
    for number in range(5):
        (tmp_path / f"{number}").touch()
        os.utime(tmp_path / f"{number}", (1_000, 1_000))
        cached(tmp_path / f"{number}")
    assert len(cached._kept) == 2
    with pytest.raises(FileNotFoundError):
        cached(tmp_path / "gone")
