"""Data sets on disk and CIFAR-10's files: splits, copies, verification, hostile archives."""

import errno
import io
import os
import pickle
import re
import shutil
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from small_cifar import BATCH_SIZE, NAMES, batch_files, images_and_labels, packed, pickled, release_of

from cnn_core import data
from cnn_core.data import cifar10, dataset
from cnn_core.data.cifar10 import FOLDER


def quiet(message, done, total):
    pass


def prepare(source, files=None):
    data.prepare_cifar10(source, progress=quiet, release=release_of(files or batch_files()))


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(packed(batch_files()))
    return path


# Splits


@pytest.fixture
def prepared(archive):
    prepare(archive)
    return data.load("cifar10")


def test_images_and_labels_are_the_official_ones_in_official_order(prepared):
    pixels, labels = images_and_labels()
    train, test = prepared.split("train+val"), prepared.split("test")
    assert prepared.class_names == data.about("cifar10").class_names
    assert prepared.class_names[3] == "cat"
    np.testing.assert_array_equal(train.labels, labels[:5].ravel())
    np.testing.assert_array_equal(test.labels, labels[5])
    planes = pixels.reshape(120, 3, 32, 32)
    for channel in range(3):
        np.testing.assert_array_equal(train.images()[..., channel], planes[:100, channel])
        np.testing.assert_array_equal(test.images()[..., channel], planes[100:, channel])


def test_val_is_the_last_tenth_of_each_class(prepared):
    train, val, both = (prepared.split(name) for name in ("train", "val", "train+val"))
    assert (len(train), len(val), len(both)) == (90, 10, 100)
    assert sorted([*train.rows, *val.rows]) == list(range(100))
    for label in range(10):
        in_class = [row for row in range(100) if both.labels[row] == label]
        assert list(val.rows[val.labels == label]) == in_class[-1:]
        assert list(train.rows[train.labels == label]) == in_class[:-1]


@pytest.mark.parametrize("positions", [5, slice(2, 9), [3, 1, 1], np.arange(90) % 7 == 0], ids=str)
def test_positions_of_a_split_give_copies_of_its_images(prepared, positions):
    val = prepared.split("train")
    images = val.images(positions)
    np.testing.assert_array_equal(images, np.asarray(val.source)[np.atleast_1d(val.rows[positions])])
    assert images.ndim == 4
    images[:] = 0  # a copy: does not raise, and changes nothing
    assert val.images(positions).any()


def test_what_visitors_share_cannot_be_written_to(prepared):
    split = prepared.split("val")
    assert isinstance(split.source, np.memmap)
    for array in (split.source, split.rows, split.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.skipif(sys.platform != "linux", reason="the system says there what is in memory")
def test_images_that_were_looked_at_can_be_forgotten(prepared):
    seen = prepared.split("train").images()
    file = prepared.split("train").source.filename  # other tests' data sets may be mapped too
    assert _in_memory(file) > 0
    prepared.forget()
    assert _in_memory(file) == 0
    np.testing.assert_array_equal(prepared.split("train").images(), seen)


def _in_memory(file: Path) -> int:
    """Kilobytes of this mapped file that are in this process's memory."""
    maps = Path("/proc/self/smaps").read_text().split(str(file))[1:]
    return sum(int(re.search(r"^Rss:\s+(\d+)", found, re.MULTILINE)[1]) for found in maps)


def test_unknown_names_are_refused(prepared):
    with pytest.raises(data.DataError, match="no split 'dev'"):
        prepared.split("dev")
    for ask in (data.load, data.about):
        with pytest.raises(data.DataError, match="cifar10 and shapes10"):
            ask("mnist")


def test_before_it_is_prepared_cifar10_says_how_to_get_it():
    assert not data.is_ready("cifar10")
    with pytest.raises(data.DataNotReady, match="python -m cnn_core data"):
        data.load("cifar10")


def test_a_stored_file_that_was_cut_is_reported(prepared):
    path = data.data_dir() / "cifar10" / "test_images.npy"
    os.truncate(path, 1000)
    with pytest.raises(data.DataError, match=r"test_images\.npy .*prepare the data set again"):
        data.load("cifar10")


# Where the batches come from


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_any_packing_of_the_official_batches_is_read(tmp_path, mode):
    path = tmp_path / "archive"
    path.write_bytes(packed(batch_files(), mode))
    prepare(path)
    assert data.is_ready("cifar10")


@pytest.mark.parametrize("named", ["", FOLDER])
def test_the_extracted_folder_is_read_from_inside_and_outside(tmp_path, named):
    write_folder(tmp_path / FOLDER)
    prepare(tmp_path / named)
    assert data.is_ready("cifar10")


@pytest.mark.parametrize(
    "place",
    ["cifar-10-batches-py-target/cifar-10-batches-py", "cifar-10-batches-py", "cifar-10-batches-py-target_archive"],
)
def test_keras_cache_is_used_before_the_network(place, tmp_path):
    path = tmp_path / "keras" / "datasets" / place
    if place.endswith("archive"):
        path.parent.mkdir(parents=True)
        path.write_bytes(packed(batch_files()))
    else:
        write_folder(path)
    prepare(None)  # the release's address answers nothing
    assert data.is_ready("cifar10")


def test_once_prepared_the_source_is_not_looked_at(prepared, tmp_path):
    prepare(tmp_path / "gone")


def write_folder(path):
    path.mkdir(parents=True)
    for name, content in batch_files().items():
        (path / name).write_bytes(content)


# What is wrong gets one sentence, leaves nothing behind, and a second try succeeds


def refused(source, match, files=None, then=None):
    with pytest.raises(data.DataError, match=match) as error:
        prepare(source, files)
    message = str(error.value)
    assert "\n" not in message
    assert str(data.data_dir().parent) not in message, "every visitor reads it"
    assert message.endswith(".")
    assert not data.is_ready("cifar10")
    assert not list(data.data_dir().glob(".cifar10*"))
    assert data.preparation_status() == data.PreparationStatus("failed", message)
    if then:
        prepare(then)
        assert data.preparation_status().state == "ready"


def test_a_wrong_folder(tmp_path, archive):
    (tmp_path / "photos").mkdir()
    refused(tmp_path / "photos", "data_batch_1, .*test_batch cannot be found", then=archive)


def test_a_missing_batch(tmp_path, archive):
    write_folder(tmp_path / FOLDER)
    (tmp_path / FOLDER / "data_batch_4").unlink()
    refused(tmp_path / FOLDER, "and data_batch_4 cannot be found", then=archive)


def test_a_path_with_nothing(tmp_path, archive):
    refused(tmp_path / "no" / "where", "There is no file or folder where", then=archive)


@pytest.mark.parametrize(
    "content", [b"", b"hello" * 1000, b"\x1f\x8b" + bytes(600)], ids=["empty", "text", "gzip head"]
)
def test_another_file(tmp_path, archive, content):
    (tmp_path / "other").write_bytes(content)
    refused(tmp_path / "other", "cannot be read as one|cannot be found", then=archive)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_an_archive_that_ends_early(tmp_path, archive, mode):
    content = packed(batch_files(), mode)
    (tmp_path / "half").write_bytes(content[: len(content) // 2])
    refused(tmp_path / "half", "damaged, incomplete", then=archive)


def test_one_wrong_byte_in_a_batch(tmp_path, archive):
    files = batch_files()
    damaged = bytearray(files["data_batch_2"])
    damaged[-500] ^= 1
    (tmp_path / "damaged").write_bytes(packed({**files, "data_batch_2": bytes(damaged)}))
    refused(tmp_path / "damaged", "data_batch_2 .*MD5", then=archive)


def test_a_disk_that_is_too_small(archive, monkeypatch):
    with monkeypatch.context() as small:
        small.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**6, 10**6, 10**5))
        refused(archive, "0 MB of free disk are needed .*, but 0 MB are left")
    prepare(archive)


@pytest.mark.parametrize(
    ("code", "match"),
    [(errno.ENOSPC, "disk became full"), (errno.EACCES, "data folder .Permission denied.; make it writable")],
)
def test_a_disk_that_fails_at_the_last_moment(archive, monkeypatch, code, match):
    def fail(descriptor):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as failing:
        failing.setattr(dataset.os, "fsync", fail)
        refused(archive, match)
    prepare(archive)


# Hostile archives


class Attack:
    """Unpickled without restriction, this creates a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_pickle_with_code_is_not_run_even_if_its_checksum_is_right(tmp_path):
    bait = tmp_path / "bait"
    with pickle.loads(pickle.dumps(Attack(bait))):
        assert bait.exists()
    bait.unlink()
    files = {**batch_files(), "test_batch": pickle.dumps(Attack(bait), protocol=2)}
    (tmp_path / "archive").write_bytes(packed(files))
    refused(tmp_path / "archive", "test_batch is not a CIFAR-10 batch.*io.open", files)
    assert not bait.exists()


@pytest.mark.parametrize(
    ("pixels", "labels"),
    [
        (np.zeros((BATCH_SIZE, 3071), np.uint8), np.zeros(BATCH_SIZE, int)),
        (np.zeros((BATCH_SIZE - 1, 3072), np.uint8), np.zeros(BATCH_SIZE - 1, int)),
        (np.zeros((BATCH_SIZE, 3072), np.uint8), np.full(BATCH_SIZE, 10)),
        (np.zeros((BATCH_SIZE, 3072), np.uint8), np.zeros(BATCH_SIZE - 1, int)),
    ],
    ids=["narrow", "short", "eleven classes", "labels missing"],
)
def test_a_batch_of_other_content_is_refused(tmp_path, pixels, labels):
    files = {**batch_files(), "test_batch": pickled(pixels, labels)}
    (tmp_path / "archive").write_bytes(packed(files))
    refused(tmp_path / "archive", "test_batch should hold 20 images", files)


@pytest.mark.parametrize("folder", ["../", "/", "x/../" + FOLDER + "/"])
def test_members_that_point_elsewhere_are_passed_over(tmp_path, folder):
    path = tmp_path / "inner" / "archive"
    path.parent.mkdir()
    path.write_bytes(packed(batch_files(), folder=folder))
    refused(path, "cannot be found")
    assert {file.name for file in tmp_path.rglob("*batch*")} == set()


def test_links_are_passed_over(tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in NAMES:
            member = tarfile.TarInfo(f"{FOLDER}/{name}")
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(member)
    (tmp_path / "links").write_bytes(buffer.getvalue())
    refused(tmp_path / "links", "cannot be found")


def test_a_member_of_monstrous_size_is_refused_before_it_is_read(tmp_path):
    member = tarfile.TarInfo(f"{FOLDER}/data_batch_1")
    member.size = 10**12
    (tmp_path / "bomb").write_bytes(member.tobuf())  # the header alone: reading on would fail otherwise
    refused(tmp_path / "bomb", "data_batch_1 holds 1000000 MB or more")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_gigabytes_is_refused_before_it_is_read(tmp_path, kind):
    header = tarfile.TarInfo("pax")
    header.type, header.size = kind, 1_500_000_000
    (tmp_path / "bomb").write_bytes(header.tobuf(tarfile.USTAR_FORMAT))
    refused(tmp_path / "bomb", "a header of 1500 MB")


def test_the_headers_of_long_names_are_read(tmp_path):
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        with tarfile.open(tmp_path / f"{form}.tar", "w", format=form) as archive:
            for name, content in {"x" * 300: b"", **{f"{FOLDER}/{n}": c for n, c in batch_files().items()}}.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        found = list(cifar10.read(tmp_path / f"{form}.tar", release_of(batch_files())))
        assert len(found) == 6


def test_an_archive_of_more_than_cifar10_is_given_up(tmp_path):
    """Each member could be a batch; what comes after the seventh is not unpacked."""
    with tarfile.open(tmp_path / "many", "w") as archive:
        for number in range(50):
            member = tarfile.TarInfo(f"holiday/{number}")
            member.size = 60_000
            archive.addfile(member, io.BytesIO(bytes(60_000)))
    refused(tmp_path / "many", "many holds 0 MB or more, but CIFAR-10 has at most 0 MB there")


def test_headers_without_end_are_refused(tmp_path):
    header = tarfile.TarInfo("pax")
    header.type = tarfile.XGLTYPE
    (tmp_path / "endless").write_bytes(header.tobuf(tarfile.USTAR_FORMAT) * 20_000)
    refused(tmp_path / "endless", "cannot be read as one|cannot be found")


# The real thing


@pytest.mark.slow
def test_the_real_data_set(real_cifar10):
    data_set = real_cifar10
    assert [len(data_set.split(name)) for name in ("train", "val", "test", "train+val")] == [
        45_000,
        5_000,
        10_000,
        50_000,
    ]
    assert [len(split) for split in data_set.splits.values()] == [
        data.about("cifar10").sizes[name] for name in data_set.splits
    ]
    for name, count in (("train", 4_500), ("val", 500), ("test", 1_000)):
        assert (np.bincount(data_set.split(name).labels) == count).all()
    first = [data_set.class_names[label] for label in data_set.split("train+val").labels[:5]]
    assert first == ["frog", "truck", "truck", "deer", "automobile"]
    # Channel means of the training images as published everywhere: 125.3, 123.0, 113.9
    sample = data_set.split("train+val").images(slice(None, None, 10))
    np.testing.assert_allclose(sample.mean(axis=(0, 1, 2)), [125.3, 123.0, 113.9], atol=1)


def test_the_sizes_of_the_splits_are_known_without_the_images():
    for name in ("cifar10", "shapes10"):
        counts = [data.about(name).sizes[split] for split in ("train", "val", "test", "train+val")]
        assert counts == [45_000, 5_000, 10_000, 50_000]


def test_the_official_table_is_complete():
    assert cifar10.OFFICIAL.sizes == {"train": 50_000, "test": 10_000}
    assert list(cifar10.OFFICIAL.batches) == [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]
