"""Images in every form that phones and paint programs save, and files that only pretend to be one.

Forms are checked by their pixels; hostile files by the one sentence that the visitor reads.
"""

import io
import re
import struct

import numpy as np
import pytest
from odd_bytes import claimed, encode, noise, png, png_chunk, zeros_packed
from odd_jpegs import many_scans
from odd_tiffs import tiff
from PIL import ExifTags, Image, PngImagePlugin

from cnn_core import images
from cnn_core.images import PADDING, Crop, ImageError, open_image, opening

FORMATS = images.FORMATS
LOSSLESS = {"PNG": {}, "WEBP": {"lossless": True}, "BMP": {}, "TIFF": {}}
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def photo(image_format: str = "JPEG", size: tuple[int, int] = (200, 150)) -> bytes:
    return encode(Image.fromarray(noise(size[1], size[0], 3)), image_format)


def pixels(data: bytes) -> np.ndarray:
    image = open_image(data)
    assert image.mode == "RGB"
    return np.asarray(image).astype(int)


# What goes in comes out.


@pytest.mark.parametrize("image_format", LOSSLESS)
def test_a_image_of_32_by_32_reaches_the_network_unchanged(image_format):
    original = noise(32, 32, 3)
    data = encode(Image.fromarray(original), image_format, **LOSSLESS[image_format])
    seen = images.to_network_input(open_image(data))
    assert seen.dtype == np.uint8
    np.testing.assert_array_equal(seen, original)


@pytest.mark.parametrize("image_format", FORMATS)
def test_every_format_is_read(image_format):
    data = encode(Image.new("RGB", (40, 30), RED), image_format)
    np.testing.assert_allclose(pixels(data), np.broadcast_to(RED, (30, 40, 3)), atol=3)


@pytest.mark.parametrize("compression", [None, "packbits", "tiff_lzw", "tiff_adobe_deflate"])
def test_a_tiff_is_read_as_scanners_and_cameras_pack_it(compression):
    original = noise(20, 30, 3)
    data = encode(Image.fromarray(original), "TIFF", compression=compression)
    np.testing.assert_array_equal(pixels(data), original)


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation_is_the_image(image_format):
    options = {"lossless": True} if image_format == "WEBP" else {}
    frames = [Image.new("RGB", (20, 20), color) for color in (RED, BLUE)]
    data = encode(frames[0], image_format, save_all=True, append_images=frames[1:], **options)
    np.testing.assert_array_equal(pixels(data)[10, 10], RED)


def test_the_first_image_of_a_phones_double_image_is_read():
    frames = [Image.new("RGB", (64, 64), color) for color in (RED, BLUE)]
    data = encode(frames[0], "MPO", save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(pixels(data)[10, 10], RED, atol=2)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_exif_orientation_is_turned_upright(orientation, image_format):
    upright = Image.new("RGB", (48, 32), "white")
    upright.paste((255, 0, 0), (0, 0, 24, 16))  # red where it must be again at the end: top left
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # EXIF orientation: the transposition that stored it so
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exact = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(image_format, {})
    shown = pixels(encode(stored, image_format, exif=exif, **exact))
    assert shown.shape == (32, 48, 3)
    np.testing.assert_allclose(shown[4:12, 4:20], np.broadcast_to(RED, (8, 16, 3)), atol=3)
    np.testing.assert_allclose(shown[20:28], np.broadcast_to(WHITE, (8, 48, 3)), atol=3)


XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="{}"/></x:xmpmeta>'.format


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_only_exif_turns_an_image_as_in_a_browser(image_format):
    """XMP says "upside down"; phones and browsers ignore it, and show the image as it is stored."""
    stored = Image.new("RGB", (48, 32), "white")
    stored.paste(RED, (0, 0, 48, 16))
    xmp = XMP(3).encode()
    if image_format == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP(3))
        data = encode(stored, image_format, pnginfo=info)
    elif image_format == "TIFF":
        data = encode(stored, image_format, tiffinfo={700: xmp})
    else:
        data = encode(stored, image_format, xmp=xmp)
    assert Image.open(io.BytesIO(data)).getexif()[ExifTags.Base.Orientation] == 3, "Pillow would turn it"
    shown = pixels(data)
    np.testing.assert_allclose(shown[4], np.broadcast_to(RED, (48, 3)), atol=5)
    np.testing.assert_allclose(shown[28], np.broadcast_to(WHITE, (48, 3)), atol=5)


def test_metadata_stays_behind():
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "a camera"
    image = open_image(encode(Image.new("RGB", (8, 8)), "JPEG", exif=exif))
    assert not image.info
    assert not image.getexif()


# Pixels in other forms.


def test_transparency_lies_on_white():
    half_red = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    half_red.paste((255, 0, 0, 255), (0, 0, 2, 4))
    half_red.paste((0, 0, 0, 128), (2, 0, 3, 4))
    shown = pixels(encode(half_red))
    np.testing.assert_array_equal(shown[0, :2], [RED, RED])
    np.testing.assert_allclose(shown[0, 2], 127, atol=1)
    np.testing.assert_array_equal(shown[0, 3], WHITE)


@pytest.mark.parametrize(
    ("mode", "color", "transparency"),
    [("P", 0, 0), ("P", 0, bytes([0, 255])), ("L", 7, 7), ("RGB", (9, 8, 7), (9, 8, 7)), ("1", 0, 0)],
)
def test_a_transparent_colour_is_white(mode, color, transparency):
    image = Image.new(mode, (4, 4), color)
    if mode == "P":
        image.putpalette([9, 8, 7, 1, 2, 3])
    assert (pixels(encode(image, transparency=transparency)) == 255).all()


def test_a_transparent_gif_lies_on_white():
    frame = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    frame.paste(RED, (0, 0, 5, 10))
    shown = pixels(encode(frame, "GIF"))
    np.testing.assert_array_equal(shown[5, 2], RED)
    np.testing.assert_array_equal(shown[5, 8], WHITE)


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("L", 100, (100, 100, 100)),
        ("LA", (100, 255), (100, 100, 100)),
        ("LA", (100, 0), WHITE),
        ("1", 1, WHITE),
        ("1", 0, (0, 0, 0)),
        ("I;16", 0, (0, 0, 0)),
        ("I;16", 65535, WHITE),
        ("I;16", 128 * 257, (128, 128, 128)),
        ("I;16", 300, (1, 1, 1)),  # clipping at 255 instead of scaling would give white
    ],
)
def test_grey_images_become_rgb(mode, color, expected):
    assert (pixels(encode(Image.new(mode, (5, 5), color))) == expected).all()


def test_sixteen_bits_a_colour_are_scaled():
    rows = np.full((3, 3, 3), (65535, 128 * 257, 300), ">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    assert (pixels(png(3, 3, bits=16, color_type=2, raw=raw)) == (255, 128, 1)).all()


@pytest.mark.parametrize(
    ("bits", "color_type", "row", "transparent", "shown"),
    [
        (16, 0, struct.pack(">HHH", 0, 300, 65535), struct.pack(">H", 300), [0, 255, 255]),
        (8, 0, bytes([7, 8]), struct.pack(">H", 7), [255, 8]),
        (4, 0, bytes([0x12]), struct.pack(">H", 1), [255, 34]),
        (2, 0, bytes([0b00011011]), struct.pack(">H", 1), [0, 255, 170, 255]),
        (1, 0, bytes([0b01000000]), struct.pack(">H", 0), [255, 255]),
        (16, 2, struct.pack(">6H", *[300] * 3, *[512] * 3), struct.pack(">HHH", *[300] * 3), [255, 2]),
    ],
)
def test_the_transparent_colour_of_a_png_is_white_at_any_depth(bits, color_type, row, transparent, shown):
    key = png_chunk(b"tRNS", transparent)
    data = png(len(shown), 1, bits=bits, color_type=color_type, raw=b"\0" + row, before=key)
    assert pixels(data)[0, :, 0].tolist() == shown


def test_a_palette_gives_its_colours():
    image = Image.new("P", (3, 3), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    assert (pixels(encode(image)) == (10, 20, 30)).all()


def test_cmyk_becomes_rgb():
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    np.testing.assert_allclose(pixels(encode(cyan, "JPEG"))[8, 8], (0, 255, 255), atol=3)


# Size.


@pytest.mark.parametrize(("size", "kept"), [((1200, 600), (1024, 512)), ((150, 1500), (102, 1024)), ((50, 7), (50, 7))])
@pytest.mark.parametrize("image_format", FORMATS)
def test_large_images_shrink_and_small_ones_stay(size, kept, image_format):
    assert open_image(photo(image_format, size)).size == kept


def test_a_large_photo_decodes_to_a_fraction():
    assert open_image(photo("JPEG", (3200, 1600))).size == (800, 400)


@pytest.mark.parametrize("image_format", FORMATS)
def test_shrinking_does_not_alias(image_format):
    stripes = np.zeros((1500, 1500, 3), np.uint8)
    stripes[:, ::2] = 255  # one pixel white, one black: from afar it is grey
    shown = pixels(encode(Image.fromarray(stripes), image_format))
    np.testing.assert_allclose(shown[100:-100, 100:-100], 127, atol=6)


def test_a_strip_one_pixel_wide_is_a_image():
    image = open_image(photo("PNG", (3000, 1)))
    assert images.to_network_input(image).shape == (32, 32, 3)


# The crop.


def test_the_default_crop_is_the_middle_square():
    picture = noise(30, 50, 3)
    np.testing.assert_array_equal(images.square_crop(Image.fromarray(picture)), picture[:, 10:40])


@pytest.mark.parametrize(
    ("crop", "rows", "columns"),
    [
        (Crop(0, 0, 1), slice(0, 40), slice(0, 40)),
        (Crop(1, 0, 1), slice(0, 40), slice(60, 100)),
        (Crop(0, 1, 0.5), slice(20, 40), slice(0, 20)),
        (Crop(0.5, 0.5, 0.1), slice(18, 22), slice(48, 52)),
        (Crop(1, 1, 1e-9), slice(39, 40), slice(99, 100)),
    ],
)
def test_a_crop_is_these_pixels(crop, rows, columns):
    picture = noise(40, 100, 3)
    np.testing.assert_array_equal(images.square_crop(Image.fromarray(picture), crop), picture[rows, columns])


def test_a_square_beyond_the_image_is_padded_with_gray():
    """2 rows of 4 pixels: red, green, blue, white above, all black below."""
    colours = [[RED, (0, 255, 0), BLUE, WHITE], [(0, 0, 0)] * 4]
    wide = Image.fromarray(np.array(colours, np.uint8))
    gray = [PADDING] * 4
    for crop, expected in (
        (images.whole(wide), [gray, *colours, gray]),
        (Crop(y=0, size=2), [*colours, gray, gray]),  # the square's upper edge is the image's
        (Crop(y=1, size=9), [gray, gray, *colours]),  # no larger than the whole
        (Crop(x=1, size=1.5), [row[1:] for row in (*colours, gray)]),
    ):
        np.testing.assert_array_equal(np.asarray(images.square_crop(wide, crop)), expected)


@pytest.mark.parametrize("size", [(64, 32), (32, 64), (1000, 1), (32, 32), (333, 217)])
def test_the_whole_image_fits_into_what_the_network_gets(size):
    image = Image.new("RGB", size, RED)
    seen = images.to_network_input(image, images.whole(image)).astype(int)
    assert seen.shape == (32, 32, 3)
    share = min(size) / max(size)
    amount = (seen - PADDING)[..., 0].sum() / (32 * 32 * (255 - PADDING[0]))
    assert amount == pytest.approx(share, abs=0.02)
    assert images.whole(image).size == pytest.approx(1 / share)


def test_the_network_sees_the_mean_of_each_area():
    picture = noise(96, 200, 3)
    seen = images.to_network_input(Image.fromarray(picture), Crop(x=0))
    means = picture[:, :96].reshape(32, 3, 32, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(seen, means, atol=1)  # Pillow rounds twice: along rows, then along columns


def test_a_tiny_image_is_enlarged_without_new_colours():
    seen = images.to_network_input(Image.fromarray(noise(8, 8, 3)))
    np.testing.assert_array_equal(seen, noise(8, 8, 3).repeat(4, axis=0).repeat(4, axis=1))


def test_enlarging_repeats_pixels():
    large = images.enlarge(noise(2, 3, 3), times=4)
    assert large.shape == (8, 12, 3)
    assert (large[4:8, 8:12] == noise(2, 3, 3)[1, 2]).all()


@pytest.mark.parametrize("values", [{"x": -0.1}, {"y": 1.1}, {"size": 0}, {"size": float("inf")}, {"x": float("nan")}])
def test_impossible_crops_are_refused(values):
    with pytest.raises(ValueError, match="from 0 to 1"):
        Crop(**values)


# Files that are not an image, or too much of one.


def fifty_megapixels() -> bytes:
    return png(10_000, 5_000, bits=1, packed=zeros_packed(5_000 * 1_251))


def unusual_bmp() -> bytes:
    """16 bits a pixel, four a colour: valid, and no decoder here knows it."""
    header = struct.pack("<IiiHHIIiiII", 40, 2, 2, 1, 16, 3, 8, 0, 0, 0, 0)
    masks = struct.pack("<III", 0xF00, 0xF0, 0xF)
    return b"BM" + struct.pack("<IHHI", 74, 0, 0, 66) + header + masks + bytes(8)


def tiled_tiff(width: int | bytes, height: int) -> bytes:
    """A gray TIFF of 4 x 4 that says that its tiles are this large."""
    tags = {256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 277: 1, 322: width, 323: height, 324: 8, 325: 16}
    return tiff(tags, bytes(16))


WEBP = encode(Image.new("RGB", (9, 9)), "WEBP", lossless=True)  # its size: 14 bits and 14 bits from byte 21
HOSTILE = {
    "empty": (b"", "empty (0 bytes)"),
    "30 MB": (b"\xff\xd8\xff" + bytes(30_000_000), "30.0 MB, but at most 20 MB"),
    "renamed text": (b"dear teacher, this is my homework", "this file is text"),
    "svg": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing, which has no pixels"),
    "web page": (b"<!DOCTYPE html><HTML><body>", "a web page; save the image on it"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC photo; share it from the phone as JPEG"),
    "heif": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a HEIC photo"),
    "video": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "a video; open it, take a screenshot"),
    "half an avif": (b"\0\0\0\x1cftypavif\0\0\0\0", "The AVIF image is damaged"),
    "pdf": (b"%PDF-1.7\n", "a PDF document; open it, take a screenshot"),
    "docx": (b"PK\3\4\x14\0\6\0", "a zip archive or an office document"),
    "icon": (encode(Image.new("RGB", (32, 32)), "ICO"), "a Windows icon; open it on your own device"),
    "jpeg 2000": (encode(Image.new("RGB", (8, 8)), "JPEG2000"), "a JPEG 2000 image"),
    "unknown": (b"\0\1\2\3" * 9, "of another kind"),
    "unusual bmp": (unusual_bmp(), "The BMP image is damaged, cut off or of a rare kind; open it on your own device"),
    "decimal numbers": (encode(Image.new("F", (4, 4), 0.5), "TIFF"), "The TIFF image is damaged, cut off or of a rare"),
    "50 megapixels": (fifty_megapixels(), "10,000 × 5,000 = 50 megapixels, but at most 25"),
    "20 megapixels of WebP": (
        claimed(WEBP, (21, struct.pack("<I", 4_999 | 3_999 << 14))),
        "5,000 × 4,000 = 20 megapixels, but at most 8",
    ),
    "bomb of 100 megapixels": (png(10_000, 10_000, raw=b"\0"), "megapixels"),
    "bomb of 4 gigapixels": (png(65_535, 65_535, raw=b"\0"), "far more than 50 megapixels"),
    "gif bomb": (claimed(photo("GIF"), (6, b"\xff" * 4)), "far more than 50 megapixels"),
    "hundreds of scans": (many_scans(300), "compressed in a way that takes too long"),
    "jpeg in a tiff": (
        encode(Image.new("RGB", (64, 64)), "TIFF", compression="jpeg"),
        "compressed in a way that takes too",
    ),
    "tiles of a tiff": (tiled_tiff(60_000, 60_000), "The TIFF image is damaged"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript drawing; open it, take a screenshot"),
    "tiles of text": (tiled_tiff(b"abc", 16), "The TIFF image is damaged"),
    "only a signature": (b"\x89PNG\r\n\x1a\n", "damaged"),
    "no pixels": (png(100, 100), "PNG image is damaged"),
    "zero size": (png(0, 10), "damaged"),
} | {f"truncated {name}": (photo(name)[:-400], f"The {name} image is damaged, cut off") for name in FORMATS}


@pytest.mark.parametrize(("data", "sentence"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning", "ignore::UserWarning")
def test_hostile_files_get_one_sentence(data, sentence):
    with pytest.raises(ImageError) as refusal:
        open_image(data)
    message = str(refusal.value)
    assert sentence in message
    assert re.search("again|choose", message)  # what to do
    assert message.count(". ") == 0
    assert message.endswith(".")
    assert "picture" not in message


@pytest.mark.parametrize("data", [fifty_megapixels(), many_scans(300), HOSTILE["20 megapixels of WebP"][0]])
def test_a_refusal_decodes_nothing(data):
    """Decoding would take most of a second, over a minute (5,000 × 5,000 in 21,000 scans), or half a gigabyte."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image.Image, "load", lambda _: pytest.fail("decoded"))
        with pytest.raises(ImageError):
            open_image(data)


def claiming(width: int, height: int, **options) -> bytes:
    """A JPEG whose header claims this size: it is read as far as it goes, or refused for its size."""
    data = encode(Image.fromarray(noise(64, 64, 3)), "JPEG", **options)
    start = data.index(b"\xff\xc2" if "progressive" in options else b"\xff\xc0")
    return claimed(data, (start + 5, struct.pack(">HH", height, width)))


@pytest.mark.parametrize(
    ("options", "most"),
    [
        ({}, 50),  # a phone has 48
        ({"progressive": True, "subsampling": 2}, 41),  # all channels are kept whole until the last scan
        ({"progressive": True, "subsampling": 0}, 20),
    ],
)
def test_a_jpeg_may_have_as_many_pixels_as_its_decoder_keeps_in_little_memory(options, most):
    opening.checked(claiming(8_000, most * 125, **options))
    with pytest.raises(ImageError, match=f"= {most + 1} megapixels, but at most {most} can be read"):
        opening.checked(claiming(8_000, most * 125 + 1, **options))


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_size_of_a_webp_is_known_before_its_decoder_takes_memory_for_it(mode, lossless):
    data = encode(Image.new(mode, (300, 200), "teal"), "WEBP", lossless=lossless, exif=b"Exif\0\0" if lossless else b"")
    assert opening.webp_size(data) == (300, 200)


def test_the_usual_progressive_jpeg_is_read():
    assert open_image(encode(Image.fromarray(noise(64, 64, 3)), "JPEG", progressive=True)).size == (64, 64)
    assert open_image(many_scans(opening.MAX_SCANS - 5)).size == (64, 64)


def test_too_little_memory_is_not_the_images_fault(monkeypatch):
    def fail(image):
        raise MemoryError

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", fail)
    with pytest.raises(ImageError, match="There is no memory left for this image; try again"):
        open_image(photo("PNG"))


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0MM\0*\0\0\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01", b"nonsense"]
)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_a_good_image_with_broken_exif_is_shown_as_it_is(exif):
    data = encode(Image.new("RGB", (40, 30), BLUE), "JPEG", exif=exif)
    np.testing.assert_allclose(pixels(data)[5, 5], BLUE, atol=3)


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
def test_broken_bytes_give_a_image_or_a_sentence(image_format):
    """Whatever breaks a decoder, no other exception comes through."""
    rng = np.random.default_rng(0)
    original = np.frombuffer(photo(image_format, (40, 30)), np.uint8)
    outcomes = set()
    for _ in range(300):
        broken = original.copy()
        places = rng.integers(0, min(len(broken), 300), size=rng.integers(1, 8))  # where the headers are
        broken[places] = rng.integers(0, 256, size=len(places))
        try:
            outcomes.add(open_image(broken.tobytes()).mode)
        except ImageError:
            outcomes.add("refused")
    assert outcomes == {"RGB", "refused"}
