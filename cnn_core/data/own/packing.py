"""A set as a zip, to be brought in elsewhere: a folder a class with PNG files, and a page that says what they are.

The page has the title, the classes in their order, and of each image its file and its burst: brought in again, the set
has the same states.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from sqlite3 import Connection
from typing import NamedTuple

from PIL import Image

from cnn_core.data.dataset import DataError
from cnn_core.data.own import database, names, shelf
from cnn_core.data.own.rows import LONGEST_BURST, described, pixels_of

PAGE = "data-set.json"
_VERSION = 1
_MOST_PAGE = 2_000_000  # bytes


class Packed(NamedTuple):
    """A class in a zip: its images in the order they came, each with the burst it is of."""

    name: str
    images: list[tuple[tuple[str, ...], str]]  # where its file is, by the parts of its name, and its burst


def to_zip(name: str) -> bytes:
    """The set as a zip. Raises DataError if it is not there, or damaged."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, database.reading(shelf.file(name)) as connection:
        own = described(name, connection)
        numbers, classes = numbered(connection), []
        for place, of_class in enumerate(own.classes, 1):
            folder = f"{place:02}-{next(names.names_for(of_class.name))}"
            listed = []
            rows = connection.execute("SELECT burst, pixels FROM images WHERE class_id = ? ORDER BY id", (of_class.id,))
            for number, (burst, blob) in enumerate(rows, 1):
                file = f"{folder}/{number:04}.png"
                _write(archive, f"{name}/{file}", _png(blob))
                listed.append([file, numbers[str(burst)]])
            classes.append({"name": of_class.name, "images": listed})
        page = {"version": _VERSION, "title": own.title, "classes": classes}
        _write(archive, f"{name}/{PAGE}", json.dumps(page, ensure_ascii=False, indent=1).encode(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def numbered(connection: Connection) -> dict[str, int]:
    """The number that a zip gives each burst."""
    numbers: dict[str, int] = {}
    for (burst,) in connection.execute("SELECT burst FROM images ORDER BY class_id, id"):
        numbers.setdefault(str(burst), len(numbers) + 1)
    return numbers


def read_page(content: bytes, folder: tuple[str, ...]) -> tuple[str, list[Packed]]:
    """The title and the classes that a page names; the page is in this folder. Raises DataError if it is damaged."""
    try:
        if len(content) > _MOST_PAGE:
            raise ValueError
        page = json.loads(content)
        if page["version"] > _VERSION:
            raise DataError("This data set was packed by a later version of this program.")
        return str(page["title"]), [*_classes(page["classes"], folder)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise DataError(f"The page {PAGE} in it is damaged, so it cannot be brought in.") from None


def _classes(listed: list[Mapping], folder: tuple[str, ...]) -> Iterator[Packed]:
    for of_class in listed:
        images = [((*folder, *file.split("/")), str(burst)[:LONGEST_BURST]) for file, burst in of_class["images"]]
        yield Packed(str(of_class["name"]), images)


def _write(archive: zipfile.ZipFile, name: str, content: bytes, compression: int = zipfile.ZIP_STORED) -> None:
    """Without a date: the same set is the same zip."""
    archive.writestr(zipfile.ZipInfo(name), content, compression)


def _png(blob: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels_of(blob)).save(buffer, "PNG")
    return buffer.getvalue()
