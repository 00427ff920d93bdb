"""Three pictures to classify where no photo is at hand: a ship, a car and an airplane, drawn here and owned by nobody.

They are no photos and no data set has them; what the recorded networks say of them is checked by a test. Each is drawn
four times as large and shrunk, so that its edges are smooth as in a photo.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 360, 240  # pixels of each
_FINER = 4  # times


@dataclass(frozen=True)
class Sample:
    """A picture and what it shows, a class of CIFAR-10."""

    shows: str
    paint: Callable[[], Image.Image]

    def draw(self) -> Image.Image:
        """The picture, RGB, 3 : 2 like a camera's; the same at every call."""
        return _drawn(self.paint).copy()


@cache
def _drawn(paint: Callable[[], Image.Image]) -> Image.Image:
    large = paint()
    small = large.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    return small.filter(ImageFilter.GaussianBlur(0.7))


def _ship() -> Image.Image:
    image = _sky_over(horizon=150, above=((120, 170, 215), (205, 225, 238)), below=((70, 110, 140), (25, 60, 95)))
    pen = _Pen(image)
    pen.shape([(58, 138), (308, 138), (282, 178), (86, 178)], (35, 45, 70))  # hull
    pen.shape([(78, 170), (288, 170), (282, 178), (86, 178)], (150, 40, 35))
    pen.box(100, 112, 260, 138, (240, 240, 236))  # decks
    pen.box(120, 90, 225, 112, (225, 226, 226))
    for x in range(112, 252, 16):
        pen.box(x, 120, x + 8, 127, (60, 80, 100))
    pen.box(170, 54, 194, 90, (200, 60, 40))  # funnel
    pen.box(170, 54, 194, 62, (30, 30, 35))
    pen.box(132, 50, 135, 90, (90, 90, 95))  # mast
    for x in range(0, 360, 40):
        pen.box(x, 188 + x % 13, x + 24, 190 + x % 13, (140, 170, 190))
    return image


def _car() -> Image.Image:
    image = _sky_over(horizon=130, above=((150, 185, 220), (225, 232, 235)), below=((120, 120, 118), (85, 85, 88)))
    pen = _Pen(image)
    pen.box(0, 96, 360, 132, (75, 105, 65))  # hedge
    pen.oval(28, 186, 338, 208, (45, 45, 48))  # shadow
    pen.shape([(100, 132), (138, 92), (236, 92), (280, 132)], (165, 22, 28))  # roof
    pen.shape([(112, 132), (144, 99), (184, 99), (184, 132)], (60, 80, 95))  # windows
    pen.shape([(192, 132), (192, 99), (231, 99), (264, 132)], (60, 80, 95))
    pen.shape([(24, 140), (48, 130), (308, 130), (340, 144), (344, 182), (22, 182)], (200, 30, 36))  # body
    pen.box(22, 168, 344, 182, (120, 15, 20))
    pen.box(326, 146, 342, 156, (250, 240, 190))
    pen.box(24, 146, 34, 158, (255, 120, 60))
    for x in (90, 276):
        pen.oval(x - 29, 152, x + 29, 210, (25, 25, 27))
        pen.oval(x - 15, 166, x + 15, 196, (170, 172, 176))
    return image


def _airplane() -> Image.Image:
    image = _sky_over(horizon=HEIGHT, above=((70, 130, 205), (170, 205, 235)), below=((0,) * 3, (0,) * 3))
    pen = _Pen(image)
    pen.shape([(148, 122), (90, 60), (112, 60), (206, 118)], (175, 182, 192))  # far wing
    pen.shape([(48, 62), (72, 62), (104, 112), (76, 120)], (190, 40, 45))  # tail
    pen.shape([(56, 116), (36, 100), (54, 99), (92, 112)], (185, 190, 198))
    pen.oval(50, 104, 316, 146, (238, 240, 243))  # fuselage
    pen.shape([(54, 122), (86, 106), (110, 140)], (238, 240, 243))
    pen.shape([(80, 136), (290, 136), (240, 146), (130, 146)], (180, 188, 198))
    for x in range(116, 272, 14):
        pen.oval(x, 116, x + 7, 123, (70, 90, 115))
    pen.shape([(286, 112), (304, 118), (308, 124), (284, 122)], (50, 65, 85))
    pen.shape([(160, 132), (112, 206), (140, 206), (224, 134)], (200, 205, 212))  # near wing
    pen.oval(148, 158, 188, 174, (120, 128, 140))  # engine
    return image


class _Pen:
    """Draws in the pixels of the small picture."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)

    def box(self, left: float, top: float, right: float, bottom: float, colour: tuple) -> None:
        self._draw.rectangle([_FINER * at for at in (left, top, right, bottom)], colour)

    def oval(self, left: float, top: float, right: float, bottom: float, colour: tuple) -> None:
        self._draw.ellipse([_FINER * at for at in (left, top, right, bottom)], colour)

    def shape(self, corners: list[tuple[float, float]], colour: tuple) -> None:
        self._draw.polygon([(_FINER * x, _FINER * y) for x, y in corners], colour)


def _sky_over(horizon: int, above: tuple, below: tuple) -> Image.Image:
    """A background of two gradients from top to bottom, each from one colour to another, with a little noise."""
    rows = np.empty((HEIGHT, 3))
    for (first, last), colours in (((0, horizon), above), ((horizon, HEIGHT), below)):
        if last > first:
            rows[first:last] = np.linspace(*np.array(colours, float), last - first)
    noise = np.random.default_rng(0).normal(0, 5, (HEIGHT, WIDTH, 1))
    pixels = np.clip(rows[:, np.newaxis] + noise, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).resize((_FINER * WIDTH, _FINER * HEIGHT), Image.Resampling.BICUBIC)


SAMPLES = {"ship": Sample("ship", _ship), "car": Sample("automobile", _car), "airplane": Sample("airplane", _airplane)}
