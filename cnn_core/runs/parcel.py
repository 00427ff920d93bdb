"""A run's zip as a stranger may have made it: looked through before anything of it is believed.

What is taken out of it are settings, lines of a log and plain arrays; each is read by the functions that read a run
here, and written anew. The network's own files stay in the zip: nothing in them is loaded, run or parsed. Names in the
zip are compared with those that a run has and lead nowhere; other files are passed over.
"""

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np

from cnn_core.config import ExperimentConfig
from cnn_core.progress import Measuring
from cnn_core.runs import arrays, files
from cnn_core.runs.description import About, parse_about, parse_title, parse_worker
from cnn_core.runs.events import parse
from cnn_core.runs.log import MOST_BYTES as MOST_LOG
from cnn_core.runs.npz import read_npz
from cnn_core.runs.weights import check_weights, largest_weights
from cnn_core.runs.words import RunError
from cnn_core.zips import ZipError, open_zip, places, read_member

MOST_MEMBERS = 1_200  # a run has 15 files, and a snapshot of each of at most 1,000 epochs
MOST_UNPACKED = 500_000_000  # bytes
_MOST = {files.CONFIG: 100_000, files.TITLE: 10_000, files.WORKER: 10_000, files.EVENTS: MOST_LOG}
_ID = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_ID = 80
_LONGEST_LINE = 200_000  # bytes of an event; a look has some 10,000


@dataclass(frozen=True)
class Parcel:
    """A run in a zip that has passed; its parts are read when they are asked for."""

    id: str  # the folder's name in the zip, of letters, digits, - and _
    config: ExperimentConfig
    about: bytes  # a config.json, written anew
    archive: zipfile.ZipFile
    members: Mapping[str, zipfile.ZipInfo]  # by their names in the run's folder

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """The files of words, cleaned, by name."""
        yield files.CONFIG, self.about
        if title := parse_title(self._read(files.TITLE) or b""):
            yield files.TITLE, title.encode()
        if worker := parse_worker(self._read(files.WORKER) or b""):
            yield files.WORKER, json.dumps(asdict(worker) | {"pid": 0}, indent=2).encode()
        yield files.EVENTS, b"".join(_events(self._read(files.EVENTS) or b""))

    def arrays(self) -> Iterator[tuple[str, dict[str, np.ndarray] | None]]:
        """The files of arrays by name; None for one that cannot be read."""
        found = dict.fromkeys((files.PREDICTIONS, *files.FOUND_OUT), arrays.MOST_BYTES)
        found |= dict.fromkeys(filter(files.is_snapshot, self.members), arrays.MOST_OF_A_SNAPSHOT)
        for name, most in found.items():
            try:
                content = self._read(name, most)
                if content is not None:
                    yield name, read_npz(content, most)
            except (ValueError, RunError):
                yield name, None

    def weights(self) -> dict[str, np.ndarray] | None:
        """The weights of its network, which fit its settings; None without any. Raises RunError if they do not fit."""
        network = self.config.network
        most = largest_weights(network)
        content = self._read(files.WEIGHTS, most)
        if content is None:
            return None
        try:
            found = read_npz(content, most)
        except ValueError:
            raise RunError(f"{files.WEIGHTS} in the zip is damaged, or holds something else than numbers.") from None
        check_weights(network, found)
        return found

    @property
    def network_checksum(self) -> int | None:
        """The CRC-32 of its LiteRT file, as the zip says; None without one."""
        member = self.members.get(files.LITERT)
        return member.CRC if member else None

    def _read(self, name: str, most: float | None = None) -> bytes | None:
        return _read(self.archive, self.members, name, most)


def open_parcel(content: bytes) -> Parcel:
    """Look through a zip. Raises RunError, a sentence, if it is no run's or nothing of it can be trusted."""
    if not content:
        raise RunError("The file is empty.")
    try:
        archive = open_zip(content, members=MOST_MEMBERS, most=MOST_UNPACKED)
        found = places(archive)
    except ZipError as error:
        raise RunError(f"The file cannot be brought in. {error}") from None
    folders = [place[0] for place in found if len(place) == 2 and place[1] == files.CONFIG]
    if not folders:
        raise RunError(f"The zip holds no run: one folder is expected with {files.CONFIG} in it, as Download gives it.")
    if len(folders) > 1:
        raise RunError(f"The zip holds {len(folders)} runs; pack each in a zip of its own.")
    inside = {"/".join(place[1:]): member for place, member in found.items() if place[0] == folders[0]}
    about = parse_about(_read(archive, inside, files.CONFIG))
    if about.config is None:
        raise RunError(f"The run in the zip cannot be read: {about.why_not}")
    name = _ID.sub("-", folders[0]).strip("-")[:_LONGEST_ID] or "run"
    return Parcel(name, about.config, _written(about), archive, inside)


def _read(
    archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], name: str, most: float | None = None
) -> bytes | None:
    """The content of a file; None if there is none. Raises RunError if it is damaged or larger than it may be."""
    member = members.get(name)
    if member is None:
        return None
    if member.file_size > (_MOST[name] if most is None else most):
        raise RunError(f"{name} in the zip is larger than that of any run.")
    try:
        return read_member(archive, member)
    except ZipError as error:
        raise RunError(f"The zip is damaged. {error}") from None


def _written(about: About) -> bytes:
    """A config.json that says the same; what was made in the future was made now, or it would always come first."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    created = min(about.created or now, now)
    return json.dumps({"created": created, "experiment": about.config.to_dict()}, indent=2).encode()


def _events(log: bytes) -> Iterator[bytes]:
    """The lines that can be read, but for those that say only how far a measurement is."""
    for line in log.splitlines():
        if len(line) <= _LONGEST_LINE and (event := parse(line)) and not isinstance(event, Measuring):
            yield line.strip() + b"\n"
