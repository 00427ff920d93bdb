"""How many runs a server stores: the oldest that nobody kept makes room, and nothing is lost that should stay."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from handmade import AT_WORK, begin_and_stop, write_finished_run

from cnn_core import locks, memory, runs
from cnn_core.config import ConfigError, TrainingConfig
from cnn_core.presets import PRESETS
from cnn_core.runs import RunError, control, files, quota


@pytest.fixture
def small(monkeypatch):
    """A small server that stores three runs."""
    monkeypatch.setenv("CNN_SERVER", "small")
    monkeypatch.setenv("CNN_MAX_RUNS", "3")
    monkeypatch.setattr(memory, "available", lambda: 4e9)


@pytest.fixture
def launched(monkeypatch):
    """The runs whose worker was started; it ends at once."""
    seen = []

    def launch(run, seconds=None):
        seen.append(run)
        begin_and_stop(run)

    monkeypatch.setattr(control, "launch", launch)
    return seen


@pytest.fixture
def stored(tiny_config):
    """Writes so many finished runs, "Run 1" the oldest."""

    def write(count):
        made = [write_finished_run(tiny_config, n=10, title=f"Run {number}") for number in range(1, count + 1)]
        for number, run in enumerate(made, 1):
            about = json.loads((run.path / files.CONFIG).read_text())
            about["created"] = f"2026-01-{number:02d}T00:00:00+00:00"
            (run.path / files.CONFIG).write_text(json.dumps(about))
        return made

    return write


def titles():
    return sorted(run.title for run in runs.list_runs(with_unreadable=True))


def test_a_laptop_stores_as_many_as_its_disk_holds(stored, tiny_config, launched):
    stored(5)
    assert runs.outlook(1e12) is None
    runs.start(tiny_config, "New")
    assert len(titles()) == 6


def test_the_oldest_makes_room_and_who_starts_is_told(small, stored, tiny_config, launched):
    stored(3)
    removed = []
    assert [run.title for run in runs.outlook(1.0).going] == ["Run 1"]
    run = runs.start(tiny_config, "New", on_removed=removed.extend)
    assert titles() == ["New", "Run 2", "Run 3"]
    assert removed == ["Run 1"]
    assert launched == [run]
    assert not [path for path in runs.runs_dir().iterdir() if path.name.startswith(".deleted")]


def test_while_there_is_room_nothing_goes(small, stored, tiny_config, launched):
    stored(2)
    runs.start(tiny_config, "New", on_removed=pytest.fail)
    assert titles() == ["New", "Run 1", "Run 2"]


def test_as_many_go_as_have_to_when_a_teacher_lowers_the_number(small, stored, tiny_config, launched):
    stored(7)
    runs.start(tiny_config, "New")
    assert titles() == ["New", "Run 6", "Run 7"]


def test_a_kept_run_stays_until_it_is_let_go(small, stored, tiny_config, launched):
    first, *_ = stored(3)
    runs.keep(first, True)
    runs.keep(first, True)
    assert first.is_kept()
    runs.start(tiny_config, "New")
    assert titles() == ["New", "Run 1", "Run 3"]
    runs.keep(first, False)
    runs.keep(first, False)
    assert not first.is_kept()
    runs.start(tiny_config, "Newer")
    assert titles() == ["New", "Newer", "Run 3"]


def test_where_all_are_kept_the_start_says_so_and_takes_nothing(small, stored, tiny_config, launched):
    for run in stored(3):
        runs.keep(run, True)
    with pytest.raises(RunError, match=r"may store \(3\) are kept"):
        runs.start(tiny_config, "New")
    assert titles() == ["Run 1", "Run 2", "Run 3"]
    assert not launched


def test_nothing_goes_where_that_would_not_be_enough(small, stored, tiny_config, launched):
    made = stored(5)
    for run in made[1:4]:
        runs.keep(run, True)
    with pytest.raises(RunError, match="are kept"):
        runs.start(tiny_config, "New")
    assert len(titles()) == 5


def test_a_run_at_work_and_one_that_came_with_the_project_never_go(small, stored, tiny_config, launched):
    oldest, *_ = stored(3)
    recorded = write_finished_run(tiny_config, n=10, title="Recorded")
    files.recorded_dir().mkdir()
    recorded.path.rename(files.recorded_dir() / "recorded")
    with runs.open_record(oldest) as record:
        record.started(seconds=0.0, is_resumed=True)
        assert [run.title for run in runs.outlook(1.0).going] == ["Run 2"]
        with pytest.raises(RunError, match="is being trained"):
            runs.start(tiny_config, "New")
    assert titles() == ["Recorded", "Run 1", "Run 2", "Run 3"]


def test_a_run_that_is_being_completed_is_passed_over(small, stored, tiny_config, launched):
    oldest, *_ = stored(3)
    with locks.hold(oldest.path / files.WORKER_LOCK, patience=1):
        runs.start(tiny_config, "New")
    assert titles() == ["New", "Run 1", "Run 3"]


def test_if_one_cannot_be_deleted_the_next_goes(small, stored):
    first, *_ = stored(3)

    def delete(run):
        if run == first:
            raise RunError("It is being completed.")
        runs.delete(run)

    assert quota.make_room(1.0, delete) == ["Run 2"]
    for run in runs.list_runs():
        runs.keep(run, run != first)
    write_finished_run(first.config, n=10)
    assert quota.make_room(1.0, delete) == ["A finished run"]


def test_a_damaged_run_counts_and_goes_first(small, stored, tiny_config, launched):
    made = stored(3)
    (made[2].path / files.CONFIG).write_bytes(b"[" * 100_000)
    runs.start(tiny_config, "New")
    assert titles() == ["New", "Run 1", "Run 2"]


def test_bytes_count_too_and_links_are_not_followed(small, stored, tiny_config, launched, monkeypatch, tmp_path):
    first, second = stored(2)
    (first.path / "worker.log").write_bytes(bytes(2_000_000))
    (tmp_path / "large").write_bytes(bytes(9_000_000))
    (second.path / "link").symlink_to(tmp_path / "large")
    ahead = runs.outlook(1.0)
    assert 2e6 < ahead.size < 3e6
    monkeypatch.setenv("CNN_MAX_STORED", "5")
    assert runs.outlook(runs.expected_size(tiny_config)).going == (first,)
    runs.keep(first, True)
    runs.keep(second, True)
    with pytest.raises(RunError, match="has 5 MB for all runs, and those that are kept take"):
        runs.start(tiny_config, "New")


def test_thirty_who_start_at_once_start_one_and_make_room_once(small, stored, tiny_config, workers):
    """One at a time is let through, and the room is kept."""
    workers.program = AT_WORK
    stored(3)
    barrier, removed = threading.Barrier(30), []

    def start(number):
        barrier.wait()
        try:
            return runs.start(tiny_config, f"New {number}", on_removed=removed.extend)
        except RunError as error:
            return str(error)

    with ThreadPoolExecutor(30) as pool:
        ended = list(pool.map(start, range(30)))
    refusals = [said for said in ended if isinstance(said, str)]
    assert len(refusals) == 29
    assert all("is being trained; one run at a time" in said for said in refusals)
    assert removed == ["Run 1"]
    assert len(titles()) == 3


def test_what_this_server_does_not_train_is_neither_made_nor_started_nor_resumed(small, tiny_config, monkeypatch):
    long = replace(tiny_config, training=TrainingConfig(epochs=None, seconds=601.0))
    for make in (runs.create, runs.start):
        with pytest.raises(ConfigError, match="at most 600 seconds"):
            make(long)
    assert titles() == []
    monkeypatch.setenv("CNN_SERVER", "laptop")
    elsewhere = runs.create(long)
    monkeypatch.setenv("CNN_SERVER", "small")
    assert runs.is_resumable(elsewhere), "the button is there, and says why not"
    with pytest.raises(RunError, match="at most 600 seconds"):
        runs.resume(elsewhere)


def test_a_training_by_epochs_gets_the_server_s_time(small, tiny_config, launched):
    assert runs.create(tiny_config).config.training == replace(tiny_config.training, seconds=600.0)
    assert runs.start(tiny_config).config.training == replace(tiny_config.training, seconds=600.0)


def test_a_network_whose_files_would_fill_the_store_is_refused(small, monkeypatch):
    runs.allowed(PRESETS["best"])
    monkeypatch.setenv("CNN_MAX_STORED", "30")
    with pytest.raises(ConfigError, match="about 31 MB of disk; this server has 30 MB for all runs together"):
        runs.allowed(PRESETS["best"])


@pytest.mark.parametrize("name", ["lesson", "best", "champion", "report"])
def test_a_run_takes_no_more_than_is_expected(name):
    folder = files.ROOT / "assets" / "runs" / name
    assert files.size(folder) < runs.expected_size(runs.Run(folder).config)


def test_a_recorded_run_and_one_that_is_gone_cannot_be_kept(tiny_config, finished_run):
    files.recorded_dir().mkdir()
    recorded = runs.Run(finished_run.path.rename(files.recorded_dir() / "recorded"))
    with pytest.raises(RunError, match="came with the project"):
        runs.keep(recorded, True)
    gone = runs.create(tiny_config)
    runs.delete(gone)
    with pytest.raises(RunError, match="somebody has deleted it"):
        runs.keep(gone, True)
