"""A data set on disk: two files of uint8 images, memory-mapped, two of labels, and the splits made from them.

60,000 images are 184 MB; nothing here copies more of them than is asked for. A data set becomes visible in one step
when it is complete, so its folder can be trusted once it exists.
"""

import errno
import math
import mmap
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnn_core import places
from cnn_core.config import IMAGE_SHAPE
from cnn_core.data.about import About

IMAGE_BYTES = math.prod(IMAGE_SHAPE)
VAL_SHARE = 10  # of ten official training images of a class, one is a validation image


Progress = Callable[[str, int, int], None]  # gets what is being done, how much is done, and of how much (0: unknown)


class DataError(Exception):
    """One sentence: what was expected, what came, what to do."""


class DataNotReady(DataError):
    """The data set has not been prepared on this machine."""


@dataclass(frozen=True, slots=True)
class Split:
    """Some images of a data set, and their labels. Position i of the split is row `rows[i]` of `source`."""

    name: str
    source: np.ndarray  # (M, 32, 32, 3) uint8, a read-only memory map in official order
    rows: np.ndarray  # (N,) int64, rising
    labels: np.ndarray  # (N,) int64

    def __len__(self) -> int:
        return len(self.rows)

    def images(self, positions: int | slice | np.ndarray = slice(None)) -> np.ndarray:
        """A copy of the images at these positions, (n, 32, 32, 3) uint8."""
        return self.source[np.atleast_1d(self.rows[positions])]


@dataclass(frozen=True, slots=True)
class DataSet:
    """Classes of 32x32 colour images. Of the two that everybody has, `train+val` and `test` are the official sets."""

    name: str
    title: str
    class_names: tuple[str, ...]
    splits: dict[str, Split]

    def split(self, name: str) -> Split:
        if name not in self.splits:
            raise DataError(f"There is no split '{name}'; the splits are {', '.join(self.splits)}.")
        return self.splits[name]

    def forget(self) -> None:
        """Give back the memory of the images that were looked at; looking again reads them again.

        Each image brings in its neighbours in the file: a class that looks around would keep all of it in memory.
        """
        for name in ("train", "test"):
            mapped = self.splits[name].source.base
            if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
                mapped.madvise(mmap.MADV_DONTNEED)


class Part(NamedTuple):
    """Consecutive images on their way to disk."""

    subset: str  # "train" or "test"
    start: int  # row of the first of them
    images: np.ndarray  # (n, 32, 32, 3) uint8
    labels: np.ndarray  # (n,) integers from 0


def data_dir() -> Path:
    """Where data sets are kept: CNN_DATA_DIR, or data/ beside the program, or what `places` has instead of that."""
    return places.folder("data").absolute()


def is_stored(folder: Path) -> bool:
    return (folder / "test_labels.npy").is_file()


def open_stored(folder: Path, about: About, in_val: np.ndarray | None = None) -> DataSet:
    """The data set in a folder written by `store`.

    in_val: bool, which images of the training set are for validation; None: the last tenth of each class.
    """
    images, labels = {}, {}
    for subset in ("train", "test"):
        images[subset] = _open_array(folder / f"{subset}_images.npy", (-1, *IMAGE_SHAPE), mmap_mode="r")
        labels[subset] = _open_array(folder / f"{subset}_labels.npy", (len(images[subset]),)).astype(np.int64)
    in_val = _val_mask(labels["train"]) if in_val is None else in_val
    splits = {
        "train": _split("train", images["train"], labels["train"], np.flatnonzero(~in_val)),
        "val": _split("val", images["train"], labels["train"], np.flatnonzero(in_val)),
        "test": _split("test", images["test"], labels["test"], np.arange(len(labels["test"]))),
        "train+val": _split("train+val", images["train"], labels["train"], np.arange(len(labels["train"]))),
    }
    return DataSet(about.name, about.title, about.class_names, splits)


def sizes_of_splits(sizes: dict[str, int]) -> dict[str, int]:
    """How many images each split has, of the official `sizes` of "train" and "test"."""
    val = sizes["train"] // VAL_SHARE
    return {"train": sizes["train"] - val, "val": val, "train+val": sizes["train"], "test": sizes["test"]}


def store(
    folder: Path, sizes: dict[str, int], parts: Iterable[Part], beside: Callable[[Path], None] = lambda folder: None
) -> None:
    """Write a data set of `sizes` ({"train": ..., "test": ...}) images, its parts in any order, atomically.

    beside: writes more files into the folder, which it is given, before that appears.

    The caller holds the data set's lock and has found nothing stored. Raises DataError if the disk is too small.
    """
    require_space(folder.parent, stored_bytes(sizes))
    building = folder.with_name(f".{folder.name}.new")
    try:
        with explained_disk_errors():
            for leftover in (building, folder):  # from a killed process, or after files were deleted by hand
                shutil.rmtree(leftover, ignore_errors=True)
            building.mkdir()
            _write_arrays(building, sizes, parts)
            beside(building)
            os.replace(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def stored_bytes(sizes: dict[str, int]) -> int:
    """What a data set of these sizes takes on disk, headers aside."""
    return sum(sizes.values()) * (IMAGE_BYTES + 1)


def require_space(folder: Path, size: int) -> None:
    """Refuse work that would fill the disk, before it starts."""
    with explained_disk_errors():
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    if free < size:
        raise DataError(
            f"{size / 1e6:.0f} MB of free disk are needed in the data folder, but {free / 1e6:.0f} MB are left; "
            "free some, or set CNN_DATA_DIR to a folder on a larger disk."
        )


@contextmanager
def explained_disk_errors() -> Iterator[None]:
    """Turn an error of a full or read-only disk into a DataError, without a path of this machine."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = "The disk became full while the data set was written; free some space"
        else:
            reason = error.strerror or type(error).__name__
            message = f"Nothing could be written to the data folder ({reason}); make it writable"
        raise DataError(f"{message}, or set CNN_DATA_DIR to another folder, and try again.") from error


def _write_arrays(folder: Path, sizes: dict[str, int], parts: Iterable[Part]) -> None:
    labels = {subset: np.zeros(size, np.uint8) for subset, size in sizes.items()}
    files = {subset: (folder / f"{subset}_images.npy").open("wb") for subset in sizes}
    try:
        starts = {}
        for subset, file in files.items():
            header = {"descr": "|u1", "fortran_order": False, "shape": (sizes[subset], *IMAGE_SHAPE)}
            np.lib.format.write_array_header_1_0(file, header)
            starts[subset] = file.tell()
        # Not through a memory map: on a full disk that kills the process instead of raising an error.
        for part in parts:
            files[part.subset].seek(starts[part.subset] + part.start * IMAGE_BYTES)
            files[part.subset].write(np.ascontiguousarray(part.images).data)
            labels[part.subset][part.start : part.start + len(part.labels)] = part.labels
        for file in files.values():
            file.flush()
            os.fsync(file.fileno())  # the folder must not become visible before its content is on disk
    finally:
        for file in files.values():
            file.close()
    for subset in sizes:
        np.save(folder / f"{subset}_labels.npy", labels[subset])


def _open_array(path: Path, shape: tuple[int, ...], mmap_mode: str | None = None) -> np.ndarray:
    """A stored uint8 array of this shape; -1 stands for any size."""
    try:
        array = np.load(path, mmap_mode=mmap_mode, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(path) from error
    expected = tuple(have if want == -1 else want for want, have in zip(shape, array.shape, strict=False))
    if array.dtype != np.uint8 or array.shape != expected:
        raise _damaged(path)
    return array


def _damaged(path: Path) -> DataError:
    folder = path.parent.name
    return DataError(
        f"The file {path.name} of the data set is damaged; delete the folder {folder} in the data folder (set by "
        "CNN_DATA_DIR), and prepare the data set again."
    )


def _val_mask(labels: np.ndarray) -> np.ndarray:
    """Which of the official training images form the validation split: the last tenth of each class, in official order.

    This depends on no seed and no library, so every run on every machine has the same 5,000.
    """
    mask = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        mask[rows[len(rows) - len(rows) // VAL_SHARE :]] = True
    return mask


def _split(name: str, source: np.ndarray, labels: np.ndarray, rows: np.ndarray) -> Split:
    labels = labels[rows]
    for array in (rows, labels):  # shared by every visitor
        array.setflags(write=False)
    return Split(name, source, rows, labels)
