"""Odd and hostile PNGs and GIFs: what unpacks to gigabytes, thousands of pieces, indices beyond the palette."""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.odd_bytes import claimed, encode, noise, png, png_chunk, zeros_packed

_GRAY = bytes(9 * 9 + 9)  # the rows of 9 x 9 pixels, each with its filter


def pngs() -> Iterator[tuple[str, bytes]]:
    yield from _depths()
    yield from _bombs()
    yield from _chunks()


def _depths() -> Iterator[tuple[str, bytes]]:
    """Every depth with every colour type, also those that there are not, plain and interlaced."""
    palette = png_chunk(b"PLTE", bytes(range(12)))
    for bits in (0, 1, 2, 4, 8, 16, 32):
        for color_type in (0, 2, 3, 4, 6, 7):
            channels = {2: 3, 4: 2, 6: 4}.get(color_type, 1)
            row = b"\0" + noise(-(-9 * bits * channels // 8)).tobytes()
            for interlaced in (0, 1):
                name = f"PNG of {bits} bits, type {color_type}{', interlaced' * interlaced}"
                options = {"bits": bits, "color_type": color_type, "before": palette, "interlaced": interlaced}
                yield name, png(9, 9, raw=row * 18, **options)


def _bombs() -> Iterator[tuple[str, bytes]]:
    megabytes = zeros_packed(100_000_000)
    yield "PNG of 25 megapixels", png(5_000, 5_000, packed=zeros_packed(5_001 * 5_000))
    yield "PNG of 25 megapixels with alpha", png(5_000, 5_000, color_type=6, packed=zeros_packed(20_001 * 5_000))
    yield "PNG of 24 megapixels of 16 bits", png(4_800, 5_000, bits=16, packed=zeros_packed(9_601 * 5_000))
    yield "PNG that unpacks to more than its pixels", png(9, 9, packed=megabytes)
    for width, height in ((65_535, 65_535), (2**31 - 1, 1), (1, 2**31 - 1), (2**32 - 1, 2**32 - 1), (0, 9), (9, 0)):
        yield f"PNG that claims {width} by {height}", png(width, height, raw=_GRAY)
    text = b"Comment\0\0" + megabytes
    for name, chunk in {
        "zTXt": png_chunk(b"zTXt", text),
        "many zTXt": png_chunk(b"zTXt", b"Comment\0\0" + zeros_packed(1_000_000)) * 200,
        "iTXt": png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + megabytes),
        "iCCP": png_chunk(b"iCCP", b"profile\0\0" + megabytes),
    }.items():
        yield f"PNG with a bomb in {name}", png(9, 9, raw=_GRAY, before=chunk)
        plain = png(9, 9, raw=_GRAY)
        yield f"PNG with a bomb in {name} behind its pixels", plain[:-12] + chunk + plain[-12:]


def _chunks() -> Iterator[tuple[str, bytes]]:
    short = png_chunk(b"PLTE", bytes(range(6)))  # two colours
    indices = b"".join(b"\0" + noise(9, seed=row).tobytes() for row in range(9))
    yield "PNG with indices beyond its palette", png(9, 9, color_type=3, raw=indices, before=short)
    yield "PNG without palette", png(9, 9, color_type=3, raw=indices)
    before = {
        "a palette of no colour": png_chunk(b"PLTE", b""),
        "a palette of half a colour": png_chunk(b"PLTE", bytes(4)),
        "a palette of 1,000 colours": png_chunk(b"PLTE", bytes(3_000)),
        "alpha longer than its palette": short + png_chunk(b"tRNS", bytes(300)),
        "empty alpha": png_chunk(b"tRNS", b""),
        "20,000 empty chunks": png_chunk(b"tEXt", b"") * 20_000,
        "frames by the thousand": png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
        + png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 9, 9, 0, 0, 0, 0, 9, 9)) * 5_000,
        "a frame beyond its edge": png_chunk(b"acTL", struct.pack(">II", 2, 0))
        + png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 99, 99, 2**31, 2**31, 0, 0, 0, 0)),
        "EXIF of nothing": png_chunk(b"eXIf", b""),
        "a gamma of 0": png_chunk(b"gAMA", bytes(4)) + png_chunk(b"cHRM", bytes(32)) + png_chunk(b"pHYs", bytes(9)),
        "an unknown critical chunk": png_chunk(b"EVIL", bytes(9)),
        "a chunk of 2 GB": b"\x7f\xff\xff\xfftEXt" + bytes(90),
        "another header": png_chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 6, 0, 0, 0)),
    }
    for name, chunks in before.items():
        yield f"PNG with {name}", png(9, 9, raw=_GRAY, before=chunks)
        yield f"palette PNG with {name}", png(9, 9, color_type=3, raw=indices, before=chunks)
    packed = zlib.compress(noise(30_000).tobytes())
    pieces = b"".join(png_chunk(b"IDAT", packed[at : at + 1]) for at in range(len(packed)))
    yield "PNG in 30,000 pieces", png(300, 99, raw=b"", before=pieces)
    yield "PNG of a filter that is not", png(9, 9, raw=b"\x09" * len(_GRAY))
    yield "PNG with a wrong checksum", claimed(png(9, 9, raw=_GRAY), (45, b"\0\0\0\0"))
    yield "PNG for telephones", b"\x89PNG\r\n\x1a\n" + png_chunk(b"CgBI", b"P\0 \6") + png(9, 9, raw=_GRAY)[8:]


def gifs() -> Iterator[tuple[str, bytes]]:
    data = encode(Image.fromarray(noise(20, 30)).quantize(64), "GIF")
    at = data.index(b",", 13 + 3 * 64)  # the frame's descriptor
    for width, height in ((65_535, 65_535), (0, 0), (5_000, 5_000), (65_535, 1)):
        size = struct.pack("<HH", width, height)
        yield f"GIF whose screen is {width} by {height}", claimed(data, (6, size))
        yield f"GIF whose frame is {width} by {height}", claimed(data, (at + 5, size))
        yield f"GIF of {width} by {height}", claimed(data, (6, size), (at + 5, size))
    yield "GIF with a frame far outside", claimed(data, (at + 1, b"\xff\xff\xff\xff"))
    for bits in (0, 1, 2, 11, 12, 13, 255):
        yield f"GIF packed in {bits} bits", claimed(data, (at + 10, bytes([bits])))
    yield "GIF without colours", claimed(data[:13] + data[13 + 3 * 64 :], (10, b"\0"))
    yield "GIF with few colours", claimed(data[:13] + data[13 + 3 * 62 :], (10, b"\x80"))
    yield "GIF with 50,000 comments", data[:at] + b"!\xfe\x01x\0" * 50_000 + data[at:]
    yield "GIF with a long comment", data[:at] + b"!\xfe" + (b"\xff" + b"x" * 255) * 20_000 + b"\0" + data[at:]
    yield "GIF with control upon control", data[:at] + b"!\xf9\4\x0f\0\0\xfe\0" * 30_000 + data[at:]
    frame = data[at:-1]
    yield "GIF of 3,000 frames", data[:-1] + frame * 3_000 + b";"
    yield "GIF that is interlaced", claimed(data, (at + 9, b"\x40"))
    yield "GIF without end", data[:-1]
    yield "GIF whose first frame is missing", data[:at] + b";"
