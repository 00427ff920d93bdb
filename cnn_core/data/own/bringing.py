"""A set from files: a folder a class, in a folder of this machine or in a zip that anybody may have made.

Each image is opened in a process apart, as on the page Prediction, and is a burst of its own; a set that was packed
here says which bursts it had. Files that are no images are passed over, and those that cannot be opened; the set's
`notes` say how many. If nothing can be made of it, one sentence says why, and nothing is left.
"""

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection

import numpy as np

from cnn_core import images, limits, zips
from cnn_core.data.dataset import DataError
from cnn_core.data.own import names, rows, sets
from cnn_core.data.own.packing import PAGE, Packed, read_page
from cnn_core.data.own.rows import OwnSet

MOST_FILES = 10_000
MOST_UNPACKED = 1_000_000_000  # bytes
_LONGEST = 900.0  # seconds
_SUFFIXES = {"jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif"}
_SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation"}  # folders of others; we split anew
_UNTITLED = "My data"

Place = tuple[str, ...]  # the parts of a file's name
Files = Mapping[Place, Callable[[], bytes]]


def read_photo(content: bytes) -> np.ndarray:
    """The square in the middle of a photo, uint8 (32, 32, 3). Raises DataError for what is none."""
    try:
        return images.to_network_input(images.open_safely(content, limits.current().upload))
    except images.ImageError as error:
        raise DataError(str(error)) from None


def bring_folder(path: Path, title: str | None = None) -> OwnSet:
    """A new set from a folder of this machine, with a folder in it for each class."""
    if not path.is_dir():
        raise DataError(f"There is no folder called {path.name!r}.")
    found: dict[Place, Callable[[], bytes]] = {}
    for parent, _, in_it in os.walk(path):  # which follows no links
        for file in (Path(parent, name) for name in in_it):
            if not file.is_symlink() and file.is_file():
                found[(path.resolve().name, *file.relative_to(path).parts)] = file.read_bytes
        if len(found) > MOST_FILES:
            raise DataError(f"The folder has more than {MOST_FILES:,} files in it.")
    return _bring(found, title)


def bring_zip(content: bytes, title: str | None = None) -> OwnSet:
    """A new set from a zip with a folder for each class, or from one that `to_zip` has made.

    title: None: that of the set that was packed, or the name of the folder around all others.
    """
    if not content:
        raise DataError("The file is empty.")
    try:
        archive = zips.open_zip(content, members=MOST_FILES, most=MOST_UNPACKED)
        members = zips.places(archive)
    except zips.ZipError as error:
        raise DataError(f"The zip cannot be brought in. {error}") from None
    most = min(limits.current().upload, images.MAX_BYTES)  # a larger image is not opened: it takes no memory either
    read = {place: lambda member=member: zips.read_member(archive, member, most) for place, member in members.items()}
    return _bring(read, title)


def _bring(files: Files, title: str | None) -> OwnSet:
    files = {place: read for place, read in files.items() if not _is_hidden(place)}
    if pages := [place for place in files if place[-1] == PAGE and len(place) <= 3]:
        known_as, classes = read_page(_page(files[pages[0]]), pages[0][:-1])
        taking = _Taking(files, is_packed=True)
    else:
        known_as, classes, others = _by_folder([*files])
        taking = _Taking(files, others=others)
    title = title or names.fitting(known_as) or _UNTITLED
    if not any(of_class.images for of_class in classes):
        raise DataError("There is no image in it: a folder for each class is expected, with its images in it.")
    names.checked_classes(of_class.name for of_class in classes)
    own = sets.made(title, lambda connection: taking.fill(connection, classes))
    return replace(own, notes=taking.notes())


class _Taking:
    """Images on their way into a set, and what is left out of them."""

    def __init__(self, files: Files, others: int = 0, is_packed: bool = False) -> None:
        self._files, self._others, self._is_packed = files, others, is_packed
        self._unopened = self._twice = 0
        self._full: list[str] = []
        self._until = time.monotonic() + _LONGEST

    def fill(self, connection: Connection, classes: list[Packed]) -> None:
        empty = []
        for of_class in classes:
            class_id = rows.insert_class(connection, of_class.name)
            if not self._fill(connection, class_id, of_class) and of_class.images:
                empty.append(of_class.name)
        if empty:
            raise DataError(f"Not one image of {empty[0]!r} could be opened, so nothing was brought in.")

    def notes(self) -> tuple[str, ...]:
        most = f"{limits.current().class_images:,.0f}"
        counted = (
            (self._unopened, "left out: not to be opened as an image"),
            (self._twice, "taken once only: the same image is in the same class"),
            (self._others, "passed over: no image in a class's folder"),
        )
        said = [f"{n:,} file{'s' if n > 1 else ''} {why}." for n, why in counted if n]
        return (*said, *(f"{name} has more than {most} images: the first {most} were taken." for name in self._full))

    def _fill(self, connection: Connection, class_id: int, of_class: Packed) -> int:
        """Put the images of a class into it; how many."""
        seen: set[bytes] = set()
        taken, most = 0, limits.current().class_images
        for place, burst in of_class.images:
            if taken >= most:
                self._full.append(of_class.name)
                break
            if time.monotonic() > self._until:
                raise DataError(f"These images take more than {_LONGEST / 60:.0f} minutes to open; bring in fewer.")
            image = self._opened(place)
            if image is None:
                self._unopened += 1
            elif image.tobytes() in seen and not self._is_packed:
                self._twice += 1
            else:
                seen.add(image.tobytes())
                taken += rows.insert_images(connection, class_id, image[np.newaxis], burst)
        return taken

    def _opened(self, place: Place) -> np.ndarray | None:
        try:
            return read_photo(self._files[place]())
        except KeyError:
            raise DataError(f"An image that the page {PAGE} names is not there: {'/'.join(place)[-60:]!r}.") from None
        except (DataError, zips.ZipError, OSError):
            if self._is_packed:
                raise DataError(f"An image in it is damaged: {'/'.join(place)[-60:]!r}.") from None
            return None


def _by_folder(places: list[Place]) -> tuple[str, list[Packed], int]:
    """The name of the folder around all, the classes by the folders in it, and how many files are in none of them."""
    pictures = {place: place for place in places if place[-1].rpartition(".")[2].lower() in _SUFFIXES}
    around = ""
    while any(len(inside) > 2 for inside in pictures.values()):
        first = {inside[0] for inside in pictures.values() if len(inside) > 1}
        is_of_splits = {folder.lower() for folder in first} <= _SPLITS
        if len(first) > 1 and not is_of_splits:
            break
        around = around if is_of_splits else first.pop()
        pictures = {place: inside[1:] or inside for place, inside in pictures.items()}
    classes: dict[str, list[tuple[Place, str]]] = {}
    in_order = sorted(pictures.items(), key=lambda item: [_natural(part) for part in item[1]])
    for number, (place, inside) in enumerate(in_order, 1):
        if len(inside) > 1:
            classes.setdefault(inside[0], []).append((place, f"photo {number}"))
    found = [Packed(names.fitting(folder) or "?", images) for folder, images in classes.items()]
    return around, found, len(places) - sum(len(of_class.images) for of_class in found)


def _natural(name: str) -> list[tuple[int, str]]:
    """A key to sort by as people do: "img2" before "img10"."""
    numbers = re.split(r"(\d+)", name)  # each second is one
    return [(len(part.lstrip("0")) if place % 2 else 0, part.casefold()) for place, part in enumerate(numbers)]


def _is_hidden(place: Place) -> bool:
    """What systems put beside a person's files."""
    return any(
        part.startswith(".") or part in ("__MACOSX", "Thumbs.db", "desktop.ini", "ehthumbs.db") for part in place
    )


def _page(read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except (zips.ZipError, OSError):
        raise DataError(f"The page {PAGE} in it is damaged, so it cannot be brought in.") from None
