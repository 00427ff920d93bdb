"""What the makers of odd images share: encoded images, noise, and the pieces of their containers."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def encode(image: Image.Image, image_format: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int,
    height: int,
    *,
    bits: int = 8,
    color_type: int = 0,
    raw: bytes = b"",
    before: bytes = b"",
    interlaced: int = 0,
    packed: bytes | None = None,
) -> bytes:
    """A PNG file made by hand, so that its header can claim anything; `before` are chunks that precede the pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, interlaced)
    pixels = png_chunk(b"IDAT", zlib.compress(raw, 1) if packed is None else packed)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + before + pixels + png_chunk(b"IEND", b"")


def zeros_packed(size: int) -> bytes:
    """So many zeros for zlib to unpack, as it packs them best: a thousandth."""
    packer = zlib.compressobj(1)
    block = bytes(1_000_000)
    return (
        b"".join(packer.compress(block[: min(1_000_000, size - at)]) for at in range(0, size, 1_000_000))
        + packer.flush()
    )


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def claimed(data: bytes, *places: tuple[int, bytes]) -> bytes:
    """The file with other bytes at these places, so that its header claims something else."""
    for at, new in places:
        data = data[:at] + new + data[at + len(new) :]
    return data
