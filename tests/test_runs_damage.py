"""Damaged files: each costs a sentence on its own run, and nothing on any other."""

import io
import json
import os
import re
import shutil
from contextlib import suppress
from dataclasses import asdict

import numpy as np
import pytest
from handmade import batch_fields, epoch_fields, look, write_finished_run
from test_runs_deleting import everything_a_page_asks

from cnn_core import runs
from cnn_core.__main__ import main
from cnn_core.runs import RunState, files
from cnn_core.runs.events import parse
from cnn_core.runs.looks import look_fields

BRACKETS = b"[" * 200_000
NOT_UTF8 = "Größe".encode("latin-1")
# What a disk, a hand or another program may have left under any name.
CONTENTS = {
    "empty": b"",
    "torn": b'{"pid": 1, "sta',
    "not UTF-8": NOT_UTF8,
    "UTF-16": '{"event": "started"}'.encode("utf-16"),
    "brackets": BRACKETS,
    "a list": b"[1, 2]",
    "null": b"null",
    "a number": b"17",
    "long digits": b'{"seconds": ' + b"9" * 5000 + b"}",
    "zeros": bytes(5000),
    "a zip that is none": b"PK\x03\x04 torn",
    "other fields": b'{"event": "epoch", "experiment": {"schema_version": 99}, "pid": "x"}',
}
NAMES = [
    files.CONFIG, files.EVENTS, files.WORKER, files.TITLE, files.PREDICTIONS, files.CHECKPOINT, files.KILLED,
    files.STOP, files.FINISH, f"{files.SNAPSHOTS}/epoch-001.npz",
]  # fmt: skip


def damage_file(path, content):
    """`content` in its place; None: a folder of that name."""
    path.unlink(missing_ok=True)
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)


@pytest.fixture
def another_run(tiny_config):
    return write_finished_run(tiny_config, title="Another")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [*CONTENTS, "a folder"])
def test_any_damage_to_any_file_costs_a_sentence_on_that_run_alone(finished_run, another_run, capsys, name, kind):
    damage_file(finished_run.path / name, CONTENTS.get(kind))
    everything_a_page_asks(finished_run)
    assert {run.id for run in runs.list_runs(with_unreadable=True)} == {finished_run.id, another_run.id}
    assert another_run in runs.list_runs()
    assert another_run.damage() is None
    assert another_run.is_tested()
    assert main(["runs"]) == 0
    assert another_run.id in capsys.readouterr().out
    with suppress(runs.RunError):
        runs.write_zip(finished_run, io.BytesIO())
    runs.delete(finished_run)
    assert runs.list_runs(with_unreadable=True) == [another_run]


@pytest.mark.parametrize("name", [files.CONFIG, files.EVENTS, files.WORKER])
@pytest.mark.parametrize("kind", ["torn", "not UTF-8", "brackets", "a list", "zeros", "other fields", "a folder"])
def test_the_damage_is_told(finished_run, name, kind):
    damage_file(finished_run.path / name, (CONTENTS | {"torn": b'{"torn\n'}).get(kind))
    if name == files.EVENTS and kind != "a folder":
        (finished_run.path / name).write_bytes((finished_run.path / name).read_bytes() + b"\n")
    told = finished_run.damage()
    assert "read" in told
    assert str(finished_run.path) not in told


@pytest.mark.parametrize("content", [NOT_UTF8, None], ids=["not UTF-8", "a folder"])
def test_a_title_that_cannot_be_read_is_the_id(finished_run, content):
    damage_file(finished_run.path / files.TITLE, content)
    assert finished_run.title == finished_run.id
    assert "title" in finished_run.damage()
    if content:
        runs.rename(finished_run, "Mended")
        assert finished_run.damage() is None


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"experiment": {"schema_version": 99}}'])
def test_a_config_that_cannot_be_read_hides_its_run_from_the_pages_and_says_why(finished_run, another_run, damage):
    (finished_run.path / files.CONFIG).write_bytes(damage)
    expected = "version 99" if b"99" in damage else "its config.json is damaged"
    with pytest.raises(runs.RunError, match=f"is not a run that this program can read: .*{expected}"):
        _ = finished_run.config
    assert runs.list_runs() == [another_run]
    assert "is not a run" in finished_run.damage()


def test_a_config_of_a_windows_editor_is_read(finished_run, tiny_config):
    file = finished_run.path / files.CONFIG
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert finished_run.config == tiny_config


def epoch(**changes):
    return {"event": "epoch", "time": 1.0, **epoch_fields(3), **changes}


def batch(**changes):
    return {"event": "batch", "time": 1.0, **batch_fields(3), **changes}


def seen(**changes):
    return {"event": "look", "time": 1.0, **look_fields(look(10.5)), **changes}


def kernels(**changes):
    return {**look_fields(look())["kernels"], **changes}


@pytest.mark.parametrize(
    "event",
    [
        seen(seconds=None), seen(seconds=float("nan")), seen(seconds="1"), seen(positions=None), seen(positions=[]),
        seen(positions=[0] * 15), seen(positions=[-1] * 16), seen(positions=[0.5] * 16), seen(positions="0" * 16),
        seen(labels=[10] * 16), seen(labels=[True] * 16), seen(answers=[[1]] * 16), seen(answers={}),
        seen(probabilities=[1.5] * 16), seen(probabilities=[None] * 16), seen(probabilities=[0.5] * 17),
        seen(**{name: [0] * 17 for name in ("positions", "labels", "answers", "probabilities")}),
        seen(kernels=[]), seen(kernels="x"), seen(kernels={}), seen(kernels=kernels(shape=[3, 3, 3, 33])),
        seen(kernels=kernels(shape=[3, 3, 3])), seen(kernels=kernels(shape=[9, 3, 1, 4])),
        seen(kernels=kernels(shape=[0, 3, 3, 4])), seen(kernels=kernels(shape=[3, 3, 3, 5])),
        seen(kernels=kernels(steps="AAAA")), seen(kernels=kernels(steps="?")), seen(kernels=kernels(steps=None)),
        seen(kernels=kernels(largest=None)), seen(kernels=kernels(largest=float("nan"))),
        seen(kernels=kernels(largest=-1)), {"event": "look"},
        epoch(epoch=None), epoch(epoch="3"), epoch(epoch=3.5), epoch(epoch=True), epoch(epoch=0), epoch(epoch=10**400),
        epoch(seconds=None), epoch(seconds="x"), epoch(seconds=float("nan")), epoch(seconds=-1.0), epoch(accuracy=1.5),
        epoch(accuracy=[0.5]), epoch(loss={}), epoch(val_loss="nan"), epoch(learning_rate=None),
        epoch(val_loss=1e40),
        epoch(seconds=10**400), batch(batches=0), batch(batch=None), batch(fraction=2.0), batch(seconds=None),
        batch(images_per_second=float("inf")), batch(loss=True), {"event": None}, {"event": []},
        {"event": "unheard of"}, {"no": "event"}, {"event": "sample", "passes": 1.0},
        {"event": "measuring", "split": 7, "done": 1, "total": 2},
        {"event": "measuring", "split": "test", "done": 1, "total": 0}, {"event": "started", "seconds": "soon"},
    ],
    ids=str,
)  # fmt: skip
def test_an_event_that_is_not_what_it_says_is_passed_over_and_told(finished_run, event):
    before = finished_run.history(), finished_run.progress(), finished_run.seconds(), finished_run.result()
    assert finished_run.looks() == []
    log = finished_run.path / files.EVENTS
    *course, ending = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*course, json.dumps(event).encode() + b"\n", ending]))
    after = finished_run.history(), finished_run.progress(), finished_run.seconds(), finished_run.result()
    assert after[0].equals(before[0])
    assert after[1:] == before[1:]
    assert finished_run.looks() == []
    assert "1 line" in finished_run.damage()


@pytest.mark.parametrize("field", [*epoch_fields(1)])
def test_an_epoch_event_needs_all_its_fields_but_the_passes(field):
    event = {name: value for name, value in epoch().items() if name != field}
    assert (parse(json.dumps(event).encode()) is None) == (field != "passes")


def test_a_loss_that_json_cannot_write_is_read_as_no_number():
    read = parse(json.dumps(epoch(loss=None, val_mse=None)).encode())
    assert np.isnan(read.loss)
    assert np.isnan(read.val_mse)
    assert read.val_accuracy == pytest.approx(0.6)


@pytest.mark.parametrize("seconds", [None, "x", [1]])
def test_how_a_run_ended_counts_also_where_its_figures_cannot_be_read(finished_run, seconds):
    result = asdict(finished_run.result()) | {"seconds": seconds}
    with (finished_run.path / files.EVENTS).open("a") as file:
        file.write(json.dumps({"event": "finished", **result}) + "\n")
    assert finished_run.state() == RunState.FINISHED
    assert finished_run.result() is None
    assert not finished_run.is_tested()
    assert "1 line" in finished_run.damage()


@pytest.mark.parametrize("text", ["half \ud800 of a pair", "\u202eturned", "\x1b[31m red", "two\nlines" * 500])
def test_what_a_file_says_can_be_shown(finished_run, text):
    with (finished_run.path / files.EVENTS).open("a") as file:
        file.write(json.dumps({"event": "failed", "reason": text}) + "\n")
    (finished_run.path / files.WORKER).write_text(json.dumps({"started": 0, "cpu": text, "cores": 2}))
    (finished_run.path / files.CONFIG).write_text(json.dumps({"experiment": {"schema_version": 2, text: 1}}))
    for shown in (finished_run.reason(), finished_run.worker().cpu, finished_run.damage()):
        assert shown.isprintable()  # no control, direction mark or lone surrogate
        assert len(shown) < 600


def probabilities(n=60):
    return np.full((n, 10), 0.1, np.float32)


LABELS = np.arange(60) % 10


@pytest.mark.parametrize(
    "arrays",
    [
        {"labels": LABELS},
        {"labels": LABELS, "probabilities": probabilities(), "more": LABELS},
        {"labels": LABELS, "probabilities": probabilities() * np.nan},
        {"labels": LABELS, "probabilities": probabilities() * 2},
        {"labels": LABELS, "probabilities": probabilities()[:, :9]},
        {"labels": LABELS, "probabilities": probabilities().ravel()},
        {"labels": LABELS, "probabilities": probabilities(59)},
        {"labels": LABELS[:0], "probabilities": probabilities(0)},
        {"labels": LABELS[:50], "probabilities": probabilities(50)},
        {"labels": LABELS + 1, "probabilities": probabilities()},
        {"labels": LABELS - 1, "probabilities": probabilities()},
        {"labels": LABELS.astype(float), "probabilities": probabilities()},
        {"labels": LABELS[:, None], "probabilities": probabilities()},
        {"labels": LABELS, "probabilities": probabilities().astype(str)},
        {"labels": LABELS, "probabilities": probabilities() * np.sign(np.arange(10) - 4.5) * 5},
        {"labels": np.array(3), "probabilities": np.array(0.1)},
        {"labels": LABELS.astype(object), "probabilities": probabilities()},
    ],
)
def test_predictions_that_cannot_be_any_are_a_sentence(finished_run, arrays):
    np.savez(finished_run.path / files.PREDICTIONS, **arrays)
    with pytest.raises(runs.RunError, match=r"The predictions of 'A finished run' cannot be read: .*Delete the run"):
        finished_run.predictions()


@pytest.mark.parametrize(
    "kernels",
    [np.zeros((3, 3)), np.full((3, 3, 3, 4), np.nan), np.zeros((3, 3, 3, 4), int), np.zeros((1, 3, 3, 3, 4))],
    ids=["flat", "nan", "int", "five"],
)
def test_a_snapshot_that_cannot_be_one_is_a_sentence(finished_run, kernels):
    np.savez(finished_run.path / files.SNAPSHOTS / "epoch-001.npz", kernels=kernels, probabilities=probabilities())
    with pytest.raises(runs.RunError, match="The snapshot of epoch 1 of 'A finished run' cannot be read"):
        finished_run.snapshot(1)
    assert finished_run.snapshot(2).kernels.shape == (3, 3, 3, 4)


def test_other_files_among_the_snapshots_are_none(finished_run):
    for name in ("epoch-.npz", "epoch-x.npz", "epoch-1.npz", "epoch-009.npz", "epoch-001.txt"):
        (finished_run.path / files.SNAPSHOTS / name).touch()
    assert finished_run.snapshot_epochs() == [1, 2]


def test_predictions_with_any_damaged_byte_are_a_sentence(finished_run):
    file = finished_run.path / files.PREDICTIONS
    whole = file.read_bytes()
    for position in range(0, len(whole), 37):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        file.write_bytes(damaged)
        with suppress(runs.RunError):
            finished_run.predictions()
    said = "The predictions of 'A finished run' cannot be read: predictions.npz is damaged. Delete the run"
    for content in (whole[: len(whole) // 2], b"no zip"):  # NumPy would advise to allow pickled data
        file.write_bytes(content)
        with pytest.raises(runs.RunError, match=f"^{re.escape(said)}"):
            finished_run.predictions()


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_folder_whose_name_is_no_text_is_listed_with_what_is_the_matter(finished_run, another_run):
    odd = runs.Run(finished_run.path.rename(os.fsdecode(os.fsencode(runs.runs_dir()) + b"/caf\xe9")))
    odd.id.encode()  # raises if it is no text
    odd.title.encode()
    assert odd.id == r"caf\xe9"
    assert "its folder's name is not text" in odd.damage()
    assert runs.list_runs() == [another_run]
    assert odd in runs.list_runs(with_unreadable=True)
    everything_a_page_asks(odd)
    runs.delete(odd)
    assert runs.list_runs(with_unreadable=True) == [another_run]


def test_a_worker_s_file_of_the_first_weeks_and_of_a_zip_is_read(finished_run):
    about = {"started": 1_795_525_213, "cpu": "AMD EPYC", "cores": 2}
    (finished_run.path / files.WORKER).write_text(json.dumps(about))
    assert asdict(finished_run.worker()) == about | {"pid": 0, "bfloat16": False, "machines": 1, "birth": ""}


def full_disk(monkeypatch, after=0):
    """From this file on, the disk is full at every write."""
    fsync, calls = os.fsync, []

    def refuse(descriptor):
        calls.append(descriptor)
        if len(calls) > after:
            raise OSError(28, "No space left on device", "/srv/runs/secret")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)


@pytest.mark.parametrize("written", [0, 1])
@pytest.mark.parametrize("make", [runs.create, runs.start])
def test_on_a_full_disk_a_new_run_is_refused_in_words_and_leaves_nothing(tiny_config, monkeypatch, make, written):
    full_disk(monkeypatch, written)
    with pytest.raises(runs.RunError, match="disk of this machine is full") as refusal:
        make(tiny_config)
    assert "secret" not in str(refusal.value)
    assert [path for path in runs.runs_dir().iterdir() if path.suffix != ".lock"] == []


def test_on_a_full_disk_a_rename_leaves_the_name_and_no_temporary_file(finished_run, monkeypatch):
    before = sorted(finished_run.path.iterdir())
    full_disk(monkeypatch)
    with pytest.raises(runs.RunError, match="disk of this machine is full"):
        runs.rename(finished_run, "Another")
    assert finished_run.title == "A finished run"
    assert sorted(finished_run.path.iterdir()) == before


def test_what_a_killed_worker_left_half_written_is_swept_by_the_next(finished_run):
    leftovers = [".checkpoint.npz.17.4.tmp", ".model.keras.17.4.tmp", "snapshots/.epoch-003.npz.17.4.tmp"]
    for name in [*leftovers, ".title.99.4.tmp"]:
        (finished_run.path / name).write_bytes(b"half")
    with runs.open_record(finished_run):
        assert not any((finished_run.path / name).exists() for name in leftovers)
        assert (finished_run.path / ".title.99.4.tmp").exists()  # a visitor may be writing it now


def test_a_folder_that_is_no_run_is_left_alone(finished_run):
    shutil.copytree(finished_run.path, runs.runs_dir() / "notes")
    (runs.runs_dir() / "notes" / files.CONFIG).unlink()
    (runs.runs_dir() / "a file").touch()
    assert runs.list_runs(with_unreadable=True) == [finished_run]
