"""Zips that somebody made to harm, or by mistake: each is one sentence, and nothing of it stays."""

import io
import stat
import struct
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from zips import (
    NAME,
    entry,
    leftovers,
    packed,
    plain_weights,
    weights_file,
    with_bytes,
    zip_of,
)

from cnn_core import importing, memory, runs
from cnn_core.importing import bring_in
from cnn_core.inference.keras_file import ANSWERS
from cnn_core.runs import RunError, files
from cnn_core.runs.npz import read_npz

ZEROS = bytes(3_000_000)
ELSEWHERE = "leads out of its folder"


def refused(zip_file, sentence, **options):
    """It is refused in one sentence that a teacher can read, and leaves nothing."""
    before = leftovers()
    with pytest.raises(RunError, match=sentence) as refusal:
        bring_in(zip_file, **options)
    said = str(refusal.value)
    assert said.isprintable()
    assert len(said) < 400
    assert str(runs.runs_dir()) not in said
    assert leftovers() == before


def with_more(content, *more):
    return zip_of([*((f"{NAME}/{name}", inside) for name, inside in content.items()), *more])


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("../evil", b""), ELSEWHERE),
        ((f"{NAME}/../../evil", b""), ELSEWHERE),
        ((f"{NAME}/./title", b""), ELSEWHERE),
        ((f"{NAME}//title", b""), ELSEWHERE),
        (("/etc/passwd", b""), ELSEWHERE),
        (("C:/evil", b""), ELSEWHERE),
        (("c:evil", b""), ELSEWHERE),
        ((f"{NAME}\\..\\evil", b""), ELSEWHERE),
        ((entry(f"{NAME}/notes", stat.S_IFLNK), b"/etc/passwd"), "is a link or a device"),
        ((entry(f"{NAME}/notes", stat.S_IFIFO), b""), "is a link or a device"),
        ((entry(f"{NAME}/notes", stat.S_IFCHR), b""), "is a link or a device"),
        ((entry(f"{NAME}/notes", stat.S_IFBLK), b""), "is a link or a device"),
        ((entry(f"{NAME}/notes", stat.S_IFSOCK), b""), "is a link or a device"),
        ((f"{NAME}/TITLE", b"other"), "is in it twice"),
        ((f"{NAME}/title/", b""), "is in it twice"),
        ((f"{NAME}/ﬁn", b""), None),  # another name, of no file of a run
        ((f"{NAME}/bomb", ZEROS), "unpacks to far more than an honest file"),
        ((f"other/{files.CONFIG}", b"{}"), "holds 2 runs; pack each in a zip of its own"),
        ((f"{NAME}/{'x' * 200}", b""), None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_entry_that_is_a_trap_is_refused_and_one_that_no_run_has_is_passed_over(content, more, sentence):
    zip_file = with_more(content, more)
    if sentence:
        refused(zip_file, sentence)
    else:
        assert bring_in(zip_file).run.title == "A finished run"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(content):
    refused(with_more(content, (f"{NAME}/title", b"other")), "is in it twice")


def test_names_that_are_one_to_some_systems_are_refused(content):
    composed, decomposed = "\u00e9", "e\u0301"
    refused(with_more(content, (f"{NAME}/{composed}", b""), (f"{NAME}/{decomposed}", b"")), "is in it twice")


def test_a_name_with_a_hidden_end_is_refused(content):
    zip_file = with_bytes(with_more(content, (f"{NAME}/titleX.txt", b"")), b"titleX.txt", b"title\0.txt")
    refused(zip_file, ELSEWHERE)


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x2000])
def test_an_encrypted_zip_is_refused(content, flag):
    zip_file = bytearray(packed(content))
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = zip_file.index(mark) + offset
        zip_file[place : place + 2] = struct.pack("<H", flag)
    refused(bytes(zip_file), "It is encrypted")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_in_a_way_that_takes_long_to_open_is_refused(content, compression):
    refused(zip_of([(f"{NAME}/{name}", c) for name, c in content.items()], compression=compression), "plain zip")


def test_too_many_entries_are_refused_also_those_that_its_end_does_not_count(content):
    refused(with_more(content, *((f"{NAME}/{n}", b"") for n in range(1_300))), r"more than 1,200 files")
    refused(with_more(content, *((f"{NAME}/{n}", b"") for n in range(13_000))), r"more than 1,200 files")


def test_what_would_unpack_to_gigabytes_is_refused_whatever_its_entry_says(content):
    """One that declares it, and one that declares a kilobyte and holds more: only so much is read."""
    declared = with_bytes(
        packed(content | {"x": b"1" * 987_654}), struct.pack("<I", 987_654), struct.pack("<I", 4_000_000_000)
    )
    refused(declared, "would unpack to more than 500 MB")
    larger = packed(content | {files.TITLE: b"x" * 9_876})
    small = with_bytes(larger, struct.pack("<I", 9_876), struct.pack("<I", 1_000))
    refused(small, "The zip is damaged. 'title' in it is damaged")


def test_a_zip_in_a_zip_that_unpacks_to_gigabytes_is_left_out(content):
    bomb = io.BytesIO()
    np.savez_compressed(bomb, labels=np.zeros(60, int), probabilities=np.zeros(40_000_000, np.float32))
    brought_in = bring_in(packed(content | {files.PREDICTIONS: bomb.getvalue()}))
    assert "left out: its predictions" in " ".join(brought_in.notes)
    assert not brought_in.run.is_tested()
    small = io.BytesIO()
    np.savez_compressed(small, kernels=np.zeros(2_000_000, np.float16))  # of which a zip can hold a thousand
    brought_in = bring_in(packed(content | {f"{files.SNAPSHOTS}/epoch-001.npz": small.getvalue()}))
    assert "left out: the snapshot of epoch 1" in " ".join(brought_in.notes)


@pytest.mark.parametrize(
    ("zip_file", "sentence"),
    [
        (b"", "The file is empty"),
        (b"PK", "no zip archive, or it is cut off"),
        (b"\xff\xd8\xff" * 1000, "no zip archive"),
        (zip_of([]), "holds no run"),
        (zip_of([("notes.txt", b"hello")]), "holds no run"),
        (zip_of([(files.CONFIG, b"{}")]), "holds no run: one folder is expected"),
        (zip_of([(f"runs/{NAME}/{files.CONFIG}", b"{}")]), "holds no run"),
    ],
)
def test_a_zip_that_is_no_run_is_refused(zip_file, sentence):
    refused(zip_file, sentence)


def test_a_zip_that_is_cut_anywhere_is_refused(content):
    whole = packed(content)
    for end in range(0, len(whole) - 1, len(whole) // 25):
        refused(whole[:end], "cut off|empty")


def test_a_zip_with_any_byte_changed_is_a_run_or_a_sentence(content):
    whole = packed({name: content[name] for name in (files.CONFIG, files.TITLE, files.EVENTS, files.PREDICTIONS)})
    for place in range(0, len(whole), len(whole) // 60):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        with suppress(RunError):
            runs.delete(bring_in(bytes(damaged)).run)
        assert leftovers() == []


def test_a_larger_file_than_allowed_is_refused(content):
    refused(packed(content), "The file has 0 MB; a run's zip may have at most 0 MB", most=100)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (b"", "its config.json is damaged"),
        (b"{", "its config.json is damaged"),
        (b"[]", "its config.json is damaged"),
        (b"[" * 90_000, "its config.json is damaged"),
        (b'{"experiment": ' + b'{"network": ' * 7_000, "its config.json is damaged"),
        (b'{"experiment": {"schema_version": 99}}', "written by a later version of the app"),
        (b'{"experiment": {"schema_version": "x"}}', "schema_version must be a whole number"),
        (b'{"experiment": {"schema_version": 2, "data_set": "imagenet"}}', r"Data set \(data_set\) must be one of"),
        (b'{"experiment": {"schema_version": 2, "colour": 1}}', "has no setting called 'colour'"),
        (b'{"name": "left-pad", "version": "1.0.0"}', "its config.json is damaged"),
        (b'{"experiment": {"schema_version": 2, "training": {"seed": 1e999}}}', "Seed must be"),
        (b'{"x": "' + b"9" * 200_000 + b'"}', "config.json in the zip is larger than that of any run"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_settings_that_are_none_are_refused(content, config, sentence):
    refused(packed(content | {files.CONFIG: config}), sentence)


def test_a_log_larger_than_any_is_refused(content):
    log = b'{"event": "nonsense"}\n' * 800_000
    compressed = zip_of([(f"{NAME}/{files.CONFIG}", content[files.CONFIG]), (f"{NAME}/{files.EVENTS}", log)])
    refused(compressed, "unpacks to far more|events.jsonl in the zip is larger than that of any run")


KERNEL = "block1_conv1.kernel"


def hold(shape, dtype=b"'<f4'"):
    """An .npy file that says to hold an array of this shape, and holds nothing."""
    header = b"{'descr': " + dtype + b", 'fortran_order': False, 'shape': " + shape + b", }"
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


@pytest.fixture
def network(tiny_config):
    return tiny_config.network


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({KERNEL: None}, f"{KERNEL} is missing"),
        ({"more": np.zeros(1, np.float32)}, "more arrays than such a network has"),
        ({KERNEL: np.zeros((3, 3, 3, 5), np.float32)}, rf"{KERNEL} is \(3, 3, 3, 5\), not \(3, 3, 3, 4\)"),
        ({KERNEL: np.zeros((3, 3, 3, 4))}, f"{KERNEL} is of float64, not float32"),
        ({KERNEL: np.zeros((3, 3, 3, 4), np.float16)}, f"{KERNEL} is of float16"),
        ({KERNEL: np.zeros((3, 3, 3, 4), ">f4")}, "is damaged, or holds something else than numbers"),
        ({KERNEL: np.zeros((3, 3, 3, 4), "M8[s]")}, "holds something else than numbers"),
        ({KERNEL: np.full((3, 3, 3, 4), np.nan, np.float32)}, "infinite or not a number"),
        ({KERNEL: np.full((3, 3, 3, 4), -np.inf, np.float32)}, "infinite or not a number"),
        ({"block1_norm1.moving_variance": np.full(4, -1, np.float32)}, "has a variance below 0"),
        ({ANSWERS: np.zeros((4, 10), np.float32)}, "no probabilities"),
        ({ANSWERS: None}, "answers is missing"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_weights_that_no_such_network_has_are_refused(content, network, changes, sentence):
    refused(packed(content | {files.WEIGHTS: weights_file(network, **changes)}), sentence)


def test_objects_for_weights_are_never_unpickled(content, network):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("it was unpickled",))

    buffer = io.BytesIO()
    np.savez(buffer, **plain_weights(network) | {KERNEL: np.array([Trap()], object)})
    refused(packed(content | {files.WEIGHTS: buffer.getvalue()}), "holds something else than numbers")


@pytest.mark.parametrize(
    "array",
    [
        hold(b"(99999999999, 99999999999)"),
        hold(b"(4000000000,)"),
        hold(b"(-4,)"),
        hold(b"(" + b"2," * 40 + b")"),
        hold(b"(10,)", b"'|O'"),
        hold(b"(10,)", b"[('a', '<f4')]"),
        hold(b"(10,)", b"'<f9'"),
        hold(b"[" * 30),
        b"\x93NUMPY\x03\x00" + hold(b"(0,)")[8:],
        b"\x93NUMPY\x01\x00\xff\xff{",
        b"no array",
        b"",
    ],
    ids=lambda value: str(value[10:70]),
)
def test_an_array_that_says_more_than_it_holds_is_refused_before_room_is_made(content, array):
    """Also where a run on this machine is read."""
    file = zip_of([("labels.npy", array)])
    with pytest.raises(ValueError, match="array"):
        read_npz(file, 1e6)
    refused(packed(content | {files.WEIGHTS: file}), f"{files.WEIGHTS} in the zip is damaged")


def test_weights_of_another_size_than_their_network_are_not_even_unpacked(content, network):
    large = weights_file(network, more=np.zeros(1_000_000, np.float32))
    refused(packed(content | {files.WEIGHTS: large}), "larger than that of any run|far more")


def test_a_network_that_does_not_fit_this_server_is_refused(content, network, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 620e6)
    zip_file = packed(content | {files.WEIGHTS: weights_file(network)})
    refused(zip_file, "about 730 MB of memory; this machine has 620 MB for it. Bring the run in on a larger machine")


def test_beside_a_training_there_may_be_too_little_memory(content, network, tiny_config, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 1.2e9)
    with runs.open_record(runs.create(tiny_config)) as record:
        record.started(seconds=0.0, is_resumed=False)
        zip_file = packed(content | {files.WEIGHTS: weights_file(network)})
        refused(zip_file, "beside the training that is under way. Bring the run in when that is over")


def test_on_a_full_disk_nothing_stays(content, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "/srv/runs/secret")

    monkeypatch.setattr("os.fsync", full)
    refused(packed(content), "The disk of this machine is full")


@pytest.mark.parametrize(
    ("lines", "code", "sentence"),
    [
        (["TensorFlow says", '{"refused": "Two sentences of why."}'], 1, "Two sentences of why"),
        ([], -9, "memory ran out, most likely"),
        (["Traceback"], 1, "its process ended with code 1"),
    ],
)
def test_a_rebuilding_that_fails_is_a_sentence(lines, code, sentence):
    with pytest.raises(RunError, match=sentence):
        importing._outcome(lines, code)


def test_a_log_that_promises_more_than_the_predictions_is_refused(content):
    log = content[files.EVENTS].replace(b'"test_accuracy": 0.6666', b'"test_accuracy": 0.9966')
    refused(packed(content | {files.EVENTS: log}), "Its log says a test accuracy of 99.67%, and its predictions")


def test_the_trap_in_a_good_zip_is_what_is_refused(content):
    """All of the above begin with a zip that is brought in."""
    assert bring_in(packed(content)).run.is_tested()
