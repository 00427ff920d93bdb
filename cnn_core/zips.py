"""Zip archives that anybody may have made, opened so that they take no more memory than they may.

Nothing is unpacked onto the disk here, and no name in an archive is used as a path.
"""

import io
import math
import re
import stat
import unicodedata
import zipfile
from contextlib import suppress

from cnn_core.text import plain

_ENTRY = b"PK\x01\x02"  # how each entry of an archive's table of contents begins
_ENTRIES = 10  # times the members that are allowed: archives in an archive have entries too
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MOST_RATIO, _FROM = 100, 1_000_000  # what is larger, in bytes, shrinks by that much only to harm; a log does by 10
_DRIVE = re.compile(r"[A-Za-z]:")
_KINDS = (0, stat.S_IFREG, stat.S_IFDIR)  # 0: packed where files have no kinds
_IN_UTF8 = 0x800  # in the flags of an entry
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # in the flags of an entry: its content, its content strongly, its name


class ZipError(ValueError):
    """An archive that is not opened; the message is a sentence that says why."""


def open_zip(content: bytes, *, members: int, most: float) -> zipfile.ZipFile:
    """The archive. Raises ZipError if it has too many members, or would unpack to more than `most` bytes.

    A member that says to be smaller than it is gives as much as it says: `zipfile` reads no further.
    """
    if content.count(_ENTRY) > _ENTRIES * members:  # before the table is read, which takes memory for each
        raise ZipError(f"It has more than {members:,} files in it.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Exception:  # damage has many names: of zipfile, of struct, of an encoding
        raise ZipError("It is no zip archive, or it is cut off.") from None
    entries = archive.infolist()
    if len(entries) > members:
        raise ZipError(f"It has more than {members:,} files in it.")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise ZipError("It is encrypted. Pack it without a password.")
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise ZipError("It is packed in a way that is not opened here. Pack it as a plain zip.")
    if sum(entry.file_size for entry in entries) > most:
        raise ZipError(f"It would unpack to more than {most / 1e6:,.0f} MB.")
    return archive


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: float = math.inf) -> bytes:
    """The content of a member: at most as many bytes as its entry says.

    Raises ZipError if these are more than `most`, before one of them is unpacked, or if it is damaged.
    """
    if member.file_size > most:
        raise ZipError(f"{member.filename.rpartition('/')[2]!r} in it is too large.")
    try:
        return archive.read(member)
    except Exception:  # damage has many names: of zipfile, of zlib, of struct
        raise ZipError(f"{member.filename.rpartition('/')[2]!r} in it is damaged.") from None


def places(archive: zipfile.ZipFile) -> dict[tuple[str, ...], zipfile.ZipInfo]:
    """The files in the zip by the parts of their names. Raises ZipError if a name, a kind or a size is a trap."""
    found: dict[tuple[str, ...], zipfile.ZipInfo] = {}
    seen: set[str] = set()
    for member in archive.infolist():
        name = _name(member)
        shown = repr(plain(name)[:60])
        parts = tuple(name.removesuffix("/").split("/"))
        if "\0" in name or _DRIVE.match(name) or not all(parts) or {".", ".."} & {*parts}:
            raise ZipError(f"The name {shown} in it leads out of its folder.")
        if stat.S_IFMT(member.external_attr >> 16) not in _KINDS:
            raise ZipError(f"{shown} in it is a link or a device, not a file.")
        if member.file_size > max(_FROM, _MOST_RATIO * member.compress_size):
            raise ZipError(f"{shown} in it unpacks to far more than an honest file.")
        known_as = unicodedata.normalize("NFC", "/".join(parts)).casefold()
        if known_as in seen:
            raise ZipError(f"The name {shown} is in it twice.")
        seen.add(known_as)
        if not name.endswith("/"):
            found[parts] = member
    return found


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name as it was meant: macOS does not say that it writes UTF-8, and Windows may write backslashes."""
    name = member.orig_filename
    if not member.flag_bits & _IN_UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return name.replace("\\", "/")
