"""CIFAR-10 over the network and from several processes: resumed, checked, done once, and visible to everybody."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from small_cifar import batch_files, packed, release_of, serving
from waiting import wait_for

from cnn_core import data
from cnn_core.data import download as transfer
from cnn_core.data import preparation
from cnn_core.data.download import download

CONTENT = bytes(range(256)) * 8000  # two megabytes: several blocks


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server():
    with serving(CONTENT) as server:
        yield server


@pytest.fixture
def official():
    """A server of the small archive, and the release that points to it."""
    files = batch_files()
    archive = packed(files)
    with serving(archive) as server:
        yield server, release_of(files, archive, server.url)


def quiet(message, done, total):
    pass


def fetch(server, path, **options):
    download(server.url, path, progress=quiet, pause=quiet_pause, **options)
    return path.read_bytes()


def quiet_pause(seconds):
    pass


# One file over a bad line


def test_a_cut_transfer_goes_on_where_it_ended(server, tmp_path):
    server.plan = [{"cut": 700_000}, {"cut": 500_000}]
    assert fetch(server, tmp_path / "file") == CONTENT
    assert server.ranges == [None, "bytes=700000-", "bytes=1200000-"]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(server, tmp_path):
    server.plan = [{"cut": 700_000}, *[503] * transfer.ATTEMPTS]
    with pytest.raises(data.DataError, match=r"503 .*0\.7 MB that arrived are kept"):
        fetch(server, tmp_path / "file")
    assert fetch(server, tmp_path / "file") == CONTENT
    assert server.ranges[-1] == "bytes=700000-"


def test_a_server_that_ignores_ranges_sends_all_again(server, tmp_path):
    server.plan = [{"cut": 700_000}, {"ignore": "range"}]
    assert fetch(server, tmp_path / "file") == CONTENT
    assert server.ranges == [None, "bytes=700000-"]


def test_a_file_that_changed_meanwhile_is_not_mixed_with_the_old_one(server, tmp_path):
    server.plan = [{"cut": 700_000}, *[503] * transfer.ATTEMPTS]
    with pytest.raises(data.DataError):
        fetch(server, tmp_path / "file")
    server.content, server.etag = CONTENT[::-1], '"2"'
    assert fetch(server, tmp_path / "file") == CONTENT[::-1]


def test_a_file_that_became_shorter_is_fetched_anew(server, tmp_path):
    """Without an ETag or a date, only the size shows the change."""
    server.etag = None
    server.plan = [{"cut": 700_000}, *[503] * transfer.ATTEMPTS]
    with pytest.raises(data.DataError):
        fetch(server, tmp_path / "file")
    server.content = CONTENT[:600_000]
    assert fetch(server, tmp_path / "file") == CONTENT[:600_000]


def test_a_file_that_became_longer_is_fetched_anew(server, tmp_path):
    server.etag, server.content = None, CONTENT[::-1]
    server.plan = [{"cut": 700_000}, *[503] * transfer.ATTEMPTS]
    with pytest.raises(data.DataError):
        fetch(server, tmp_path / "file")
    server.content = CONTENT + b"more"
    assert fetch(server, tmp_path / "file") == CONTENT + b"more"


def test_a_part_from_another_address_is_not_continued(server, tmp_path):
    server.plan = [{"cut": 700_000}, 404]
    with pytest.raises(data.DataError):
        fetch(server, tmp_path / "file")
    with serving(CONTENT[::-1]) as mirror:
        assert fetch(mirror, tmp_path / "file") == CONTENT[::-1]
        assert mirror.ranges == [None]


@pytest.mark.parametrize(
    "note", ["{", '{"url": "URL", "version": 1, "total": 3}', '{"url": "URL", "version": "", "total": ""}']
)
def test_a_note_damaged_by_hand_costs_a_fresh_start(server, tmp_path, note):
    (tmp_path / "file").write_bytes(b"half")
    (tmp_path / "file.json").write_text(note.replace("URL", server.url))
    assert fetch(server, tmp_path / "file") == CONTENT


def test_what_arrived_whole_is_not_fetched_again(server, tmp_path):
    fetch(server, tmp_path / "file")
    assert fetch(server, tmp_path / "file") == CONTENT
    assert len(server.ranges) == 1


def test_a_missing_page_is_not_asked_for_twice(server, tmp_path):
    server.plan = [404]
    with pytest.raises(data.DataError, match=r"answers '404 Not Found'; check the address"):
        fetch(server, tmp_path / "file")
    assert len(server.ranges) == 1
    assert fetch(server, tmp_path / "file") == CONTENT


def test_a_closed_port_is_tried_several_times_with_growing_pauses(tmp_path):
    pauses = []
    with pytest.raises(data.DataError, match=r"could not be downloaded .*refused"):
        download("http://127.0.0.1:9/file", tmp_path / "file", progress=quiet, pause=pauses.append)
    assert len(pauses) == transfer.ATTEMPTS - 1
    assert pauses == sorted(set(pauses))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/secret",
        "ftp://teacher:secret@school/",
        "http://[",
        "http:///x?secret",
        "https://teacher:secret@school:secret/",
        "secret",
    ],
)
def test_an_address_of_another_kind_is_refused(tmp_path, url):
    with pytest.raises(data.DataError, match="http:// or https://") as refusal:
        download(url, tmp_path / "file", progress=quiet)
    assert "secret" not in str(refusal.value)


def with_secrets(url):
    return url.replace("http://", "http://teacher:s%20cret@") + "?token=s%20cret"


@pytest.mark.parametrize("plan", [[404], [503] * transfer.ATTEMPTS, [{"cut": 9}] * 2, []])
def test_user_password_and_query_are_sent_and_never_shown(server, tmp_path, plan):
    server.plan = plan
    told = []
    try:
        download(
            with_secrets(server.url),
            tmp_path / "file",
            sha256="0" * 64,
            progress=lambda message, *_: told.append(message),
            pause=quiet_pause,
        )
    except data.DataError as error:
        told.append(str(error))
    assert told
    assert not any(word in message for message in told for word in ("cret", "teacher", "token"))
    assert server.url in told[-1]
    assert set(server.users) == {"Basic " + base64.b64encode(b"teacher:s cret").decode()}


def test_an_address_that_cannot_be_asked_for_is_not_shown(tmp_path):
    with pytest.raises(data.DataError, match="the address has characters that are not allowed") as refusal:
        download("http://127.0.0.1:9/a b?token=secret", tmp_path / "file", progress=quiet, pause=quiet_pause)
    assert "secret" not in str(refusal.value)


def test_a_wrong_checksum_deletes_what_arrived(official, tmp_path):
    server, release = official
    right = server.content
    server.content = right[:-1] + bytes([right[-1] ^ 1])
    with pytest.raises(data.DataError, match=r"should have the SHA-256 .*try again"):
        fetch(server, tmp_path / "file", sha256=release.archive_sha256)
    assert not (tmp_path / "file").exists()
    server.content = right
    assert fetch(server, tmp_path / "file", sha256=release.archive_sha256) == right


def test_an_endless_file_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "MAX_BYTES", 1_000_000)
    with pytest.raises(data.DataError, match="more than 1 MB"):
        fetch(server, tmp_path / "file")
    assert (tmp_path / "file").stat().st_size <= 1_000_000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_during_the_transfer(server, tmp_path):
    path = tmp_path / "file"
    path.symlink_to("/dev/full")
    with pytest.raises(data.DataError, match="disk became full"):
        fetch(server, path)
    path.unlink()
    assert fetch(server, path) == CONTENT


# The whole preparation


def test_it_downloads_checks_converts_and_cleans_up(official):
    server, release = official
    seen = []
    server.plan = [{"cut": 90_000}]
    data.prepare_cifar10(progress=lambda *step: seen.append(step), release=release)
    assert len(data.load("cifar10").split("test")) == 20
    assert server.ranges == [None, "bytes=90000-"]
    assert ("Downloading from 127.0.0.1", len(server.content), len(server.content)) in seen
    assert ("Checking and converting", 6, 6) in seen
    assert {path.name for path in data.data_dir().iterdir()} == {"cifar10", "cifar10.lock"}


def test_a_school_mirror_may_pack_the_batches_anew(official, monkeypatch):
    _, release = official
    with serving(packed(batch_files(), "w:xz")) as mirror:
        monkeypatch.setenv("CNN_DATA_URL", mirror.url)
        data.prepare_cifar10(progress=quiet, release=release)
    assert data.is_ready("cifar10")


def test_a_mirror_with_other_batches_is_refused_and_can_be_mended(official, monkeypatch):
    _, release = official
    files = batch_files()
    with serving(packed({**files, "test_batch": files["data_batch_1"]})) as mirror:
        monkeypatch.setenv("CNN_DATA_URL", mirror.url)
        with pytest.raises(data.DataError, match=r"test_batch .*MD5"):
            data.prepare_cifar10(progress=quiet, release=release)
        mirror.content = packed(files)
        data.prepare_cifar10(progress=quiet, release=release)
    assert data.is_ready("cifar10")


def test_a_spoilt_keras_copy_is_passed_over(official, tmp_path):
    _, release = official
    copy = tmp_path / "keras" / "datasets" / "cifar-10-batches-py.tar.gz"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"not yet whole")
    seen = []
    data.prepare_cifar10(progress=lambda message, *_: seen.append(message), release=release)
    assert any("Skipping the copy in Keras' cache" in message for message in seen)
    assert data.is_ready("cifar10")


def test_too_little_disk_is_noticed_before_the_download(official, monkeypatch):
    server, release = official
    with pytest.raises(data.DataError, match="MB of free disk are needed"):
        data.prepare_cifar10(progress=quiet, release=replace(release, archive_bytes=10**18))
    assert server.ranges == []


def test_two_processes_at_once_download_once_and_both_end_well(official, tmp_path):
    server, release = official
    server.open.clear()
    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    processes = []
    for log in logs:
        with log.open("w") as file:
            processes.append(subprocess.Popen(command(release), stderr=file))
    wait_for(lambda: server.ranges and any("Waiting for another process" in log.read_text() for log in logs))
    server.open.set()
    assert [process.wait(30) for process in processes] == [0, 0]
    assert server.ranges == [None]
    assert sum("Waiting for another process" in log.read_text() for log in logs) == 1
    assert len(data.load("cifar10").split("train+val")) == 100


def command(release):
    return [sys.executable, "-m", "cnn_core.data", json.dumps(asdict(release))]


# In the background, for the app


def test_status_is_idle_before_anything_was_asked_and_creates_nothing():
    assert data.preparation_status().state == "idle"
    assert not data.data_dir().exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[1]", b"[" * 200_000, b'{"state": 1, "message": 2}', b'{"state": "ready", "message": ""}']
    + [json.dumps({"state": "failed", "message": "x", "done": done}).encode() for done in ("9", None, [1], -1)],
    ids=lambda content: content[:50],
)
def test_a_status_damaged_by_hand_says_nothing(content):
    data.data_dir().mkdir()
    (data.data_dir() / "cifar10.status.json").write_bytes(content)
    assert data.preparation_status().state == "idle"


def test_no_status_says_that_more_than_all_is_done():
    data.data_dir().mkdir()
    status = {"state": "failed", "message": "x", "done": 9, "total": 3}
    (data.data_dir() / "cifar10.status.json").write_text(json.dumps(status))
    assert data.preparation_status().done == 3


def test_every_visitor_sees_the_child_at_work_and_then_the_data(official):
    server, release = official
    server.plan = [{"cut": 90_000}]
    server.open.clear()
    data.start_background_preparation(release)
    assert data.preparation_status().state == "running"
    server.open.set()
    states = set()
    wait_for(lambda: states.add(data.preparation_status().state) or "ready" in states)
    assert states <= {"running", "ready"}
    assert data.is_ready("cifar10")


def test_thirty_clicks_start_one_child(official, monkeypatch):
    server, release = official
    children, spawn = [], preparation._spawn
    monkeypatch.setattr(preparation, "_spawn", lambda release: children.append(spawn(release)) or children[-1])
    server.open.clear()
    clicks = [threading.Thread(target=data.start_background_preparation, args=(release,)) for _ in range(30)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    server.open.set()
    wait_for(lambda: data.preparation_status().state == "ready")
    assert len(children) == 1


def test_a_failure_is_shown_and_can_be_tried_again(official):
    server, release = official
    server.plan = [404]
    data.start_background_preparation(release)
    wait_for(lambda: data.preparation_status().state == "failed")
    assert "404 Not Found" in data.preparation_status().message
    data.start_background_preparation(release)
    wait_for(lambda: data.preparation_status().state == "ready")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as POSIX does")
def test_a_killed_child_reads_as_failed_and_its_successor_goes_on(official):
    server, release = official
    server.plan = [{"cut": 90_000}]
    child = subprocess.Popen(command(release), stderr=subprocess.DEVNULL)
    wait_for(lambda: (data.data_dir() / "cifar10.download").exists())
    server.open.clear()
    wait_for(lambda: len(server.ranges) == 2)  # its second attempt waits for an answer
    assert data.preparation_status().state == "running"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    status = data.preparation_status()
    assert (status.state, "interrupted" in status.message) == ("failed", True)
    server.open.set()
    data.start_background_preparation(release)
    wait_for(lambda: data.preparation_status().state == "ready")
    assert server.ranges[-1] == "bytes=90000-"
