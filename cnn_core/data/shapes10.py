"""Shapes-10: ten drawn shapes in CIFAR-10's format, so that every page works before any download.

Each image shows one shape in a random colour, place, size and rotation, on a background of two colours with a gradient,
a pattern and grain; a few strokes lie behind it and one in front. Its lightness always differs from the background's,
so that people see it. No single pixel tells the class, so a linear classifier stays close to chance and a small
convolutional network does not.

The same seed gives the same pixels. They are computed with sums, products, quotients and square roots, which all
machines round alike; another version of NumPy may change its generators and so the pixels.
"""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from cnn_core.config import CLASSES, IMAGE_SHAPE
from cnn_core.processor import cores

VERSION = 1  # of the drawings; raise it when they change, so that stored images are drawn again

_AHEAD = 20  # chunks that each core may have drawn before they are stored
CHUNK = 100  # images drawn at once: their planes fit in a processor's cache
DARK_SHAPES = 0.2  # share of the images whose shape is darker than what is behind it
SIZE = IMAGE_SHAPE[0]

Plane = np.ndarray  # (n, 32, 32) float32, or what broadcasts to it
Canvas = np.ndarray  # (n, 3, 32, 32) float32 in 0-1; NumPy is several times faster with the channels first


def generate(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """n images (n, 32, 32, 3) uint8 and their labels (n,) int64; every class equally often, give or take one."""
    images = np.empty((n, *IMAGE_SHAPE), np.uint8)
    labels = np.empty(n, np.int64)
    for start, some_images, some_labels in chunks(n, seed=seed):
        images[start : start + len(some_images)] = some_images
        labels[start : start + len(some_labels)] = some_labels
    return images, labels


def chunks(n: int, *, seed: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """What `generate` gives, piece by piece: position of the first image, images, labels. All cores draw."""
    threads = cores()
    with ThreadPoolExecutor(threads) as pool:
        for begin in range(0, n, threads * _AHEAD * CHUNK):  # no more waits in memory, however slow the disk is
            starts = range(begin, min(n, begin + threads * _AHEAD * CHUNK), CHUNK)
            drawn = pool.map(lambda start: _chunk(min(CHUNK, n - start), np.random.default_rng((seed, start))), starts)
            for start, (images, labels) in zip(starts, drawn, strict=True):
                yield start, images, labels


def _chunk(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = rng.permutation(n) % CLASSES
    x = np.arange(SIZE, dtype=np.float32)  # a row and a column: broadcasting makes planes of them
    y = x[:, None]
    light_behind, light_of_shape = _lightness_pair(n, rng)
    canvas = _background(x, y, light_behind, rng)
    _scribble(canvas, x, y, 2, light_behind, rng)
    u, v, radius = _place(x, y, n, rng)
    covered = np.empty_like(u)
    for label, distance in enumerate(SHAPES.values()):
        of_class = labels == label
        covered[of_class] = _coverage(distance(u[of_class], v[of_class]) * radius[of_class])
    _paint(canvas, covered, _colour(light_of_shape, rng, vivid=0.4))
    _scribble(canvas, x, y, 1, light_behind, rng)
    return _with_noise(canvas, rng), labels


def _lightness_pair(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Lightness of background and shape, each (n,) in 0.1-0.9 and at least 0.3 apart."""
    gap = rng.uniform(0.3, 0.55, n)
    dark = rng.uniform(0.1, 0.9 - gap)
    shape_is_dark = rng.random(n) < DARK_SHAPES
    return dark + gap * shape_is_dark, dark + gap * ~shape_is_dark


def _near(light: np.ndarray, spread: float, rng: np.random.Generator) -> np.ndarray:
    return np.clip(light + rng.uniform(-spread, spread, len(light)), 0.05, 0.95)


def _colour(light: np.ndarray, rng: np.random.Generator, vivid: float = 0.1) -> np.ndarray:
    """A random hue at this lightness (n,), between as vivid as this and pure: (n, 3, 1, 1) float32 in 0-1."""
    n = len(light)
    hue = rng.uniform(0, 6, (n, 1))
    colour = np.clip(np.abs((hue + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)  # round the edges of the colour cube
    colour = 0.5 + rng.uniform(vivid, vivid + 0.5, (n, 1)) * (colour - 0.5)
    own = colour[:, :1] * 0.299 + colour[:, 1:2] * 0.587 + colour[:, 2:] * 0.114  # luma, ITU-R BT.601
    wanted = light[:, None]
    colour = np.where(wanted < own, colour * (wanted / own), 1 - (1 - colour) * ((1 - wanted) / (1 - own)))
    return colour[:, :, None, None].astype(np.float32)


def _background(x: Plane, y: Plane, light: np.ndarray, rng: np.random.Generator) -> Canvas:
    """Two colours of similar lightness, mixed by a gradient and a pattern of waves."""
    n = len(light)
    along, across = _rotated(x - SIZE / 2, y - SIZE / 2, n, rng)
    period = _per_image(rng.uniform(4, 16, n))
    pattern = _wave(along / period)
    checked = rng.random(n) < 0.5
    pattern[checked] *= _wave(across[checked] / period[checked])
    gradient = _rotated(x - SIZE / 2, y - SIZE / 2, n, rng)[0] / SIZE + 0.5
    share = _per_image(rng.uniform(0, 0.7, n))
    mix = gradient + share * (pattern - gradient)
    first, second = (_colour(_near(light, 0.1, rng), rng) for _ in range(2))
    return first + mix[:, None] * (second - first)


def _wave(position: Plane) -> Plane:
    """A smooth wave of period 1 between 0 and 1, from a cubic instead of a sine."""
    ramp = np.abs(position - np.floor(position) - 0.5) * 2
    return ramp * ramp * (3 - 2 * ramp)


def _scribble(canvas: Canvas, x: Plane, y: Plane, count: int, light: np.ndarray, rng: np.random.Generator) -> None:
    """Draw up to `count` strokes of about this lightness (n,) over each image, in place."""
    for _ in range(count):
        _paint(canvas, _stroke(x, y, len(light), rng), _colour(_near(light, 0.25, rng), rng))


def _stroke(x: Plane, y: Plane, n: int, rng: np.random.Generator) -> Plane:
    """Coverage of one short stroke or dot an image; three in ten images have none."""
    centre_x, centre_y = (_per_image(rng.uniform(0, SIZE, n)) for _ in range(2))
    along, across = _rotated(x - centre_x, y - centre_y, n, rng)
    beyond = np.maximum(np.abs(along) - _per_image(rng.uniform(0, 7, n)), 0)
    thickness = rng.uniform(0.4, 1.5, n)
    thickness[rng.random(n) < 0.3] = -9
    return _coverage(np.sqrt(beyond * beyond + across * across) - _per_image(thickness))


def _place(x: Plane, y: Plane, n: int, rng: np.random.Generator) -> tuple[Plane, Plane, np.ndarray]:
    """The pixels in the shape's own frame, where it has radius 1, and that radius in pixels (n, 1, 1)."""
    radius = rng.uniform(6.5, 12.5, n)
    room = 0.8 * (SIZE / 2 - 0.9 * radius)
    centre_x, centre_y = (_per_image((SIZE - 1) / 2 + rng.uniform(-1, 1, n) * room) for _ in range(2))
    u, v = _rotated(x - centre_x, y - centre_y, n, rng)
    return u / _per_image(radius), v / _per_image(radius), _per_image(radius)


def _rotated(x: Plane, y: Plane, n: int, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """The same points seen from a frame turned by a random angle an image."""
    angle = rng.uniform(0, 2 * math.pi, n)
    # Libraries differ in a cosine's last bit; single precision drops that bit.
    cosine, sine = _per_image(np.cos(angle)), _per_image(np.sin(angle))
    return x * cosine + y * sine, y * cosine - x * sine


def _per_image(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)[:, None, None]


def _coverage(distance: Plane) -> Plane:
    """How much of each pixel lies inside an edge at this signed distance in pixels: smooth edges without sampling."""
    return np.clip(0.5 - distance, 0, 1)


def _paint(canvas: Canvas, covered: Plane, colour: np.ndarray) -> None:
    """Lay a colour over the covered part of each image, in place."""
    canvas += covered[:, None] * (colour - canvas)


def _with_noise(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """Pixels (n, 32, 32, 3) uint8, with a grain that differs in strength from image to image."""
    strength = _per_image(rng.uniform(0, 0.2, len(canvas)))[:, None]
    grain = rng.integers(-128, 128, canvas.shape, np.int8)
    pixels = np.clip(canvas * 255 + grain * strength + 0.5, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(pixels.transpose(0, 2, 3, 1))


# The shapes, as signed distances from their edge (negative inside) in their own frame; the tallest has radius 1.


def _circle(u: Plane, v: Plane) -> Plane:
    return np.sqrt(u * u + v * v) - 0.85


def _ring(u: Plane, v: Plane) -> Plane:
    return np.abs(np.sqrt(u * u + v * v) - 0.7) - 0.22


def _crescent(u: Plane, v: Plane) -> Plane:
    return np.maximum(np.sqrt(u * u + v * v) - 0.95, 0.75 - np.sqrt((u - 0.45) ** 2 + v * v))


def _square(u: Plane, v: Plane) -> Plane:
    return np.maximum(np.abs(u), np.abs(v)) - 0.72


def _triangle(u: Plane, v: Plane) -> Plane:
    return _from_lines(u, v, 3, 0.5)[-1]


def _star(u: Plane, v: Plane) -> Plane:
    """Five lines make a pentagon; its points are where only one of them is crossed."""
    return _from_lines(u, v, 5, math.cos(math.radians(72)))[-2]


def _cross(u: Plane, v: Plane) -> Plane:
    long, short = np.maximum(np.abs(u), np.abs(v)), np.minimum(np.abs(u), np.abs(v))
    return np.maximum(long - 0.92, short - 0.28)


def _heart(u: Plane, v: Plane) -> Plane:
    """A square on its tip, and a half-disc on each of its two upper sides."""
    side, up = np.abs(u), v + 0.1
    lobe = np.sqrt((side - 0.39) ** 2 + (up - 0.39) ** 2) - 0.78 * math.sqrt(0.5)
    return np.minimum((side + np.abs(up) - 0.78) * math.sqrt(0.5), lobe)


def _arrow(u: Plane, v: Plane) -> Plane:
    across = np.abs(v)
    shaft = np.maximum(np.abs(u + 0.4) - 0.55, across - 0.2)
    head = np.maximum(-u, (0.7 * u + 0.95 * across - 0.665) / math.hypot(0.7, 0.95))
    return np.minimum(shaft, head)


def _hourglass(u: Plane, v: Plane) -> Plane:
    return np.maximum(np.abs(v) - 0.8, (np.abs(u) - 0.7 * np.abs(v) - 0.06) / math.hypot(1, 0.7))


def _from_lines(u: Plane, v: Plane, count: int, distance: float) -> list[Plane]:
    """Signed distances from `count` lines around the origin, sorted: the largest is that of their polygon."""
    angles = [2 * math.pi * k / count for k in range(count)]
    return list(np.sort([u * math.cos(a) + v * math.sin(a) for a in angles], axis=0) - np.float32(distance))


SHAPES: dict[str, Callable[[Plane, Plane], Plane]] = {
    "circle": _circle,
    "ring": _ring,
    "crescent": _crescent,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "cross": _cross,
    "heart": _heart,
    "arrow": _arrow,
    "hourglass": _hourglass,
}
CLASS_NAMES = tuple(SHAPES)
