"""What a run says of itself besides its log: what was asked for, its title, its last worker."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cnn_core.config import ExperimentConfig
from cnn_core.progress import Worker
from cnn_core.runs import titles
from cnn_core.runs.errors import RunError, deleted, without_paths
from cnn_core.runs.events import UNREADABLE, read_record
from cnn_core.runs.files import CONFIG, TITLE, WORKER, Cached


@dataclass(frozen=True, slots=True)
class About:
    """The content of config.json; the libraries' versions in it are for people."""

    config: ExperimentConfig | None  # None if this program cannot read it
    created: str = ""  # ISO 8601 in UTC; empty if it is no time
    why_not: str = ""  # it cannot be read


def read_about(folder: Path, run_id: str) -> About:
    """Raises RunError, saying why, if there is no config that this program can read."""
    try:
        about = _about(folder / CONFIG)
    except FileNotFoundError:
        raise deleted(run_id) from None
    except OSError as error:
        about = About(None, why_not=error.strerror or type(error).__name__)
    if about.config is None:
        raise RunError(f"{run_id} is not a run that this program can read: {about.why_not}")
    return about


def read_title(folder: Path) -> str:
    """The title, cleaned also if the run was unpacked from elsewhere; empty if there is none that can be shown."""
    try:
        return _title(folder / TITLE) or ""
    except OSError:
        return ""


def read_worker(folder: Path) -> Worker | None:
    try:
        return _worker(folder / WORKER)
    except OSError:
        return None


def odd_files(folder: Path) -> list[str]:
    """Which of the title and the worker's file are there and cannot be read."""
    odd = []
    for read, name in ((_title, TITLE), (_worker, WORKER)):
        try:
            if read(folder / name) is None:
                odd.append(name)
        except FileNotFoundError:
            continue
        except OSError:
            odd.append(name)
    return odd


def _parse_about(content: bytes) -> About:
    try:
        about = json.loads(content.decode("utf-8-sig"))
        config = ExperimentConfig.from_dict(about["experiment"])
    except Exception as error:  # whatever a file can hold: the names of that have no end
        return About(None, why_not=without_paths(str(error))[:300] or type(error).__name__)
    try:
        created = datetime.fromisoformat(about["created"]).isoformat(timespec="milliseconds")
    except (KeyError, TypeError, ValueError):
        created = ""
    return About(config, created)


def _parse_title(content: bytes) -> str | None:
    try:
        return titles.clean(content.decode())
    except UnicodeDecodeError:
        return None


def _parse_worker(content: bytes) -> Worker | None:
    try:
        return read_record(Worker, {"pid": 0, **json.loads(content)})
    except UNREADABLE:
        return None


_about, _title, _worker = Cached(_parse_about), Cached(_parse_title, size=1000), Cached(_parse_worker)
