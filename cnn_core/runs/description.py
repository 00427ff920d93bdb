"""How a run describes itself besides its log: its settings, its title, its last worker."""

import importlib.metadata
import json
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cnn_core.config import ConfigError, ExperimentConfig
from cnn_core.progress import Worker
from cnn_core.runs.cached import Cached
from cnn_core.runs.events import UNREADABLE, read_record
from cnn_core.runs.files import CONFIG, TITLE, WORKER
from cnn_core.runs.log import MOST_BYTES, Summary
from cnn_core.runs.words import RunError, clean_title, deleted, detail

_LIBRARIES = ("keras", "tensorflow", "tensorflow-cpu", "numpy")
_LONGEST_TITLE = 1_000  # bytes that a title has not; it is read so far


@dataclass(frozen=True, slots=True)
class About:
    """The content of config.json; the libraries' versions in it are for people."""

    config: ExperimentConfig | None  # None if this program cannot read it
    created: str = ""  # ISO 8601 in UTC; empty if it is not a time
    versions: Mapping[str, str] = field(default_factory=dict)  # of the libraries, by their names
    why_not: str = ""  # why it cannot be read


def run_id(folder: Path) -> str:
    """The folder's name, as text even if the name on the disk is not text."""
    return os.fsencode(folder.name).decode("utf-8", errors="backslashreplace")


def read_about(folder: Path) -> About:
    """Raises RunError, with the reason, if this program cannot read the run's config."""
    name = run_id(folder)
    try:
        about = _about(os.path.join(folder, CONFIG))
    except FileNotFoundError:
        raise deleted(name) from None
    except OSError as error:
        about = About(None, why_not=error.strerror or type(error).__name__)
    if name != folder.name:
        about = About(None, why_not="its folder's name is not text.")
    if about.config is None:
        raise RunError(f"{name} is not a run that this program can read: {about.why_not}")
    return about


def read_title(folder: Path) -> str:
    """The title, cleaned, also of a run unpacked from elsewhere; empty if there is none that can be shown."""
    try:
        return _title(os.path.join(folder, TITLE)) or ""
    except OSError:
        return ""


def read_worker(folder: Path) -> Worker | None:
    try:
        return _worker(os.path.join(folder, WORKER))
    except OSError:
        return None


def damage(folder: Path, title: str, log: Summary) -> str | None:
    """Which of the run's files cannot be read, in a sentence."""
    try:
        read_about(folder)
    except RunError as error:
        return str(error)
    if not log.is_readable:
        return f"The log of {title!r} cannot be read."
    if log.unread:
        whole, read = (f"{size / 1e6:,.0f} MB" for size in (MOST_BYTES + log.unread, MOST_BYTES))
        return f"The log of {title!r} has {whole}; only the first {read} are read."
    if log.damaged_lines:
        what = "1 line" if log.damaged_lines == 1 else f"{log.damaged_lines:,} lines"
        return f"{what} in the log of {title!r} cannot be read; the rest is shown."
    if _is_odd(_title, os.path.join(folder, TITLE)):
        return f"The title of {title!r} cannot be read. Rename the run."
    if _is_odd(_worker, os.path.join(folder, WORKER)):
        return f"What is known of the machine that trained {title!r} cannot be read."
    return None


def _is_odd(read: Callable[[str], object], path: str) -> bool:
    """Whether the file is there but cannot be read."""
    try:
        return read(path) is None
    except FileNotFoundError:
        return False
    except OSError:
        return True


def versions() -> dict[str, str]:
    """Of the libraries that decide a run's numbers, without importing them."""
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[library] = importlib.metadata.version(library)
    return found


def parse_about(content: bytes) -> About:
    try:
        about = json.loads(content.decode("utf-8-sig"))
        config = ExperimentConfig.from_dict(about["experiment"])
    except ConfigError as error:
        return About(None, why_not=detail(error))
    except Exception:  # a damaged file can raise anything
        return About(None, why_not="its config.json is damaged.")
    try:
        created = datetime.fromisoformat(about["created"]).astimezone(UTC).isoformat(timespec="milliseconds")
    except (KeyError, TypeError, ValueError, OverflowError):
        created = ""
    return About(config, created, _written(about.get("versions")))


def _written(versions: object) -> dict[str, str]:
    """As far as they are short texts, each with a name: the file may come from anywhere."""
    found = versions.items() if isinstance(versions, dict) else ()
    return {name: version for name, version in found if isinstance(version, str) and len(name) + len(version) < 100}


def parse_title(content: bytes) -> str | None:
    try:
        return clean_title(content.decode()) if len(content) < _LONGEST_TITLE else None
    except UnicodeDecodeError:
        return None


def parse_worker(content: bytes) -> Worker | None:
    try:
        return read_record(Worker, {"pid": 0, **json.loads(content)})
    except UNREADABLE:
        return None


_about, _title, _worker = Cached(parse_about), Cached(parse_title, size=_LONGEST_TITLE), Cached(parse_worker)
