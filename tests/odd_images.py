"""Odd and hostile images, made here: whatever Pillow can write, cut, flipped and renamed, and files made by hand.

`odd_images` has them all by group, the same at every call. Each has to be a small RGB image or one sentence.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

from tests import odd_jpegs, odd_pngs, odd_tiffs
from tests.odd_bytes import encode, noise

Named = Iterator[tuple[str, bytes]]
MODES = ("1", "L", "P", "PA", "LA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "I", "I;16", "F")
NOT_ASKED = {"PDF"}  # writes the time of day; `of_other_kinds` has one


def of_every_format() -> Named:
    """Every format in every mode that Pillow writes it in."""
    Image.init()
    color = Image.fromarray(noise(20, 24, 3))
    for name in sorted(Image.SAVE.keys() - NOT_ASKED):
        for mode in MODES:
            image = Image.new(mode, color.size) if mode in ("PA", "LAB", "HSV", "I;16") else color.convert(mode)
            try:
                yield f"{name} {mode}", encode(image, name)
            except Exception:  # not in this mode, or a program or handler is missing
                continue


def whole() -> dict[str, bytes]:
    """Good images of the kinds that are opened, to be damaged."""
    color, other = (Image.fromarray(noise(40, 60, 3, seed=seed)) for seed in (0, 1))
    see_through = color.copy()
    see_through.putalpha(Image.fromarray(noise(40, 60)))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Make] = 6, "a camera"
    both = {"save_all": True, "append_images": [other]}
    return {
        "jpg": encode(color, "JPEG", exif=exif),
        "progressive.jpg": encode(color, "JPEG", progressive=True, quality=95, subsampling=0),
        "cmyk.jpg": encode(color.convert("CMYK"), "JPEG"),
        "mpo": encode(color, "MPO", **both),
        "png": encode(see_through, "PNG", exif=exif, icc_profile=bytes(range(256)) * 2),
        "palette.png": encode(color.quantize(), "PNG", transparency=3),
        "deep.png": encode(Image.fromarray(noise(40, 60).astype(np.uint16) * 257), "PNG"),
        "animated.png": encode(color, "PNG", **both),
        "gif": encode(color.quantize(), "GIF", **both),
        "webp": encode(see_through, "WEBP", exif=exif),
        "lossless.webp": encode(see_through, "WEBP", lossless=True),
        "animated.webp": encode(color, "WEBP", **both),
        "bmp": encode(color.quantize(), "BMP"),
        "tif": encode(see_through, "TIFF", compression="tiff_lzw", exif=exif),
        "deflate.tif": encode(color, "TIFF", compression="tiff_adobe_deflate"),
        "avif": encode(see_through, "AVIF", exif=exif, speed=10),
    }


def cut() -> Named:
    """Each cut off after every tenth."""
    for name, data in whole().items():
        for tenth in range(1, 10):
            yield f"{tenth} tenths of a {name}", data[: len(data) * tenth // 10]


def flipped() -> Named:
    """Each with some bits flipped: near the beginning, where headers are, or anywhere."""
    for number, (name, data) in enumerate(whole().items()):
        for trial in range(12):
            rng = np.random.default_rng((0, number, trial))
            broken = np.frombuffer(data, np.uint8).copy()
            places = rng.integers(0, len(broken) if trial % 2 else min(200, len(broken)), rng.integers(1, 12))
            broken[places] ^= np.uint8(1) << rng.integers(0, 8, len(places), dtype=np.uint8)
            yield f"{name} flipped {trial}", broken.tobytes()


def turned() -> Named:
    """Every EXIF orientation, those that do not exist, and broken EXIF."""
    image = Image.fromarray(noise(20, 30, 3))
    for orientation in (*range(10), 65_535):
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        for name in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF"):
            yield f"{name} turned {orientation}", encode(image, name, exif=exif)
    loop = b"MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x08\0\0\0\x08"  # a directory that is its own child
    long = b"II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\xff\xff\xff\xff\0\0\0\0" * 5_000
    for place, exif in enumerate((b"", b"Exif\0\0", b"MM\0*\0\0\xff\xff", b"nonsense", loop, long, b"II*\0" * 15_000)):
        for name in ("JPEG", "PNG", "WEBP"):  # Pillow writes no broken EXIF into an AVIF
            yield f"{name} with EXIF {place}", encode(image, name, exif=b"Exif\0\0" + exif)


def described() -> Named:
    """Broken and huge profiles and texts, and transparency that there is no colour for."""
    image = Image.fromarray(noise(20, 30, 3))
    for place, profile in enumerate((b"\0" * 128, b"ADSP" * 100_000, bytes(4_000_000), noise(500_000).tobytes())):
        for name in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF"):
            yield f"{name} with profile {place}", encode(image, name, icc_profile=profile)
    xmp = b"<x>" * 100_000
    for name in ("JPEG", "WEBP", "AVIF"):
        yield f"{name} with XMP", encode(image, name, xmp=xmp[:60_000] if name == "JPEG" else xmp)
    texts = PngImagePlugin.PngInfo()
    for number in range(2_000):
        texts.add_text(f"key {number}", "x" * 300, zip=number % 2 == 1)
    yield "PNG with texts", encode(image, "PNG", pnginfo=texts)
    for name, transparency in {"0": 0, "255": 255, "all": bytes(256), "three": bytes(3)}.items():
        yield f"palette, transparent: {name}", encode(image.quantize(), "PNG", transparency=transparency)
    yield "GIF, transparent beyond", encode(image.quantize(4), "GIF", transparency=200)


def of_sizes() -> Named:
    """One pixel, long strips, and as much as there may be or a little more."""
    for name in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"):
        longest = {"WEBP": 16_383, "AVIF": 16_384}.get(name, 65_500)
        for size in ((1, 1), (1, 2), (7, 1), (longest, 1), (1, longest), (31, 33)):
            yield f"{name} of {size[0]} by {size[1]}", encode(Image.new("RGB", size, "teal"), name)
    for name, size in (("JPEG", (8_000, 6_000)), ("JPEG", (8_000, 6_300)), ("GIF", (5_000, 5_000))):
        yield f"{name} of {size[0]} by {size[1]}", encode(Image.new("L", size, 77), name)
    yield (
        "WEBP as large as may be",
        encode(Image.new("RGBA", (2_800, 2_850), (9, 9, 200, 99)), "WEBP", quality=0, method=0),
    )


def of_many_frames() -> Named:
    frames = [Image.new("L", (8, 8), shade % 256) for shade in range(600)]
    for name, count in (("GIF", 600), ("PNG", 600), ("WEBP", 300), ("TIFF", 600), ("MPO", 60), ("AVIF", 10)):
        images = frames if name != "MPO" else [frame.convert("RGB") for frame in frames]
        yield f"{name} of {count} frames", encode(images[0], name, save_all=True, append_images=images[1:count])


def polyglots() -> Named:
    """Images that are something else too."""
    good, archive = whole(), io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("homework.txt", "x" * 1_000_000)
    page = b"<html><script>alert(1)</script></html>"
    for name in ("jpg", "png", "gif", "webp", "bmp", "tif", "avif"):
        yield f"{name} and zip", good[name] + archive.getvalue()
        yield f"{name} and a page", good[name] + page
        yield f"a page and {name}", page + good[name]
        yield f"{name} and {name}", good[name] * 2
        yield f"{name} after zeros", bytes(512) + good[name]
    yield "GIF and JavaScript", good["gif"][:6] + b"/*" + good["gif"][8:] + b"*/=1;alert(1)"
    yield "BMP and JavaScript", b"BM=1;/*" + good["bmp"][7:] + b"*/;alert(1)"
    yield "PDF and JPEG", b"%PDF-1.4\n" + good["jpg"]
    yield "JPEG with PHP", good["jpg"][:2] + b"\xff\xfe\0\x1c<?php system($_GET[0]); ?>" + good["jpg"][2:]


def of_other_kinds() -> Named:
    """Files that are no photo, some of them called one."""
    good = whole()
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(touched) (w) file closefile showpage\n"
    yield "EPS", script
    yield (
        "EPS with a preview",
        b"\xc5\xd0\xd3\xc6" + struct.pack("<6I", 32, len(script), 0, 0, 0, 0) + b"\xff\xff\0\0" + script,
    )
    yield "EPS behind a JPEG's first bytes", b"\xff\xd8\xff" + script
    kinds = {
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        "SVG of entities": b"<?xml version='1.0'?><!DOCTYPE s [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><svg>&b;</svg>",
        "PDF": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>",
        "HTML": b"<!doctype html><html><img src=x onerror=alert(1)></html>",
        "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(300),
        "JPEG XL": b"\xff\x0a\xfa\x7f\x01\x90\x08" + bytes(60),
        "JPEG XL in boxes": b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(60),
        "Photoshop": b"8BPS\0\x01" + bytes(6) + struct.pack(">HIIHH", 3, 9, 9, 8, 3) + bytes(100),
        "video": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(200),
        "gzip": zlib.compress(bytes(1000), wbits=31),
        "PPM of 10 gigapixels": b"P6\n99999 99999\n255\n" + bytes(50),
        "XPM": b'/* XPM */ static char *a[] = {"9999 9999 2 1", "a c #fff"};',
        "FITS": b"SIMPLE  =                    T" + b" " * 2850,
        "text in UTF-16": "dear teacher".encode("utf-16"),
        "zeros": bytes(5_000),
        "noise": noise(5_000).tobytes(),
        "nothing": b"",
    }
    yield from kinds.items()
    for name in ("jpg", "png", "gif", "webp", "bmp", "tif", "avif"):
        for other in ("jpg", "png", "tif"):
            if other != name:
                yield f"{name} that begins as a {other}", good[other][:8] + good[name][8:]
        yield f"{name} of only 12 bytes", good[name][:12]


GROUPS: dict[str, Callable[[], Named]] = {
    group.__name__: group
    for group in (
        of_every_format, cut, flipped, turned, described, of_sizes, of_many_frames, polyglots, of_other_kinds,
        odd_jpegs.jpegs, odd_pngs.pngs, odd_pngs.gifs,
        odd_tiffs.tiffs, odd_tiffs.bitmaps, odd_tiffs.webps, odd_tiffs.avifs,
    )
}  # fmt: skip


def odd_images() -> Named:
    """All of them."""
    for group in GROUPS.values():
        yield from group()
