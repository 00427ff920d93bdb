"""What lies in a run's folder and is no file of it: links are not followed, pipes not waited for, giants not read."""

import io
import os
import sys
import time
import tracemalloc
import zipfile
from functools import partial

import numpy as np
import pytest
from handmade import batch_fields, epoch_fields, write_event_line
from test_runs_deleting import everything_a_page_asks

from cnn_core import locks, runs
from cnn_core.inference import Classifier, ClassifierError
from cnn_core.progress import EpochScores
from cnn_core.runs import RunError, RunState, files, heartbeat, log
from cnn_core.runs.launch import launch

SECRET = "a secret of this machine"
NAMES = [
    files.CONFIG, files.EVENTS, files.WORKER, files.TITLE, files.PREDICTIONS, files.CHECKPOINT, files.KILLED,
    files.STOP, files.FINISH, files.WORKER_LOG, files.WORKER_LOCK, files.KERAS, files.LITERT, files.ANATOMY,
    files.CALIBRATION, files.IMPORTED, files.KEPT, files.HEARTBEAT, f"{files.SNAPSHOTS}/epoch-001.npz",
]  # fmt: skip
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it needs a right there to make a link")


@pytest.fixture
def outside(tmp_path):
    """A file that is not the run's."""
    file = tmp_path / "outside"
    file.write_text(SECRET)
    return file


def all_that_is_said(run):
    told = [run.title, run.damage(), run.reason(), run.worker()]
    for ask in (run.predictions, run.checkpoint, lambda: run.config, run.network_file, lambda: run.snapshot(1)):
        try:
            told.append(ask())
        except RunError as error:
            told.append(error)
    return " ".join(map(str, told))


@pytest.mark.parametrize("name", NAMES)
def test_a_link_to_a_file_elsewhere_shows_and_packs_nothing_of_it_and_deletes_nothing(finished_run, outside, name):
    path = finished_run.path / name
    path.unlink(missing_ok=True)
    path.symlink_to(outside)
    everything_a_page_asks(finished_run)
    assert SECRET not in all_that_is_said(finished_run)
    packed = io.BytesIO()
    try:
        runs.write_zip(finished_run, packed)
        with zipfile.ZipFile(packed) as archive:
            assert SECRET.encode() not in b"".join(map(archive.read, archive.namelist()))
    except RunError:
        assert name == files.CONFIG, "without its settings it is no run"
    runs.delete(finished_run)
    assert outside.read_text() == SECRET


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["a pipe", "a link to itself", "a link to a folder", "a link to nothing"])
def test_a_pipe_is_not_waited_for_and_no_link_can_do_harm(finished_run, tmp_path, name, kind):
    path = finished_run.path / name
    path.unlink(missing_ok=True)
    if kind == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"a link to itself": path, "a link to a folder": tmp_path}.get(kind, tmp_path / "nothing"))
    began = time.monotonic()
    everything_a_page_asks(finished_run)
    finished_run.has_network()
    finished_run.is_stopping()
    runs.delete(finished_run)
    assert time.monotonic() - began < 10
    assert runs.list_runs(with_unreadable=True) == []
    assert not (tmp_path / "nothing").exists()


def test_snapshots_elsewhere_are_none_and_a_worker_neither_writes_nor_sweeps_there(finished_run, tmp_path):
    elsewhere = (finished_run.path / files.SNAPSHOTS).rename(tmp_path / "elsewhere")
    (elsewhere / ".theirs.tmp").touch()
    before = sorted(elsewhere.iterdir())
    (finished_run.path / files.SNAPSHOTS).symlink_to(elsewhere)
    assert finished_run.snapshot_epochs() == []
    with pytest.raises(RunError, match="The snapshot of epoch 1"):
        finished_run.snapshot(1)
    with runs.open_record(finished_run) as record:
        record.snapshot(3, np.zeros((1, 1, 3, 1)), np.full((2, 10), 0.1))
    assert sorted(elsewhere.iterdir()) == before
    assert finished_run.snapshot_epochs() == []  # of epochs that the log does not know
    assert (finished_run.path / files.SNAPSHOTS / "epoch-003.npz").is_file()


@pytest.mark.parametrize("name", [files.EVENTS, files.WORKER_LOG])
def test_nothing_is_written_through_a_link(finished_run, outside, name):
    write_event_line(finished_run, event="started", seconds=12.0)
    path = finished_run.path / name
    path.unlink(missing_ok=True)
    path.symlink_to(outside)
    write = runs.open_record(finished_run).__enter__ if name == files.EVENTS else partial(launch, finished_run)
    with pytest.raises(OSError, match="it is a link, and links are not followed"):
        write()
    with pytest.raises(RunError):
        runs.resume(finished_run)
    assert outside.read_text() == SECRET


def test_a_sign_of_life_is_not_written_through_a_link_either(finished_run, outside):
    (finished_run.path / files.HEARTBEAT).symlink_to(outside)
    with heartbeat.beating(finished_run.path, lambda: None):
        assert outside.read_text() == SECRET
        assert heartbeat.age(finished_run.path) is None
    assert outside.read_text() == SECRET


def test_a_lock_elsewhere_is_no_lock_of_the_run(finished_run, tmp_path):
    lock = tmp_path / "their.lock"
    with locks.hold(lock, 0.0):
        (finished_run.path / files.WORKER_LOCK).unlink(missing_ok=True)
        (finished_run.path / files.WORKER_LOCK).symlink_to(lock)
        assert finished_run.state() == RunState.FINISHED
        runs.delete(finished_run)
    assert not finished_run.exists()


def test_a_run_that_is_itself_a_link_is_a_run(finished_run, tmp_path):
    """Whoever makes one beside the runs has this machine."""
    finished_run.path.rename(tmp_path / "elsewhere")
    finished_run.path.symlink_to(tmp_path / "elsewhere")
    assert finished_run.damage() is None
    assert finished_run.predictions()
    assert finished_run.snapshot_epochs() == [1, 2]


def test_a_network_is_not_read_where_it_cannot_be_one(finished_run, network_file):
    for path in (finished_run.keras_path, finished_run.classifier_path):
        path.write_bytes(network_file)
    assert finished_run.network_file() == network_file
    os.truncate(finished_run.classifier_path, 10**12)  # it takes no room on the disk
    with pytest.raises(RunError, match="The network of 'A finished run' cannot be read"):
        finished_run.network_file()
    with pytest.raises(ClassifierError):
        Classifier(finished_run.classifier_path)
    finished_run.classifier_path.write_bytes(b"")
    os.truncate(finished_run.classifier_path, 10**9)
    with peak_below(5e6), pytest.raises(ClassifierError):
        Classifier(finished_run.classifier_path)


class peak_below:
    """The block takes less memory than so many bytes at any time."""

    def __init__(self, most):
        self.most = most

    def __enter__(self):
        tracemalloc.start()

    def __exit__(self, *_):
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < self.most


@pytest.mark.parametrize("name", [files.PREDICTIONS, f"{files.SNAPSHOTS}/epoch-001.npz", files.CONFIG, files.TITLE])
def test_a_gigabyte_in_place_of_a_file_is_not_read(finished_run, name):
    os.truncate(finished_run.path / name, 10**9)
    with peak_below(20e6):
        all_that_is_said(finished_run)


def test_arrays_that_unpack_to_100_mb_are_not_unpacked(finished_run):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("labels.npy", "w") as member:
        for _ in range(100):
            member.write(bytes(1_000_000))
    (finished_run.path / files.PREDICTIONS).write_bytes(buffer.getvalue())
    with peak_below(20e6), pytest.raises(RunError, match=r"predictions\.npz is damaged"):
        finished_run.predictions()


class TestALongLog:
    def test_200_mb_take_a_moment_and_little_memory_once(self, finished_run):
        path = finished_run.path / files.EVENTS
        os.truncate(path, 200_000_000)  # zeros: a line without an end
        with peak_below(20e6):
            assert finished_run.state() == RunState.FINISHED, "what its beginning says still holds"
        assert finished_run.result().test_n == 60
        assert finished_run.damage() == ("The log of 'A finished run' has 200 MB; only the first 16 MB are read.")
        assert path.stat().st_size == 200_000_000
        began = time.perf_counter()
        for _ in range(100):
            everything_a_page_asks(finished_run)
        assert time.perf_counter() - began < 20, "it is not read again and again"

    def test_it_is_not_resumed(self, finished_run):
        write_event_line(finished_run, event="started", seconds=12.0)
        os.truncate(finished_run.path / files.EVENTS, 200_000_000)
        with pytest.raises(RunError, match="cannot be resumed: its log cannot be read"):
            runs.check_resumable(finished_run)

    def test_a_line_longer_than_any_event_costs_that_line_alone(self, finished_run, monkeypatch):
        monkeypatch.setattr(log, "_PIECE", 1_000)
        path = finished_run.path / files.EVENTS
        before = len(finished_run.history())
        with path.open("a") as file:
            file.write("x" * 3_500)
        assert len(finished_run.history()) == before
        with path.open("a") as file:
            file.write("x" * 3_500 + "\n")
        write_event_line(finished_run, event="epoch", **epoch_fields(3))
        assert finished_run.history()["epoch"].tolist() == [1, 2, 3]
        assert "1 line in the log" in finished_run.damage()

    @pytest.mark.parametrize("piece", [300, 777, 10_000])
    def test_in_pieces_it_says_the_same(self, finished_run, monkeypatch, piece):
        for epoch in range(3, 40):
            for event, form in (("batch", batch_fields), ("epoch", epoch_fields)):
                fields = form(1) | {"epoch": epoch, "seconds": 5.0 * epoch}
                write_event_line(finished_run, event=event, **fields)
        whole = log._Reader(str(finished_run.path / files.EVENTS)).read()
        assert sum(isinstance(event, EpochScores) for event in whole.timeline) == 39
        monkeypatch.setattr(log, "_PIECE", piece)
        in_pieces = log._Reader(str(finished_run.path / files.EVENTS)).read()
        assert in_pieces.timeline == whole.timeline
        assert in_pieces.summary == whole.summary
