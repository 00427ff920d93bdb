"""CIFAR-10 as its authors publish it: six pickled batches of 10,000 images, in a folder or a tar archive.

Every batch is checked against its MD5 before it is unpickled, and the unpickler can build nothing but lists and NumPy
arrays. A tar is read as a stream, never extracted, so no member can be written anywhere. Not supported: other forms of
CIFAR-10 (the binary and the Matlab version).

Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
"""

import hashlib
import io
import lzma
import pickle
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import numpy as np

from cnn_core.config import CLASSES, IMAGE_SHAPE
from cnn_core.data.dataset import DataError, Part

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
GROUPS = {
    "animals": ("bird", "cat", "deer", "dog", "frog", "horse"),
    "vehicles": ("airplane", "automobile", "ship", "truck"),
}
FOLDER = "cifar-10-batches-py"  # inside the archive

IMAGE_BYTES = 3_200  # at most for an image in a batch: 3,072 for its pixels, the rest for its label and file name
MAX_MEMBERS = 100
MAX_HEADER_BYTES = 1 << 16  # of one member, which tarfile reads whole; a long name needs a hundred
_LONG_HEADERS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


@dataclass(frozen=True, slots=True)
class Release:
    """What the authors published, by its checksums. The last batch is the test set, the others the training set."""

    url: str
    archive_bytes: int
    archive_sha256: str
    batches: dict[str, str]  # file name: MD5
    batch_size: int  # images

    @property
    def sizes(self) -> dict[str, int]:
        """Images in each subset."""
        return {"train": self.batch_size * (len(self.batches) - 1), "test": self.batch_size}


OFFICIAL = Release(
    url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    archive_bytes=170_498_071,
    archive_sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    batches={
        "data_batch_1": "c99cafc152244af753f735de768cd75f",
        "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "634d18415352ddfa80567beed471001a",
        "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "40351d587109b95175f43aff81a1287e",
    },
    batch_size=10_000,
)


def read(path: Path, release: Release = OFFICIAL) -> Iterator[Part]:
    """The batches found in a tar archive (plain, gz, xz, bz2) or an extracted folder, in the order they are found.

    Raises DataError, at the first batch that is missing, damaged or not what the authors published.
    """
    if not path.exists():
        raise DataError(
            f"There is no file or folder {path.name} there; name the CIFAR-10 archive or the extracted folder {FOLDER}."
        )
    missing = list(release.batches)
    for name, content in _files_in_folder(path, release) if path.is_dir() else _files_in_tar(path, release):
        missing.remove(name)
        yield _part(name, content, release)
        if not missing:
            return
    raise DataError(
        f"{path.name} should hold the six batches of CIFAR-10's Python version (data_batch_1 to data_batch_5, "
        f"test_batch), and {', '.join(missing)} cannot be found; name the archive or the folder {FOLDER}."
    )


def _files_in_folder(path: Path, release: Release) -> Iterator[tuple[str, bytes]]:
    inner = path / FOLDER
    folder = inner if inner.is_dir() else path
    for name in release.batches:
        file = folder / name
        if file.is_file():
            _check_size(file.stat().st_size, name, release)
            try:
                yield name, file.read_bytes()
            except OSError as error:
                raise DataError(f"{name} cannot be read ({error.strerror}); check its permissions.") from error


def _files_in_tar(path: Path, release: Release) -> Iterator[tuple[str, bytes]]:
    """The members that are batches, each once; every other member, whatever its name or kind, is skipped."""
    wanted, total = set(release.batches), 0
    try:
        with tarfile.open(path, "r|*", tarinfo=_ShortHeaders) as archive:  # a stream: one pass, and only forward
            for number, member in enumerate(archive):
                name = PurePosixPath(member.name)
                total += member.size  # skipped members have to be unpacked too
                _check_size(member.size, name.name, release)
                _check_size(total, path.name, release, batches=len(release.batches) + 1)
                if number == MAX_MEMBERS or not wanted:
                    return
                if member.isreg() and name.name in wanted and str(name.parent) in (".", FOLDER):
                    wanted.discard(name.name)
                    yield name.name, archive.extractfile(member).read()
    except (tarfile.TarError, EOFError, OSError, RecursionError, zlib.error, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or error  # the message of an OSError would name the whole path
        raise DataError(
            f"{path.name} should be CIFAR-10's tar archive, but cannot be read as one ({reason}); "
            "it is damaged, incomplete or another file: fetch it again."
        ) from error


class _ShortHeaders(tarfile.TarInfo):
    """A member whose header is read only if it is short: tarfile itself would read one of gigabytes into memory."""

    @classmethod
    def frombuf(cls, buf: bytes, encoding: str, errors: str) -> "_ShortHeaders":
        member = super().frombuf(buf, encoding, errors)
        if member.type in _LONG_HEADERS and member.size > MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {member.size / 1e6:.0f} MB")
        return member


def _check_size(size: int, name: str, release: Release, batches: int = 1) -> None:
    """Refuse a file or archive larger than this many batches, before it is read."""
    most = batches * release.batch_size * IMAGE_BYTES
    if size > most:
        raise DataError(
            f"{name} holds {size / 1e6:.0f} MB or more, but CIFAR-10 has at most {most / 1e6:.0f} MB there; "
            "name the official archive."
        )


def _part(name: str, content: bytes, release: Release) -> Part:
    came = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if came != release.batches[name]:
        raise DataError(
            f"{name} should have the MD5 {release.batches[name]}, but has {came}: it is damaged or not the "
            "official file; fetch it again."
        )
    images, labels = _decode(content, name, release.batch_size)
    number = list(release.batches).index(name)
    if number == len(release.batches) - 1:
        return Part("test", 0, images, labels)
    return Part("train", number * release.batch_size, images, labels)


def _decode(content: bytes, name: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (size, 32, 32, 3) uint8 and labels (size,) int64 of one batch."""
    try:
        batch = _ArraysOnly(io.BytesIO(content), encoding="bytes").load()
        pixels, labels = batch[b"data"], np.array(batch[b"labels"], np.int64)
    except Exception as error:  # a pickle can fail in any way
        raise DataError(f"{name} is not a CIFAR-10 batch ({error}); fetch the official archive.") from error
    height, width, channels = IMAGE_SHAPE
    fits = isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.shape == (size, 3072)
    if not fits or labels.shape != (size,) or labels.min() < 0 or labels.max() >= CLASSES:
        raise DataError(
            f"{name} should hold {size} images of 3,072 uint8 values and their labels 0-9, but holds something else; "
            "fetch the official archive."
        )
    return pixels.reshape(size, channels, height, width).transpose(0, 2, 3, 1), labels


def _empty_array(kind: type, shape: tuple[int, ...], typecode: bytes) -> np.ndarray:
    """The function that a pickle calls for an empty array before it fills it; NumPy has renamed it since 2009."""
    if kind is not np.ndarray:
        raise pickle.UnpicklingError(f"a batch must not hold a {kind}")
    return np.ndarray(shape, typecode)


class _ArraysOnly(pickle.Unpickler):
    """An unpickler that knows these three names; plain lists, numbers and bytes need none."""

    KNOWN: ClassVar = {
        ("numpy.core.multiarray", "_reconstruct"): _empty_array,
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self.KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it needs {module}.{name}, which is not allowed") from None
