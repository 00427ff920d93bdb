"""Zip archives that anybody may have made, opened so that they take no more memory than they may.

Nothing is unpacked onto the disk here, and no name in an archive is used as a path.
"""

import io
import zipfile

_ENTRY = b"PK\x01\x02"  # how each entry of an archive's table of contents begins
_ENTRIES = 10  # times the members that are allowed: archives in an archive have entries too
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
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


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The content of a member: at most as many bytes as its entry says. Raises ZipError if it is damaged."""
    try:
        return archive.read(member)
    except Exception:  # damage has many names: of zipfile, of zlib, of struct
        raise ZipError(f"{member.filename.rpartition('/')[2]!r} in it is damaged.") from None
