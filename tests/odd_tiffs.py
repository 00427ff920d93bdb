"""Odd and hostile files of the formats that are made of tagged pieces: TIFF, BMP and icons, WebP, AVIF."""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.odd_bytes import claimed, encode, noise, zeros_packed

_SHORT, _LONG = 3, 4  # types of a TIFF's values


def tiff(tags: dict[int, int | tuple[int, int, int] | bytes], pixels: bytes, after: int = 0) -> bytes:
    """A TIFF with these tags; a value is a number, its type, count and bytes as they stand, or text.

    `after` is where it says that its next directory is.
    """
    directory = b""
    for tag, value in sorted(tags.items()):
        if isinstance(value, bytes):
            directory += struct.pack("<HHI4s", tag, 2, len(value), value)
        elif isinstance(value, tuple):
            directory += struct.pack("<HHII", tag, *value)
        else:
            directory += struct.pack("<HHII", tag, _LONG, 1, value % 2**32)
    start = 8 + len(pixels)
    return (
        struct.pack("<2sHI", b"II", 42, start)
        + pixels
        + struct.pack("<H", len(tags))
        + directory
        + struct.pack("<I", after)
    )


def gray(pixels: bytes, width: int = 4, height: int = 4, after: int = 0, **changes) -> bytes:
    """A gray TIFF of one strip; changes are named tag_262 and so on."""
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: height, 279: len(pixels)}
    return tiff(tags | {int(name[4:]): value for name, value in changes.items()}, pixels, after)


def tiffs() -> Iterator[tuple[str, bytes]]:
    yield from _kinds_of_pixels()
    yield from _directories()
    yield from _packed()


def _kinds_of_pixels() -> Iterator[tuple[str, bytes]]:
    pixels = noise(4 * 4 * 16).tobytes()
    for bits in (1, 2, 4, 8, 12, 16, 32, 64, 255):
        for sample_format in (1, 2, 3):
            yield f"TIFF of {bits} bits, format {sample_format}", gray(pixels, tag_258=bits, tag_339=sample_format)
    for photometric in (*range(10), 32_803, 65_535):
        for samples in (1, 3, 4, 5):
            options = {"tag_262": photometric, "tag_277": samples, "tag_258": 8}
            yield f"TIFF of kind {photometric} with {samples} samples", gray(pixels, **options)
    for orientation in (*range(10), 99):
        yield f"TIFF turned {orientation}", gray(pixels, tag_274=orientation)
    yield "TIFF of separate planes", gray(pixels, tag_284=2, tag_277=3, tag_262=2)
    yield "TIFF whose palette is missing", gray(pixels, tag_262=3)
    yield "TIFF whose palette is elsewhere", gray(pixels, tag_262=3, tag_320=(_SHORT, 768, 2**31))
    yield "TIFF of sums", gray(pixels, tag_317=2)


def _directories() -> Iterator[tuple[str, bytes]]:
    pixels = noise(16).tobytes()
    own = 8 + len(pixels)
    yield "TIFF whose directory follows itself", gray(pixels, after=own)
    yield "TIFF whose next directory is far away", gray(pixels, after=2**32 - 1)
    empty = b"".join(struct.pack("<HI", 0, 400 + 6 * number) for number in range(1, 20_000))
    first = gray(pixels, after=400)
    yield "TIFF of 20,000 directories", first + bytes(400 - len(first)) + empty
    for tag in (330, 34_665, 34_853, 40_965):
        yield f"TIFF that is its own child by {tag}", gray(pixels, **{f"tag_{tag}": own})
        yield f"TIFF with children by the billion by {tag}", gray(pixels, **{f"tag_{tag}": (_LONG, 2**31, 8)})
    for tag in (256, 258, 273, 279, 339, 700, 34_377, 34_675):
        yield f"TIFF whose value {tag} is endless", gray(pixels, **{f"tag_{tag}": (_LONG, 2**32 - 1, 8)})
        yield f"TIFF whose value {tag} is text", gray(pixels, **{f"tag_{tag}": b"abc\0"})
        yield f"TIFF whose value {tag} is a fraction of 0", gray(pixels, **{f"tag_{tag}": (5, 1, 2**20)})
    claims = {"width": {"width": 2**31}, "size": {"width": 60_000, "height": 60_000}, "nothing": {"width": 0}}
    for name, claim in (claims | {"height": {"height": -1}, "a square": {"width": 3_100, "height": 3_100}}).items():
        yield f"TIFF that claims {name}", gray(pixels, **claim)
    for rows in (0, 1, 2**31):
        yield f"TIFF with {rows} rows in each strip", gray(pixels, tag_278=rows)
    yield "TIFF whose strips are elsewhere", gray(pixels, tag_273=2**31)
    many = struct.pack("<2sHIH", b"II", 42, 8, 65_535) + struct.pack("<HHII", 40_000, 4, 1, 1) * 65_535 + bytes(4)
    yield "TIFF of 65,535 tags", many
    for width, height in ((16, 16), (60_000, 60_000), (3_000, 3_000), (0, 16), (16, 2**31)):
        tiles = {322: width, 323: height, 324: 8, 325: 16}
        tags = {256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 277: 1}
        yield f"TIFF of tiles of {width} by {height}", tiff(tags | tiles, pixels)
    yield (
        "TIFF whose tiles are text",
        tiff({256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 277: 1, 322: b"abc", 324: 8}, pixels),
    )
    yield "big TIFF", b"II+\0\x08\0\0\0\x10" + bytes(300)


def _packed() -> Iterator[tuple[str, bytes]]:
    """Every way of packing, whatever is in it; and what unpacks to as much as may be, or more."""
    packings = (32_766, 32_771, 32_773, 32_809, 32_946, 34_661, 34_676, 34_712, 34_925, 50_000, 50_001)
    for packing in (*range(1, 12), *packings):
        yield f"TIFF packed as {packing}", gray(noise(64).tobytes(), tag_259=packing)
        yield f"TIFF of zeros packed as {packing}", gray(bytes(64), 400, 400, tag_259=packing)
    ten = zeros_packed(10_000_000)
    yield "TIFF of 10 megapixels in one strip", gray(ten, 3_160, 3_160, tag_259=8)
    yield (
        "TIFF of 10 megapixels of 16 bits",
        gray(zeros_packed(60_000_000), 3_160, 3_160, tag_259=8, tag_258=16, tag_277=3, tag_262=2),
    )
    yield "TIFF that unpacks to more than its pixels", gray(zeros_packed(100_000_000), tag_259=8)
    color = Image.fromarray(noise(30, 40, 3))
    for packing in ("jpeg", "packbits", "tiff_lzw", "tiff_deflate", "raw"):
        yield f"TIFF of {packing}", encode(color, "TIFF", compression=packing)
    for packing in ("group3", "group4"):
        yield f"TIFF of {packing}", encode(color.convert("1"), "TIFF", compression=packing)


def bitmaps() -> Iterator[tuple[str, bytes]]:
    """BMPs and what has them inside: every depth and packing, runs beyond the edge, icons."""
    for bits in (0, 1, 4, 8, 15, 16, 24, 32, 64):
        for packing in range(7):
            yield f"BMP of {bits} bits packed as {packing}", bmp(9, 9, bits, packing, noise(400).tobytes())
    sizes = ((0, 9), (9, 0), (9, -9), (-9, 9), (2**31 - 1, 2**31 - 1), (30_000, 30_000), (5_000, -(2**31)))
    for width, height in sizes:
        yield f"BMP of {width} by {height}", bmp(width, height, 24, 0, noise(400).tobytes())
    yield "BMP of 25 megapixels in runs", bmp(5_000, 5_000, 8, 1, b"\xff\x07" * 98_000 + b"\0\1")
    yield "BMP of 25 megapixels in runs of one", bmp(5_000, 5_000, 8, 1, b"\x01\x07" * 3_000_000)
    yield "BMP of 8 megapixels in runs of one", bmp(2_800, 2_800, 8, 1, b"\x01\x07" * 3_000_000)
    yield "BMP of 25 megapixels that leaps", bmp(5_000, 5_000, 8, 1, b"\0\2\xff\0" * 90_000)
    yield "BMP that leaps beyond its edge", bmp(9, 9, 8, 1, b"\0\2\xff\xff" * 1_000 + b"\x09\1")
    yield "BMP of OS/2", b"BM" + struct.pack("<IHHIIHHHH", 400, 0, 0, 26, 12, 9, 9, 1, 24) + bytes(300)
    yield "BMP with colours by the billion", bmp(9, 9, 8, 0, bytes(400), colors=2**32 - 1)
    inside = {"PNG": encode(Image.fromarray(noise(16, 16, 4))), "bitmap": bmp(9, 18, 32, 0, bytes(900))[14:]}
    for name, data in inside.items():
        for kind in (1, 2):
            head = struct.pack("<HHHBBBBHHII", 0, kind, 1, 9, 9, 0, 0, 1, 32, len(data), 22)
            yield f"icon {kind} with a {name}", head + data
        yield f"{name} alone", data
    nested = struct.pack("<HHHBBBBHHII", 0, 1, 1, 9, 9, 0, 0, 1, 32, 500, 0)  # the icon itself
    yield "icon in an icon", nested + bytes(500)
    yield "BMP in a BMP", bmp(9, 9, 8, 5, inside["PNG"])


def bmp(width: int, height: int, bits: int, packing: int, pixels: bytes, colors: int = 0) -> bytes:
    palette = bytes(range(256)) * 4 if bits <= 8 else b""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, packing, len(pixels), 0, 0, colors, 0)
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + palette + pixels


def webps() -> Iterator[tuple[str, bytes]]:
    color, clear = Image.fromarray(noise(30, 40, 3)), Image.fromarray(noise(30, 40, 4))
    for name, data in {"lossy": encode(color, "WEBP"), "lossless": encode(color, "WEBP", lossless=True)}.items():
        for size in (0, 2**32 - 1, 12):
            yield f"{name} WEBP that claims {size} bytes", claimed(data, (4, struct.pack("<I", size)))
        yield f"{name} WEBP without pixels", data[:30]
        yield f"{name} WEBP twice", data + data[12:]
    lossless = encode(color, "WEBP", lossless=True)
    for width, height in ((16_383, 16_383), (2_800, 2_800), (5_000, 4_000), (1, 16_383)):
        yield f"WEBP that claims {width} by {height}", claimed(lossless, (21, struct.pack("<I", width | height << 14)))
    extended = encode(clear, "WEBP", exif=b"Exif\0\0MM\0*", icc_profile=b"nonsense" * 50, xmp=b"<x/>")
    for width, height in ((1, 1), (2_800, 2_800), (16_777_215, 16_777_215), (40, 40)):
        canvas = width.to_bytes(3, "little") + height.to_bytes(3, "little")
        yield f"WEBP on a canvas of {width} by {height}", claimed(extended, (24, canvas))
    for flags in (0, 2, 16, 255):
        yield f"WEBP with flags {flags}", claimed(extended, (20, bytes([flags])))
    for kind in (b"ALPH", b"VP8 ", b"VP8L", b"ANIM", b"ANMF"):
        yield (
            f"WEBP that repeats a {kind.decode()}",
            extended + (kind + struct.pack("<I", 8) + noise(8).tobytes()) * 2_000,
        )
    moving = encode(color, "WEBP", save_all=True, append_images=[clear.convert("RGB")] * 3)
    at = moving.index(b"ANMF") + 8
    for place in (b"\xff" * 6, b"\0" * 6, b"\x10\0\0\x10\0\0"):
        yield f"WEBP whose frame is at {place.hex()}", claimed(moving, (at, place))
    yield "WEBP whose frame is large", claimed(moving, (at + 6, b"\xff\xff\0\xff\xff\0"))


def avifs() -> Iterator[tuple[str, bytes]]:
    data = encode(Image.fromarray(noise(32, 48, 4)), "AVIF", speed=10)
    at = data.index(b"ispe") + 8
    for width, height in ((0, 0), (2**31, 2**31), (32_768, 32_768), (2_800, 2_800), (1, 1), (5_000, 4_000)):
        yield f"AVIF that claims {width} by {height}", claimed(data, (at, struct.pack(">II", width, height)))
    for brand in (b"avis", b"avio", b"mif1", b"heic", b"MA1B", b"\0\0\0\0"):
        yield f"AVIF of brand {brand.decode()}", claimed(data, (8, brand))
    for box in (b"meta", b"iloc", b"iinf", b"iprp", b"ipco", b"ispe", b"av1C", b"mdat"):
        place = data.index(box) - 4
        for size in (0, 1, 7, 8, 2**31):
            yield f"AVIF whose {box.decode()} is {size} bytes", claimed(data, (place, struct.pack(">I", size)))
        yield f"AVIF without {box.decode()}", data.replace(box, b"free")
    yield "AVIF in many boxes", data[:32] + struct.pack(">I4s", 8, b"free") * 50_000 + data[32:]
    yield "AVIF of zeros", data[: data.index(b"mdat") + 4] + bytes(5_000)
    large = encode(Image.new("RGB", (2_800, 2_800), "teal"), "AVIF", speed=10, subsampling="4:4:4")
    yield "AVIF as large as may be", large
    yield "AVIF as large as may be, cut", large[: len(large) * 9 // 10]
    yield "AVIF packed otherwise", data + zlib.compress(data)
