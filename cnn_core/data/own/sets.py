"""Sets of one's own: made, filled, looked at, mended and removed.

Each function is one transaction: two visitors who fill one class at once lose nothing, and what `add` has returned for
is kept.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from sqlite3 import Connection

import numpy as np

from cnn_core.config import LONGEST_NAME
from cnn_core.data.dataset import DataError
from cnn_core.data.own import database, names, rows, shelf
from cnn_core.data.own.rows import OwnSet, Stored


def sets() -> list[OwnSet]:
    """All sets by their titles; one that is damaged says so as its `trouble`."""
    return sorted(map(_found, shelf.all_names()), key=lambda own: (names.known_as(own.title), own.name))


def find(name: str) -> OwnSet:
    """The set of this name. Raises DataError if there is none, or it is damaged."""
    with database.reading(shelf.file(name)) as connection:
        return rows.described(name, connection)


def create(title: str, class_names: Iterable[str]) -> OwnSet:
    """A new set of empty classes. Raises DataError if it cannot be called so, or the server has no room for it."""
    classes = names.checked_classes(class_names)

    def fill(connection: Connection) -> None:
        for called in classes:
            rows.insert_class(connection, called)

    return made(title, fill)


def made(title: str, fill: Callable[[Connection], object]) -> OwnSet:
    """A new set as `fill` fills it; nothing is left if that raises."""
    title = _free(names.checked_title(title))

    def write(file: Path) -> None:
        database.make(file, title)
        with database.writing(file) as connection:
            fill(connection)

    return find(shelf.make(title, write))


def add(name: str, class_id: int, images: np.ndarray, group: str) -> int:
    """Keep images, uint8 (n, 32, 32, 3), of one burst; how many: fewer if the class has no room for more.

    When this returns, they are on the disk. Raises DataError if the class is full, or is not there any more.
    """
    with database.writing(shelf.file(name)) as connection:
        return rows.insert_images(connection, class_id, images, group)


def images(name: str, class_id: int, *, newest: int | None = None) -> list[Stored]:
    """The images of a class, the newest first; only so many of them if `newest` is a number."""
    with database.reading(shelf.file(name)) as connection:
        rows.class_name(connection, class_id)
        found = connection.execute(
            "SELECT id, burst, pixels FROM images WHERE class_id = ? ORDER BY id DESC LIMIT ?",
            (class_id, -1 if newest is None else newest),
        )
        return [Stored(id_, str(burst), rows.pixels_of(blob)) for id_, burst, blob in found]


def delete(name: str, ids: Iterable[int]) -> None:
    """Remove these images; those that somebody has removed already are passed over."""
    with database.writing(shelf.file(name)) as connection:
        connection.executemany("DELETE FROM images WHERE id = ?", [(int(id_),) for id_ in ids])


def move(name: str, ids: Iterable[int], class_id: int) -> None:
    """Put these images into another class. Raises DataError if that has no room for all of them."""
    with database.writing(shelf.file(name)) as connection:
        called = rows.class_name(connection, class_id)
        connection.executemany("UPDATE images SET class_id = ? WHERE id = ?", [(class_id, int(id_)) for id_ in ids])
        if rows.room_in(connection, class_id) < 0:
            raise rows.full(called)


def rename(name: str, title: str) -> None:
    """Give the set another title; its name stays."""
    title = names.checked_title(title)
    if any(names.known_as(other.title) == names.known_as(title) and other.name != name for other in sets()):
        raise DataError(f"Another data set is called {title!r}; choose another title.")
    with database.writing(shelf.file(name), counted=False) as connection:
        connection.execute("UPDATE about SET title = ?", (title,))


def add_class(name: str, called: str) -> int:
    """Another class, empty, after the others; its id."""
    with database.writing(shelf.file(name)) as connection:
        return rows.insert_class(connection, called)


def rename_class(name: str, class_id: int, called: str) -> None:
    called = names.checked_class(called)
    with database.writing(shelf.file(name)) as connection:
        rows.class_name(connection, class_id)
        rows.check_new(connection, called, but=class_id)
        connection.execute("UPDATE classes SET name = ? WHERE id = ?", (called, class_id))


def remove_class(name: str, class_id: int) -> None:
    """Remove a class with its images."""
    with database.writing(shelf.file(name)) as connection:
        rows.class_name(connection, class_id)
        connection.execute("DELETE FROM classes WHERE id = ?", (class_id,))


def _found(name: str) -> OwnSet:
    try:
        return find(name)
    except DataError as error:
        return OwnSet(name, name, (), trouble=str(error))


def _free(title: str) -> str:
    """The title, or with a number behind it if a set is called so."""
    taken = [names.known_as(own.title) for own in sets()]
    number, free = 1, title
    while names.known_as(free) in taken:
        number += 1
        free = f"{title[: LONGEST_NAME - 3].strip()} {number}"
    return free
