"""What is in a set's open file: its classes and images, read and written inside the caller's transaction."""

from dataclasses import dataclass
from sqlite3 import Connection
from typing import NamedTuple

import numpy as np

from cnn_core import limits
from cnn_core.config import IMAGE_SHAPE, LEAST_CLASSES, LONGEST_NAME, MOST_CLASSES
from cnn_core.data.dataset import IMAGE_BYTES, DataError
from cnn_core.data.own import database, names
from cnn_core.text import plain

LEAST, GOOD = 5, 30  # images a class: fewer cannot be learned, so many are enough to begin with
LONGEST_BURST = 80  # characters


@dataclass(frozen=True, slots=True)
class OwnClass:
    """A class of a set, and how much is in it."""

    id: int
    name: str
    images: int
    bursts: int  # a photo that was taken alone counts as one


@dataclass(frozen=True, slots=True)
class OwnSet:
    """A set as it is now."""

    name: str  # which never changes
    title: str
    classes: tuple[OwnClass, ...]  # in the order of their labels
    trouble: str | None = None  # why it cannot be opened, in a sentence; it has no classes then
    notes: tuple[str, ...] = ()  # what was left out when it was brought in, a sentence each

    @property
    def images(self) -> int:
        return sum(own.images for own in self.classes)

    def lacks(self) -> str | None:
        """Why it cannot be learned yet, in one sentence; None if it can."""
        if self.trouble:
            return self.trouble
        if len(self.classes) < LEAST_CLASSES:
            return f"A network needs at least {LEAST_CLASSES} classes to tell apart; this data set has fewer."
        if few := [own for own in self.classes if own.images < LEAST]:
            have = ", ".join(f"{own.name} has {own.images}" for own in few)
            return f"Each class needs at least {LEAST} images: {have}."
        if once := [own.name for own in self.classes if own.bursts < 2]:
            return (
                "Each class needs a second burst, best in another place: a network is tested on images of which it has "
                f"learned no neighbours. Still one burst only: {', '.join(once)}."
            )
        return None


class Stored(NamedTuple):
    """An image of a set."""

    id: int
    group: str  # the burst it was taken in
    image: np.ndarray  # (32, 32, 3) uint8


def described(name: str, connection: Connection) -> OwnSet:
    """The set in an open file."""
    title = connection.execute("SELECT title FROM about").fetchone()
    rows = connection.execute(
        "SELECT c.id, c.name, count(i.id), count(DISTINCT i.burst) "
        "FROM classes c LEFT JOIN images i ON i.class_id = c.id GROUP BY c.id ORDER BY c.id"
    ).fetchall()
    classes = tuple(OwnClass(id_, _shown(called), images, bursts) for id_, called, images, bursts in rows)
    if not title or len(rows) > MOST_CLASSES or len({of_class.name for of_class in classes}) < len(rows):
        raise database.damaged()
    return OwnSet(name, _shown(title[0]), classes)


def insert_class(connection: Connection, called: str) -> int:
    called = names.checked_class(called)
    check_new(connection, called)
    if connection.execute("SELECT count(*) FROM classes").fetchone()[0] >= MOST_CLASSES:
        raise DataError(f"A data set has at most {MOST_CLASSES} classes.")
    return connection.execute("INSERT INTO classes (name) VALUES (?)", (called,)).lastrowid


def insert_images(connection: Connection, class_id: int, images: np.ndarray, group: str) -> int:
    """As many of the images, (n, 32, 32, 3) uint8, as the class has room for; how many."""
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.shape[1:] != IMAGE_SHAPE:
        raise DataError(f"Images of 32x32 pixels were expected, uint8 (n, 32, 32, 3); {images.shape} came.")
    group = plain(group)
    if not 1 <= len(group) <= LONGEST_BURST:
        raise DataError(f"A burst's name has 1 to {LONGEST_BURST} characters; this one has {len(group)}.")
    called = class_name(connection, class_id)
    room = room_in(connection, class_id)
    if room <= 0:
        raise full(called)
    taken = images[: int(min(room, len(images)))]
    connection.executemany(
        "INSERT INTO images (class_id, burst, pixels) VALUES (?, ?, ?)",
        ((class_id, group, image.tobytes()) for image in taken),
    )
    return len(taken)


def read_pixels(connection: Connection, id_: int) -> bytes:
    """Those of an image by its id."""
    row = connection.execute("SELECT pixels FROM images WHERE id = ?", (id_,)).fetchone()
    if row is None:
        raise database.damaged()
    return pixels_of(row[0]).tobytes()


def pixels_of(blob: object) -> np.ndarray:
    """A stored image, uint8 (32, 32, 3), read-only."""
    if not isinstance(blob, bytes) or len(blob) != IMAGE_BYTES:
        raise database.damaged()
    return np.frombuffer(blob, np.uint8).reshape(IMAGE_SHAPE)


def full(called: str) -> DataError:
    return DataError(f"{called} has no room for more: a class has at most {limits.current().class_images:,.0f} images.")


def _shown(called: object) -> str:
    """What stands in a file, which somebody may have written into by hand."""
    return plain(str(called))[:LONGEST_NAME] or "?"


def class_name(connection: Connection, class_id: int) -> str:
    row = connection.execute("SELECT name FROM classes WHERE id = ?", (class_id,)).fetchone()
    if row is None:
        raise DataError("This class is no longer there: somebody has removed it.")
    return _shown(row[0])


def check_new(connection: Connection, called: str, but: int | None = None) -> None:
    others = connection.execute("SELECT name FROM classes WHERE id IS NOT ?", (but,)).fetchall()
    if any(names.known_as(str(other)) == names.known_as(called) for (other,) in others):
        raise names.twice(called)


def room_in(connection: Connection, class_id: int) -> float:
    """How many images the class may still get."""
    have = connection.execute("SELECT count(*) FROM images WHERE class_id = ?", (class_id,)).fetchone()[0]
    return limits.current().class_images - have
