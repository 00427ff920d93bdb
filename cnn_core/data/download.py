"""Fetching one large file over an unreliable network.

A transfer that was cut continues where it ended, also in a later process. A file holds the bytes that have arrived, and
a note beside it says from which address and which version of the file they are. Not supported: several connections at
once, and a server that neither states a size nor closes a chunked answer; there the checksum decides.
"""

import base64
import hashlib
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from cnn_core.data.dataset import DataError, Progress, explained_disk_errors

ATTEMPTS = 5  # in a row without a new byte
TIMEOUT = 30  # seconds without a byte
BLOCK = 1 << 18  # bytes
MAX_BYTES = 1_000_000_000  # the plain archive has 186 million; a larger file is another one
WORTH_RETRYING = (408, 416, 425, 429, 500, 502, 503, 504)  # HTTP errors that may pass
ELSEWHERE = "fetch the archive elsewhere and name it with `python -m cnn_core data --from`"


@dataclass(frozen=True, slots=True)
class _Note:
    """Which file the bytes beside this note belong to."""

    url: str
    version: str  # the server's mark of a version: a strong ETag, a date, or nothing
    total: int  # bytes; 0: the server did not say


class _Interrupted(Exception):
    """The transfer ended early, for this reason; another attempt may bring the rest."""


def download(
    url: str, path: Path, *, sha256: str | None = None, progress: Progress, pause: Callable[[float], None] = time.sleep
) -> None:
    """Fetch the whole file at `url` to `path`, continuing what an earlier call left there.

    Raises DataError when the server refuses, when several attempts bring nothing new, and when the disk is full; the
    bytes that have arrived are then kept. If the checksum is wrong they are deleted, and the next call starts afresh.
    """
    shown = without_secrets(url)
    furthest, fruitless = _size(path), 0
    while not _is_whole(url, path):
        try:
            _continue(url, path, progress)
            break
        except _Interrupted as interruption:
            fruitless = 0 if _size(path) > furthest else fruitless + 1
            furthest = max(_size(path), furthest)
            if fruitless == ATTEMPTS:
                raise DataError(
                    f"{shown} could not be downloaded ({interruption}); check the network and try again "
                    f"(the {_size(path) / 1e6:.1f} MB that arrived are kept), or {ELSEWHERE}."
                ) from interruption
            progress(f"Trying again after an interruption ({interruption})", 0, 0)
            pause(0.5 * 2**fruitless)
    if sha256 is not None:
        _check(path, sha256, url)


def without_secrets(url: str) -> str:
    """The address as visitors may read it: without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half a bracket, or a port that is no number
        is_good = False
    if not is_good:
        raise DataError("CNN_DATA_URL must be an address that starts with http:// or https://.")
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def discard(path: Path) -> None:
    """Delete a download and its note."""
    path.unlink(missing_ok=True)
    _note_path(path).unlink(missing_ok=True)


def _continue(url: str, path: Path, progress: Progress) -> None:
    """One attempt to download the missing rest."""
    note = _read_note(url, path)
    have = _size(path) if note else 0
    with _open(url, note, path) as response, explained_disk_errors():
        if response.status == 206:
            total = _total_if_continued(response, have, note, path)
        else:  # the whole file, because nothing was here, or it has changed, or the server cannot continue
            have, total = 0, int(response.headers.get("Content-Length") or 0)
        with path.open("ab" if have else "wb") as file:
            if not have:
                note = _Note(url, _version(response), total)
                _note_path(path).write_text(json.dumps(asdict(note)), encoding="utf-8")
            for block in _blocks(response):
                have += len(block)
                if have > MAX_BYTES:
                    size = f"more than {MAX_BYTES // 10**6} MB"
                    raise DataError(f"{without_secrets(url)} has {size} and cannot be CIFAR-10; {ELSEWHERE}.")
                file.write(block)
                progress(f"Downloading from {urlsplit(url).hostname}", have, total)
    if have < total:
        raise _Interrupted("the connection was cut")


def _open(url: str, note: _Note | None, path: Path) -> http.client.HTTPResponse:
    """The server's answer to a request for the missing rest."""
    request = _request(url)
    if note and _size(path):
        request.add_header("Range", f"bytes={_size(path)}-")
        if note.version:
            request.add_header("If-Range", note.version)  # if it has changed, send all of it
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        answer = (
            f"{error.code} {http.client.responses.get(error.code, '')}".strip()
        )  # the error's own text may hold an address
        if error.code == 416:  # the file is now shorter than the part that is here
            discard(path)
        if error.code in WORTH_RETRYING:
            raise _Interrupted(f"the server answers '{answer}'") from error
        raise DataError(
            f"{without_secrets(url)} should answer with the CIFAR-10 archive, but answers '{answer}'; "
            f"check the address (CNN_DATA_URL sets it), or {ELSEWHERE}."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(_reason(error)) from error


def _request(url: str) -> urllib.request.Request:
    """The request; user and password, which urllib would read as part of the host, go into a header."""
    parts = urlsplit(url)
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
    request = urllib.request.Request(bare, headers={"User-Agent": "cnn-classroom", "Accept-Encoding": "identity"})
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        # Not sent to an address that the server redirects to.
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(pair).decode())
    return request


def _blocks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while block := response.read(BLOCK):
            yield block
    except (OSError, http.client.HTTPException) as error:
        raise _Interrupted(_reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, http.client.InvalidURL):  # its message quotes the address
        return "the address has characters that are not allowed"
    return str(getattr(error, "reason", error)) or type(error).__name__


def _total_if_continued(response: http.client.HTTPResponse, have: int, note: _Note, path: Path) -> int:
    """The size of the whole file, if this answer continues exactly where the file ends."""
    span = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if not span or int(span[1]) != have or note.total not in (0, int(span[2])):
        discard(path)
        raise _Interrupted("the server sent a part of another file")
    return int(span[2])


def _version(response: http.client.HTTPResponse) -> str:
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _is_whole(url: str, path: Path) -> bool:
    note = _read_note(url, path)
    return note is not None and note.total > 0 and _size(path) == note.total


def _read_note(url: str, path: Path) -> _Note | None:
    """The note beside the file, if it is readable, has this address, and is not of a smaller file than what is here."""
    try:
        note = _Note(**json.loads(_note_path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    is_sound = note.url == url and isinstance(note.version, str) and isinstance(note.total, int)
    return note if is_sound and (note.total == 0 or _size(path) <= note.total) else None


def _note_path(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check(path: Path, sha256: str, url: str) -> None:
    with path.open("rb") as file:
        came = hashlib.file_digest(file, "sha256").hexdigest()
    if came != sha256:
        size = _size(path)
        discard(path)
        raise DataError(
            f"The file from {without_secrets(url)} should have the SHA-256 {sha256[:12]}…, but has {came[:12]}… "
            f"({size / 1e6:.1f} MB): it was damaged on the way, or it is another page (a log-in?); try again, "
            f"or {ELSEWHERE}."
        )
