"""An image from outside, made safe to use: decoded in this process, within limits that are checked beforehand.

`open_image` takes the bytes of any file. It returns an upright RGB image on white, with a longest side of at most 1,024
pixels and no metadata, or raises ImageError, whose one sentence says what came and what to do. Of an animation the
first frame is used. Not supported: colour profiles, and formats beyond FORMATS.

The limits are those of honest files. What a hostile one does to a decoder ends only where a process ends: see `apart`.
"""

import io
import math

import numpy as np
from PIL import Image, ImageOps
from PIL.ImageFile import ImageFile

from cnn_core.images.kinds import AS_JPEG, FORMATS, SMALLER, ImageError, unopened, unreadable

MAX_BYTES = 20_000_000  # less than maxUploadSize in .streamlit/config.toml, so that every refused file gets a sentence
# Megapixels whose decoding takes at most 130 MB: most take 4 bytes for each, WebP 16. A JPEG is decoded to a fraction;
# for a progressive one see `_most`. 25 and 50: cameras and phones have 24 and 48.
MEGAPIXELS = {"JPEG": 50, "PNG": 25, "GIF": 25, "BMP": 25, "TIFF": 10, "WEBP": 8, "AVIF": 8}
MAX_SCANS = 100  # of a progressive JPEG, which needs about ten; each scan visits every pixel
MAX_SIDE = 1024  # of the image that is kept
ENOUGH = 768  # a JPEG is decoded at a half, quarter or eighth, if that is no shorter: 12 megapixels in 25 ms, not 260
NO_MEMORY = "There is no memory left for this image; try again in a minute."
TOO_LONG = f"The image is compressed in a way that takes too long to open; {AS_JPEG}."

# Compressions of a TIFF that take time in proportion to its pixels; JPEG inside a TIFF can have any number of scans.
_PLAIN_TIFF = ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "group3", "group4")
_BAND = 500_000  # pixels that are brought into the form of all others at a time: a copy of the whole would take 100 MB


class Heavy(Exception):
    """An image that may be decoded, and takes more than most."""


def open_image(data: bytes) -> Image.Image:
    """The image in `data`: mode RGB, upright, transparency on white, longest side at most MAX_SIDE.

    Raises ImageError for everything else. It takes whatever time and memory the decoder does: for a file of one's own.
    """
    check_size(data)
    try:
        return decoded(checked(data), data)
    except MemoryError as error:
        raise ImageError(NO_MEMORY) from error


def check_size(data: bytes, most: float = MAX_BYTES) -> None:
    """Refuse what no decoder needs to see: nothing, and more bytes than this."""
    if not data:
        raise ImageError("The file is empty (0 bytes); choose another photo.")
    if len(data) > most:
        megabytes = f"{len(data) / 1e6:.1f} MB, but at most {most / 1e6:.0f} MB can be read"
        raise ImageError(f"The file has {megabytes}; {SMALLER}.")


def checked(data: bytes, share: float = 1.0) -> ImageFile:
    """The image with nothing decoded but its header, which says that decoding takes no more than it may.

    Raises ImageError, or Heavy for more than this share of the pixels that it may have.
    """
    if size := webp_size(data):  # its decoder takes the memory as soon as it is opened
        _check_pixels(size, MEGAPIXELS["WEBP"], share)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # a warning where warnings are errors
        raise ImageError(f"The image has far more than {max(MEGAPIXELS.values())} megapixels; {SMALLER}.") from None
    except MemoryError:
        raise
    except Exception as error:  # broken bytes lead decoders into OSError, SyntaxError, struct.error, IndexError, ...
        raise unopened(data) from error
    name = _name(image)
    _check_pixels(image.size, _most(image), share)
    # In a JPEG's pixels a byte FF is never followed by DA, so this counts its scans, give or take those of a thumbnail.
    if name == "JPEG" and data.count(b"\xff\xda") > MAX_SCANS:
        raise ImageError(TOO_LONG)
    if name == "TIFF":
        _check_tiff(image)
    return image


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height as a WebP's first chunk has them; None for other files."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


def decoded(image: ImageFile, data: bytes) -> Image.Image:
    """The pixels of an image that was checked. Raises ImageError, or MemoryError."""
    try:
        return _normalize(image, data)
    except MemoryError:
        raise
    except Exception as error:  # as in `checked`
        raise unreadable(_name(image)) from error


def _name(image: ImageFile) -> str:
    return "JPEG" if image.format == "MPO" else image.format


def _most(image: ImageFile) -> int:
    """How many megapixels of this kind of image may be decoded."""
    name = _name(image)
    if name == "JPEG" and "progressive" in image.info:  # it is kept whole, in 2 bytes for each pixel of each channel
        across, down = (max(1, *(layer[place] for layer in image.layer)) for place in (1, 2))
        channels = max(1, sum(layer[1] * layer[2] for layer in image.layer) / (across * down))
        return min(MEGAPIXELS[name], int(125 / (2 * channels)))
    return MEGAPIXELS[name]


def _check_pixels(size: tuple[int, int], most: int, share: float) -> None:
    megapixels = size[0] * size[1] / 1e6
    if megapixels > most:
        has = f"{size[0]:,} × {size[1]:,} = {math.ceil(megapixels)} megapixels"
        raise ImageError(f"The image has {has}, but at most {most} can be read; {SMALLER}.")
    if megapixels > most * share:
        raise Heavy


def _check_tiff(image: ImageFile) -> None:
    """A small TIFF may say that its tiles are large, and each is decoded whole."""
    tile = [image.tag_v2.get(tag, 0) for tag in (322, 323)]
    if not all(isinstance(side, int) for side in tile) or tile[0] * tile[1] > MEGAPIXELS["TIFF"] * 1e6:
        raise unreadable("TIFF")
    if image.info.get("compression") not in _PLAIN_TIFF:
        raise ImageError(TOO_LONG)


def _normalize(image: ImageFile, data: bytes) -> Image.Image:
    """Decode, shrink, turn upright, and lay on white; shrinking comes early because it saves the most work."""
    shrink = max(1, max(image.size) / ENOUGH)
    image.draft(None, (int(image.width / shrink), int(image.height / shrink)))
    _forget_xmp(image)
    image.load()
    _forget_xmp(image)  # a PNG may have it after its pixels
    small, info = _on_white(image, data), image.info
    image.close()
    small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    small.info = info
    upright = _upright(small)
    upright.info = {}  # the metadata stays behind
    return upright


def _on_white(image: Image.Image, data: bytes) -> Image.Image:
    """An RGB image, band by band, of about twice the size that is kept: the means of whole blocks of pixels.

    Shrinking the rest of the way is then as good, and the whole image is never copied.
    """
    block = max(1, max(image.size) // (3 * MAX_SIDE // 2))
    canvas = Image.new("RGB", (-(-image.width // block), -(-image.height // block)))
    rows = block * max(1, _BAND // (image.width * block))
    for top in range(0, image.height, rows):
        band = _with_eight_bits(image.crop((0, top, image.width, min(top + rows, image.height))), data, image.format)
        if band.has_transparency_data:
            band = band.convert("RGBA")
            white = Image.new("RGB", band.size, "white")
            white.paste(band, mask=band)
            band = white
        canvas.paste(band.convert("RGB").reduce(block), (0, top // block))
    return canvas


def _forget_xmp(image: Image.Image) -> None:
    """Pillow would turn an image as its XMP says, which phones and browsers ignore."""
    for name in ("xmp", "XML:com.adobe.xmp"):
        image.info.pop(name, None)


def _with_eight_bits(image: Image.Image, data: bytes, image_format: str) -> Image.Image:
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
    if image_format == "PNG" and image.mode in ("L", "RGB") and transparent is not None:
        depth = data[24]  # in the header, whose place is fixed
        key = np.array(transparent)
        image.info["transparency"] = (key >> 8 if depth == 16 else key * 255 // (2**depth - 1)).tolist()
    return image


def _upright(image: Image.Image) -> Image.Image:
    """The image turned as its EXIF orientation says; broken EXIF is no reason to refuse a good image."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # as in `checked`
        return image
