"""Odd and hostile JPEGs: too many scans and segments, rare codings, broken headers."""

import struct
from collections.abc import Iterator

from PIL import Image

from tests.odd_bytes import claimed, encode, jpeg_segment, noise


def many_scans(count: int) -> bytes:
    """A valid progressive JPEG that repeats its first scan this many times."""
    data = encode(Image.fromarray(noise(64, 64)), "JPEG", progressive=True)
    start = data.index(b"\xff\xda")
    end = data.index(b"\xff\xc4", start)
    return data[:end] + data[start:end] * (count - 1) + data[end:]


def last_scans(count: int) -> bytes:
    """25 megapixels in scans of a few bytes each, every one of which visits every pixel."""
    data = encode(Image.new("L", (5_000, 5_000), 99), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * count + data[-2:]


def jpegs() -> Iterator[tuple[str, bytes]]:
    yield from _scans()
    yield from _segments()
    yield from _frames()
    yield from _channels()


def _scans() -> Iterator[tuple[str, bytes]]:
    for count in (2, 95, 300, 20_000):
        yield f"JPEG of {count} scans", many_scans(count)
    yield "JPEG of 25 megapixels in 21,474 scans", last_scans(21_474)
    yield "JPEG of 25 megapixels in 60 scans", last_scans(60)


def _segments() -> Iterator[tuple[str, bytes]]:
    """Between the first bytes and the rest: thousands of segments of a kind."""
    data = encode(Image.fromarray(noise(40, 60, 3)), "JPEG")
    tables = data[data.index(b"\xff\xc4") : data.index(b"\xff\xda")]
    many = {
        "empty comments": jpeg_segment(0xFE, b"") * 20_000,
        "long comments": jpeg_segment(0xFE, bytes(65_000)) * 100,
        "Huffman tables": tables * 2_000,
        "EXIF": jpeg_segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0") * 5_000,
        "XMP": jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation='9'/>") * 2_000,
        "pieces of a profile": b"".join(
            jpeg_segment(0xE2, b"ICC_PROFILE\0" + bytes([n % 256, 255]) + bytes(200)) for n in range(5_000)
        ),
        "Photoshop": jpeg_segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\xff\xff\xff\xff") * 3_000,
        "an index of many frames": jpeg_segment(
            0xE2, b"MPF\0II*\0\x08\0\0\0\x02\0\x01\xb0\x04\0\x01\0\0\0\xff\xff\xff\0\x02\xb0\x07\0\x10\0\0\0\x08\0\0\0"
        ),
        "fill bytes": b"\xff" * 500_000,
        "restart intervals": jpeg_segment(0xDD, b"\0\x01") * 10_000,
        "nonsense": noise(3_000).tobytes(),
        "a length of 0": b"\xff\xe5\0\0" * 3_000,
        "another beginning": b"\xff\xd8" * 3_000,
    }
    for name, segments in many.items():
        yield f"JPEG with {name}", data[:2] + segments + data[2:]
    yield "JPEG with restart markers in its pixels", data[:-2] + b"\xff\xd0" * 200_000 + data[-2:]
    yield "JPEG with megabytes behind it", data + bytes(6_000_000)
    yield "JPEG without end", data[:-2]
    yield "JPEG without tables", data.replace(tables, b"")
    restarted = encode(Image.fromarray(noise(200, 200)), "JPEG", restart_marker_blocks=1)
    yield "JPEG that restarts at each block", restarted


def _frames() -> Iterator[tuple[str, bytes]]:
    """Every coding that a frame may have, whatever its pixels are coded in; and sizes and depths that they have not."""
    data = encode(Image.fromarray(noise(40, 60, 3)), "JPEG")
    at = data.index(b"\xff\xc0")
    for coding in (*range(0xC1, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)):
        yield f"JPEG of frame {coding:X}", claimed(data, (at + 1, bytes([coding])))
    for height, width in ((65_535, 65_535), (65_535, 1), (1, 65_535), (0, 60), (40, 0), (4_000, 6_000), (1, 1)):
        yield f"JPEG that claims {width} by {height}", claimed(data, (at + 5, struct.pack(">HH", height, width)))
    for bits in (0, 1, 2, 12, 16, 255):
        yield f"JPEG of {bits} bits", claimed(data, (at + 4, bytes([bits])))
    for sampling in (0x00, 0x01, 0x14, 0x41, 0x44, 0x33, 0xFF):
        yield f"JPEG sampled {sampling:X}", claimed(data, (at + 11, bytes([sampling])))
    table = data.index(b"\xff\xdb")
    yield "JPEG divided by 0", claimed(data, (table + 5, bytes(64)))
    yield "JPEG with another frame", data[:at] + data[at : at + 19] * 500 + data[at + 19 :]


def _channels() -> Iterator[tuple[str, bytes]]:
    """Every number of channels with every transform that Adobe's marker names."""
    pictures = {"L": noise(30, 30), "RGB": noise(30, 30, 3), "CMYK": noise(30, 30, 4)}
    for mode, pixels in pictures.items():
        data = encode(Image.fromarray(pixels, mode), "JPEG")
        for transform in (0, 1, 2, 3, 255):
            adobe = jpeg_segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))
            yield f"JPEG in {mode} with Adobe's {transform}", data[:2] + adobe + data[2:]
        at = data.index(b"\xff\xc0") + 9
        for channels in (0, 1, 2, 3, 4, 5, 255):
            yield f"JPEG in {mode} that claims {channels} channels", claimed(data, (at, bytes([channels])))
