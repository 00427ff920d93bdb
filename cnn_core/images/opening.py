"""An image from outside, made safe.

`open_image` takes the bytes of any file. It returns an upright RGB image on white, with a longest side of at most 1,024
pixels and no metadata, or raises ImageError, whose one sentence says what came and what to do. Of an animation the
first frame is used. Not supported: colour profiles, and formats beyond FORMATS. HEIC, SVG, PDF and web pages are
recognized, so that the sentence can say how to make a photo of them.
"""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

# The only decoders that a stranger's bytes reach. Left out: decoders that loop in Python (PNM, TGA) or open a second,
# unmeasured image inside the first (ICO), and formats in which nobody takes photos.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
MAX_BYTES = 20_000_000  # as maxUploadSize in .streamlit/config.toml, so that every refused file gets a sentence
MAX_PIXELS = 25_000_000  # a 24-megapixel camera
# Their decoders keep at least four copies of the image, the others two: all stay below 250 MB.
FEWER_PIXELS = {"WEBP": 12_500_000, "AVIF": 12_500_000}
MAX_SCANS = 100  # of a progressive JPEG, which needs about ten; each scan visits every pixel
MAX_SIDE = 1024  # of the image that is kept
ENOUGH = 768  # a JPEG is decoded at a half, quarter or eighth, if that is no shorter: 12 megapixels in 25 ms, not 260
PATIENCE = 20  # seconds to wait for other visitors' photos

# Compressions of a TIFF that take time in proportion to its pixels; JPEG inside a TIFF can have any number of scans.
_PLAIN_TIFF = ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "group3", "group4")

_SMALLER = "save it smaller, or take a screenshot of it, and try again"
_AS_JPEG = "open it on your own device, save it as JPEG or PNG, and try again"
_SCREENSHOT = "open it, take a screenshot of what you want to show, and try again"


class _Kind(NamedTuple):
    """A kind of file, by the bytes with which it begins at some offset."""

    offset: int
    signature: bytes
    name: str
    advice: str = _AS_JPEG


_HEIC = ("a HEIC photo", "share it from the phone as JPEG, or take a screenshot of it, and try again")
_KINDS = (  # the first that fits names the file
    _Kind(0, b"\xff\xd8\xff", "JPEG"),
    _Kind(0, b"\x89PNG", "PNG"),
    _Kind(8, b"WEBP", "WEBP"),
    _Kind(0, b"GIF8", "GIF"),
    _Kind(0, b"BM", "BMP"),
    _Kind(0, b"II*\0", "TIFF"),
    _Kind(0, b"MM\0*", "TIFF"),
    _Kind(4, b"ftypavi", "AVIF"),
    *(_Kind(4, b"ftyp" + brand, *_HEIC) for brand in (b"hei", b"hev", b"mif1", b"msf1")),
    _Kind(4, b"ftyp", "a video", _SCREENSHOT),
    _Kind(0, b"%PDF", "a PDF document", _SCREENSHOT),
    _Kind(0, b"PK\3\4", "a zip archive or an office document", "take the photo out of it, and try again"),
    _Kind(0, b"\0\0\1\0", "a Windows icon"),
    _Kind(0, b"\0\0\0\x0cjP", "a JPEG 2000 image"),
    _Kind(0, b"\xff\x0a", "a JPEG XL image"),
    _Kind(0, b"\0\0\0\x0cJXL", "a JPEG XL image"),
    _Kind(0, b"8BPS", "a Photoshop file"),
)
_MARKUP = (  # looked for anywhere near the beginning
    (b"<svg", "an SVG drawing, which has no pixels", "open it in a browser, take a screenshot of it, and try again"),
    (b"<html", "a web page", "save the image on it, not the page, and try again"),
)

_decoding = threading.Lock()  # one image can take 250 MB, and thirty visitors may upload at once: they take turns


class ImageError(ValueError):
    """A file that cannot be used as an image; the message is one sentence for the person who chose it."""


def open_image(data: bytes) -> Image.Image:
    """The image in `data`: mode RGB, upright, transparency on white, longest side at most MAX_SIDE.

    Raises ImageError for everything else, and when other visitors' images take longer than PATIENCE seconds.
    """
    if not data:
        raise ImageError("The file is empty (0 bytes); choose another photo.")
    if len(data) > MAX_BYTES:
        megabytes = f"{len(data) / 1e6:.1f} MB, but at most {MAX_BYTES / 1e6:.0f} MB can be read"
        raise ImageError(f"The file has {megabytes}; {_SMALLER}.")
    with _my_turn():
        image = _open(data)
        _check_cost(image, data)
        try:
            return _normalize(image, data)
        except MemoryError as error:
            raise ImageError("The server has no memory left for this image; try again in a minute.") from error
        except Exception as error:  # as in _open
            raise _unreadable("JPEG" if image.format == "MPO" else image.format) from error


@contextmanager
def _my_turn() -> Iterator[None]:
    if not _decoding.acquire(timeout=PATIENCE):
        raise ImageError("Many photos are being opened just now; try again in a minute.")
    try:
        yield
    finally:
        _decoding.release()


def _open(data: bytes) -> Image.Image:
    """The image's header, nothing decoded yet."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # a warning where warnings are errors
        raise ImageError(f"The image has far more than {MAX_PIXELS / 1e6:.0f} megapixels; {_SMALLER}.") from None
    except Exception as error:  # broken bytes lead decoders into OSError, SyntaxError, struct.error, IndexError, ...
        name, advice = _kind(data)
        if name in FORMATS:
            raise _unreadable(name) from error
        raise ImageError(f"A photo was expected, but this file is {name}; {advice}.") from error


def _check_cost(image: Image.Image, data: bytes) -> None:
    """Refuse what would take too much memory or time, before anything is decoded."""
    most = FEWER_PIXELS.get(image.format, MAX_PIXELS)
    tile = [image.tag_v2.get(tag, 0) for tag in (322, 323)] if image.format == "TIFF" else [0, 0]
    if not all(isinstance(side, int) for side in tile):
        raise _unreadable("TIFF")
    if max(image.width * image.height, tile[0] * tile[1]) > most:
        raise ImageError(
            f"The image has {image.width:,} × {image.height:,} = "
            f"{image.width * image.height / 1e6:.0f} megapixels, but at most {most / 1e6:.0f} can be read; {_SMALLER}."
        )
    # In a JPEG's pixels a byte FF is never followed by DA, so this counts its scans, give or take those of a thumbnail.
    is_slow = image.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > MAX_SCANS
    if is_slow or (image.format == "TIFF" and image.info.get("compression") not in _PLAIN_TIFF):
        raise ImageError(f"The image is compressed in a way that takes too long to open; {_AS_JPEG}.")


def _unreadable(image_format: str) -> ImageError:
    return ImageError(f"The {image_format} image is damaged, cut off or of a rare kind; {_AS_JPEG}.")


def _kind(data: bytes) -> tuple[str, str]:
    """What the file seems to be, one of FORMATS or words for something else, and what to do with it."""
    for kind in _KINDS:
        if data.startswith(kind.signature, kind.offset):
            return kind.name, kind.advice
    head = data[:1024].lower()
    for signature, name, advice in _MARKUP:
        if signature in head:
            return name, advice
    if b"\0" in head:
        return "of another kind", _AS_JPEG
    return "text", "choose a photo, and try again"


def _normalize(image: Image.Image, data: bytes) -> Image.Image:
    """Decode, shrink, turn upright, and lay on white; shrinking comes early because it saves the most work."""
    shrink = max(1, max(image.size) / ENOUGH)
    image.draft(None, (int(image.width / shrink), int(image.height / shrink)))
    _forget_xmp(image)
    image.load()
    _forget_xmp(image)  # a PNG may have it after its pixels
    image = _with_eight_bits(image, data)
    wanted = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode != wanted:  # `convert` would copy it all the same
        image = image.convert(wanted)
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    image = _upright(image)
    canvas = Image.new("RGB", image.size, "white")  # a new image, so that no metadata goes along
    canvas.paste(image, mask=image if image.mode == "RGBA" else None)
    return canvas


def _forget_xmp(image: Image.Image) -> None:
    """Pillow would turn an image as its XMP says, which phones and browsers ignore."""
    for name in ("xmp", "XML:com.adobe.xmp"):
        image.info.pop(name, None)


def _with_eight_bits(image: Image.Image, data: bytes) -> Image.Image:
    """Gray of another depth, and the transparent gray of a PNG, in the eight bits of all others."""
    transparent = image.info.get("transparency")
    if image.mode in ("I", "F"):
        raise ValueError("32-bit numbers have no fixed value for white")
    if image.mode.startswith("I;16"):  # `convert` would clip at 255 instead of scaling
        values = np.asarray(image)
        gray = Image.fromarray((values >> 8).astype(np.uint8))
        if transparent is None:
            return gray
        return Image.merge("LA", (gray, Image.fromarray((values != transparent).astype(np.uint8) * np.uint8(255))))
    if image.format == "PNG" and image.mode in ("L", "RGB") and transparent is not None:
        depth = data[24]  # in the header, whose place is fixed
        key = np.array(transparent)
        image.info["transparency"] = (key >> 8 if depth == 16 else key * 255 // (2**depth - 1)).tolist()
    return image


def _upright(image: Image.Image) -> Image.Image:
    """The image turned as its EXIF orientation says; broken EXIF is no reason to refuse a good image."""
    upright = image.copy()  # a copy reads its EXIF anew, without the XMP that a JPEG mixes in when it is opened
    try:
        ImageOps.exif_transpose(upright, in_place=True)
    except Exception:  # as in _open
        return image
    return upright
