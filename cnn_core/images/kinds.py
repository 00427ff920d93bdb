"""What a file is, by its first bytes, and the sentences for who chose one that cannot be used.

HEIC, SVG, PDF and web pages are recognized, so that the sentence can say how to make a photo of them.
"""

from typing import NamedTuple

# The only decoders that a stranger's bytes reach. Left out: decoders that loop in Python (PNM, TGA) or open a second,
# unmeasured image inside the first (ICO), one that starts another program (EPS), and formats in which nobody takes
# photos.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")

SMALLER = "save it smaller, or take a screenshot of it, and try again"
AS_JPEG = "open it on your own device, save it as JPEG or PNG, and try again"
_SCREENSHOT = "open it, take a screenshot of what you want to show, and try again"


class ImageError(ValueError):
    """A file that cannot be used as an image; the message is one sentence for the person who chose it."""


class _Kind(NamedTuple):
    """A kind of file, by the bytes with which it begins at some offset."""

    offset: int
    signature: bytes
    name: str
    advice: str = AS_JPEG


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
    _Kind(0, b"%!PS", "a PostScript drawing", _SCREENSHOT),
    _Kind(0, b"\xc5\xd0\xd3\xc6", "a PostScript drawing", _SCREENSHOT),
)
_MARKUP = (  # looked for anywhere near the beginning
    (b"<svg", "an SVG drawing, which has no pixels", "open it in a browser, take a screenshot of it, and try again"),
    (b"<html", "a web page", "save the image on it, not the page, and try again"),
)


def unreadable(image_format: str) -> ImageError:
    """The error for bytes that begin as an image of this format, and do not go on so."""
    return ImageError(f"The {image_format} image is damaged, cut off or of a rare kind; {AS_JPEG}.")


def unopened(data: bytes) -> ImageError:
    """The error for a file that no decoder takes."""
    name, advice = _kind(data)
    if name in FORMATS:
        return unreadable(name)
    return ImageError(f"A photo was expected, but this file is {name}; {advice}.")


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
        return "of another kind", AS_JPEG
    return "text", "choose a photo, and try again"
