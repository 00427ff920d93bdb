"""A set's file: one SQLite database, changed in transactions.

What `writing` returned from is on the disk, whoever else writes, whatever ends this process. Nothing else is ever seen
of a change. What is deleted is overwritten with zeros. Every failure is a DataError, without a path of this machine.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from weakref import WeakValueDictionary

from cnn_core.data.dataset import IMAGE_BYTES, DataError

PATIENCE = 20.0  # seconds, for others who write
_VERSION = 1
_APPLICATION = 0x434E4E43  # "CNNC": not any SQLite file is a set
_PAGE = 16_384  # bytes: five images in each
_SCHEMA = f"""
    CREATE TABLE about (title TEXT NOT NULL, changes INTEGER NOT NULL, frozen_at INTEGER, digest TEXT);
    CREATE TABLE classes (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
    CREATE TABLE images (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        class_id INTEGER NOT NULL REFERENCES classes (id) ON DELETE CASCADE,
        burst TEXT NOT NULL,
        pixels BLOB NOT NULL CHECK (length(pixels) = {IMAGE_BYTES})
    );
    CREATE INDEX by_class ON images (class_id, id, burst);
"""
_IS_BUSY = "Others are changing this data set just now, so nothing was saved. Try again."
_turns: WeakValueDictionary[Path, threading.Lock] = WeakValueDictionary()
_turns_lock = threading.Lock()
_CLOSED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def make(file: Path, title: str) -> None:
    """Write a set without classes."""
    with in_words(), closing(_connect(file, "rwc")) as connection:
        connection.execute(f"PRAGMA page_size = {_PAGE}")
        connection.executescript(f"BEGIN; {_SCHEMA} COMMIT")
        connection.execute("INSERT INTO about VALUES (?, 0, NULL, NULL)", (title,))
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {_VERSION}")


@contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection]:
    """The set as it is at one moment, however long the block takes."""
    with in_words(), closing(_connect(file, "rw")) as connection:  # rw: to undo what a killed process had begun
        connection.execute("BEGIN")
        _check(connection)
        yield connection


@contextmanager
def writing(file: Path, *, counted: bool = True) -> Iterator[sqlite3.Connection]:
    """The set, to be changed by the block: wholly and for good, or not at all if the block raises.

    counted: whether the set's present state may be another one then.
    """
    with _turn(file), in_words(), closing(_connect(file, "rw")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            _check(connection)
            yield connection
            if counted:
                connection.execute("UPDATE about SET changes = changes + 1")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


@contextmanager
def in_words() -> Iterator[None]:
    """SQLite's errors as sentences."""
    try:
        yield
    except sqlite3.Error as error:
        raise DataError(_sentence(error)) from None
    except UnicodeError:  # what SQLite says of a damaged file may cite it
        raise damaged() from None


def damaged() -> DataError:
    return DataError("The file of this data set is damaged, so it cannot be opened; remove the data set.")


@contextmanager
def _turn(file: Path) -> Iterator[None]:
    """One thread of this process after the other: SQLite lets those who wait look again at long intervals only."""
    with _turns_lock:
        turn = _turns.setdefault(file, threading.Lock())
    if not turn.acquire(timeout=PATIENCE):
        raise DataError(_IS_BUSY)
    try:
        yield
    finally:
        turn.release()


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{file.as_uri()}?mode={mode}", timeout=PATIENCE, isolation_level=None, uri=True)
    try:
        for setting in ("secure_delete = ON", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {setting}")
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise damaged()
    if connection.execute("PRAGMA user_version").fetchone()[0] > _VERSION:
        raise DataError("This data set was made by a later version of this program.")


def _sentence(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the rest says more than is needed
    if code == sqlite3.SQLITE_FULL:
        return "The disk of this machine is full, so nothing was saved just now. Free some space, and try again."
    if code in _BUSY:
        return _IS_BUSY
    if code in _CLOSED:
        return "Nothing can be written to the data folder, so nothing was saved. Make it writable."
    if code == sqlite3.SQLITE_CANTOPEN:
        return "The data set is no longer there, or its file cannot be opened."
    if code == sqlite3.SQLITE_IOERR:
        return "The disk reported an error, so nothing was saved just now. Look whether it is full, and try again."
    return str(damaged())
