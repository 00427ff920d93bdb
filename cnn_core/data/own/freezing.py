"""A state is made: what a set holds at one moment is planned, split, known by a digest, and stored.

Images are read one after the other from the set's file, which the caller keeps open: never all of them at once.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

import numpy as np

from cnn_core.config import IMAGE_SHAPE
from cnn_core.data.dataset import Part, store
from cnn_core.data.own.rows import described, pixels_of, read_pixels
from cnn_core.data.own.splitting import TEST, TRAIN, VAL, split

VERSION = 1  # of the way to split and to store
ABOUT, IN_VAL, BURSTS = "about.json", "in_val.npy", "bursts.npy"
PARTS = {"train": TRAIN, "val": VAL, "test": TEST}
_CHUNK = 100  # images that are on their way to the disk


@dataclass(frozen=True, slots=True)
class Plan:
    """What a state will hold: a row an image, of each split the first of each class, then the second, and so on.

    Measures that look at the first images of a split alone see all of its classes so.
    """

    class_names: tuple[str, ...]
    title: str
    labels: np.ndarray  # (N,) uint8
    ids: np.ndarray  # (N,) int64, in the set's file
    bursts: np.ndarray  # (N,) int64, a number for each burst
    parts: np.ndarray  # (N,) int8: TRAIN, VAL or TEST
    shares_burst: bool

    @classmethod
    def of(cls, name: str, connection: Connection) -> "Plan":
        """The present state of the set in this open file."""
        own = described(name, connection)
        numbers = _bursts(connection)
        ids, groups = [], []
        for of_class in own.classes:
            rows = connection.execute("SELECT id, burst FROM images WHERE class_id = ? ORDER BY id", (of_class.id,))
            found = [(id_, numbers[burst]) for id_, burst in rows]
            ids.append([id_ for id_, _ in found])
            groups.append(np.array([number for _, number in found], np.int64))
        parts, shares_burst = split(groups)
        labels = np.repeat(np.arange(len(ids), dtype=np.uint8), [len(of_class) for of_class in ids])
        class_names = tuple(of_class.name for of_class in own.classes)
        flat = [np.concatenate(each) for each in (ids, groups, parts)]
        order = _in_turns(labels, flat[-1])
        return cls(class_names, own.title, labels[order], *(each[order] for each in flat), shares_burst)

    def digest(self, connection: Connection) -> str:
        """Eight letters that are others for other content."""
        rows = (self.labels.tolist(), self.bursts.tolist(), self.parts.tolist())
        digest = hashlib.sha256(json.dumps([VERSION, self.class_names, *rows]).encode())
        for pixels in _pixels(self.ids, connection):
            digest.update(pixels)
        return digest.hexdigest()[:8]

    def write(self, folder: Path, connection: Connection) -> None:
        """Store the state in this folder, which appears when it is complete."""
        is_test = self.parts == TEST
        subsets = {"train": np.flatnonzero(~is_test), "test": np.flatnonzero(is_test)}

        def beside(building: Path) -> None:
            np.save(building / IN_VAL, self.parts[subsets["train"]] == VAL)
            np.save(building / BURSTS, self.bursts[np.concatenate([*subsets.values()])].astype(np.int32))
            (building / ABOUT).write_text(json.dumps(self._about()), encoding="utf-8")

        sizes = {subset: len(rows) for subset, rows in subsets.items()}
        store(folder, sizes, self._chunks(subsets, connection), beside)

    def _chunks(self, subsets: dict[str, np.ndarray], connection: Connection) -> Iterator[Part]:
        for subset, rows in subsets.items():
            for start in range(0, len(rows), _CHUNK):
                some = rows[start : start + _CHUNK]
                pixels = np.frombuffer(b"".join(_pixels(self.ids[some], connection)), np.uint8)
                yield Part(subset, start, pixels.reshape(-1, *IMAGE_SHAPE), self.labels[some])

    def _about(self) -> dict[str, object]:
        sizes = {name: int((self.parts == part).sum()) for name, part in PARTS.items()}
        return {"version": VERSION, "title": self.title, "class_names": self.class_names, "sizes": sizes}


def _bursts(connection: Connection) -> dict[str, int]:
    """The number of each burst. Bursts of a class that share an image, down to the last pixel, count as one."""
    numbers: dict[str, int] = {}
    first: dict[tuple[int, bytes], str] = {}  # the burst in which a class got these pixels first
    rows = connection.execute("SELECT class_id, burst, pixels FROM images ORDER BY class_id, id")
    for class_id, burst, blob in rows:
        pixels = hashlib.sha256(pixels_of(blob)).digest()
        earlier = first.setdefault((class_id, pixels), burst)
        mine, other = (numbers.setdefault(each, len(numbers)) for each in (burst, earlier))
        if mine != other:
            numbers = {each: other if number == mine else number for each, number in numbers.items()}
    return numbers


def _in_turns(labels: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """The order in which each class has its turn within each split; images of a class stay in the order they came."""
    ranks = np.zeros(len(labels), np.int64)
    for label, part in {*zip(labels.tolist(), parts.tolist(), strict=True)}:
        places = np.flatnonzero((labels == label) & (parts == part))
        ranks[places] = np.arange(len(places))
    return np.lexsort((labels, ranks))


def _pixels(ids: np.ndarray, connection: Connection) -> Iterator[bytes]:
    for id_ in ids.tolist():
        yield read_pixels(connection, id_)
