"""An image from outside, made safe and 32x32.

`open_image` takes the bytes of any file. What comes back is an upright RGB picture on white, at most 1,024 pixels long,
without metadata; or ImageError, whose one sentence says what was expected, what came and what to do. The first frame
of an animation is the picture. Not covered: colour profiles, and formats beyond the five (no HEIC, TIFF, SVG).
"""

import io
import threading
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from cnn_core.config import IMAGE_SHAPE

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")  # the only decoders that a stranger's bytes reach
MAX_BYTES = 10_000_000
MAX_PIXELS = 25_000_000  # a 24-megapixel camera
MAX_SIDE = 1024  # of the picture that is kept
ENOUGH = 768  # a JPEG decodes to a half, quarter or eighth that is no shorter: 12 megapixels in 25 ms instead of 260

_SMALLER = "save it smaller, or take a screenshot of it, and try again"

# How files begin, at which offset, that people take for pictures; the first that fits names the file.
_SIGNATURES = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG", "PNG"),
    (8, b"WEBP", "WEBP"),
    (0, b"GIF8", "GIF"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyp", "a HEIC photo or a video"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\3\4", "a zip archive or an office document"),
)

# Thirty visitors may upload at once, and one decoded picture can take 100 MB: they take turns.
_decoding = threading.Lock()


class ImageError(ValueError):
    """A file that cannot be used as a picture; the message is one sentence for the person who chose it."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of a picture, whatever the picture's size. The default is the largest square in the middle.

    x and y say how far the square stands along its free way: 0 at the left (top) edge, 0.5 in the middle, 1 at the
    right (bottom) edge. size is its side as a share of the picture's shorter side. So every crop fits every picture.
    """

    x: float = 0.5
    y: float = 0.5
    size: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1 and 0 < self.size <= 1):
            raise ValueError(f"A crop has x and y from 0 to 1 and a size above 0 and up to 1; this is {self}.")


def open_image(data: bytes) -> Image.Image:
    """The picture in `data`: mode RGB, upright, transparency on white, longest side at most MAX_SIDE.

    Raises ImageError for everything else.
    """
    if not data:
        raise ImageError("The file is empty (0 bytes); choose another picture.")
    if len(data) > MAX_BYTES:
        megabytes = f"{len(data) / 1e6:.1f} MB, and at most {MAX_BYTES / 1e6:.0f} MB are read"
        raise ImageError(f"The file has {megabytes}; {_SMALLER}.")
    with _decoding:
        image = _open(data)
        _check_pixels(image)
        try:
            return _normalize(image)
        except Exception as error:  # as in _open
            raise _damaged(image.format) from error


def square_crop(image: Image.Image, crop: Crop | None = None) -> Image.Image:
    """The square of the picture, in whole pixels; by default the largest one in the middle."""
    crop = crop or Crop()
    side = max(1, round(crop.size * min(image.size)))
    left = round(crop.x * (image.width - side))
    top = round(crop.y * (image.height - side))
    return image.crop((left, top, left + side, top + side))


def to_network_input(image: Image.Image, crop: Crop | None = None) -> np.ndarray:
    """The crop of an RGB picture as the network gets it: uint8 (32, 32, 3). 32x32 pixels go through unchanged.

    Each value is the mean of the area it covers (a box filter): what a camera with 32x32 cells would have seen. That
    is an average a class can check by hand, it does not alias, and it invents no values as sharper filters do.
    """
    return np.asarray(square_crop(image, crop).resize(IMAGE_SHAPE[:2], Image.Resampling.BOX))


def enlarge(image: np.ndarray, times: int = 16) -> np.ndarray:
    """Every pixel of an image (h, w, 3) as a square of `times` x `times`: nearest neighbour, nothing is smoothed."""
    return image.repeat(times, axis=0).repeat(times, axis=1)


def _open(data: bytes) -> Image.Image:
    """The picture's header, nothing decoded yet."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # a warning where warnings are errors
        raise ImageError(f"The picture has far more than {MAX_PIXELS / 1e6:.0f} megapixels; {_SMALLER}.") from None
    except Exception as error:  # broken bytes lead decoders into OSError, SyntaxError, struct.error, IndexError, ...
        kind = _kind(data)
        if kind in FORMATS:
            raise _damaged(kind) from error
        raise ImageError(
            f"Expected a JPEG, PNG, WebP, GIF or BMP picture; this file is {kind}: save the picture in one of these "
            "formats, or take a screenshot of it, and try again."
        ) from error


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise ImageError(
            f"The picture has {image.width:,} × {image.height:,} = {image.width * image.height / 1e6:.0f} megapixels, "
            f"and at most {MAX_PIXELS / 1e6:.0f} are read; {_SMALLER}."
        )


def _damaged(image_format: str) -> ImageError:
    return ImageError(
        f"The {image_format} picture is damaged or cut off; open it on your own device, save it anew, and try again."
    )


def _kind(data: bytes) -> str:
    """What the file seems to be: one of FORMATS, or words for something else."""
    for offset, signature, kind in _SIGNATURES:
        if data.startswith(signature, offset):
            return kind
    head = data[:1024]
    if b"<svg" in head:
        return "an SVG drawing"
    return "of another kind" if b"\0" in head else "text"


def _normalize(image: Image.Image) -> Image.Image:
    """Decode, turn upright, shrink, and lay on white; shrinking comes early because it is what keeps it cheap."""
    shrink = max(1, max(image.size) / ENOUGH)
    image.draft(None, (int(image.width / shrink), int(image.height / shrink)))
    image.load()
    _turn_upright(image)
    if image.mode.startswith("I;16"):  # `convert` would clip at 255 instead of scaling
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", image.size, "white")  # a new picture, so that no metadata goes along
    canvas.paste(image, mask=image if image.mode == "RGBA" else None)
    return canvas


def _turn_upright(image: Image.Image) -> None:
    """Turn the picture as its EXIF orientation asks; broken EXIF is no reason to refuse a good picture."""
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except Exception:  # as in _open
        return
