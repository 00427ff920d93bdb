"""What if the image were a little different: each change over the whole range of its strengths.

At its neutral strength a change leaves the image as it is. Shifts end at 8 pixels: what enters at a border is the
image's reflection, and beyond that most of a second, mirrored object would enter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from cnn_core.explanation import altering
from cnn_core.explanation.adversarial import attack
from cnn_core.explanation.maps import Explain

Varied = Callable[[float], np.ndarray]  # a strength -> images uint8 (N, 32, 32, 3)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of images, its range, and how it is said."""

    title: str
    axis: str  # what its strengths are, with their unit
    apply: Callable[[np.ndarray, float], np.ndarray] | None  # None: it needs the network's gradient
    strengths: tuple[float, ...]  # for one image, ascending
    rough: tuple[float, ...]  # some of them: for many images
    neutral: float
    says: Callable[[float], str]  # "Moved 3 pixels to the right"


def vary(name: str, images: np.ndarray, explain: Explain, classes: Sequence[int]) -> Varied:
    """The change of this name, ready for its strengths; `classes` are those that an adversarial step goes against."""
    apply = CHANGES[name].apply
    return partial(apply, images) if apply else attack(explain, images, classes)


def first_flips(answers: Sequence[int], start: int) -> list[int]:
    """On either side of `start` the first place with another answer than there: none, one or two, ascending."""
    others = [place for place, answer in enumerate(answers) if answer != answers[start]]
    before, after = [place for place in others if place < start], [place for place in others if place > start]
    return [*before[-1:], *after[:1]]


def _steps(low: float, high: float, step: float) -> tuple[float, ...]:
    return tuple(round(low + n * step, 6) for n in range(round((high - low) / step) + 1))


def _moved(less: str, more: str) -> Callable[[float], str]:
    def says(pixels: float) -> str:
        count = f"{abs(pixels):g} pixel{'s' * (abs(pixels) != 1)}"
        return f"Moved {count} {more if pixels > 0 else less}" if pixels else "Not moved"

    return says


def _turned(degrees: float) -> str:
    return f"Turned {abs(degrees):g}° {'clockwise' if degrees > 0 else 'anticlockwise'}" if degrees else "Not turned"


def _brightened(by: float) -> str:
    return f"Made {'brighter' if by > 0 else 'darker'} by {abs(by):g}" if by else "As bright as it is"


CHANGES: dict[str, Change] = {
    "across": Change(
        "Shift left, right",
        "pixels to the right",
        altering.shift_across,
        _steps(-8, 8, 1),
        (-8, -4, -2, -1, 0, 1, 2, 4, 8),
        0,
        _moved("to the left", "to the right"),
    ),
    "down": Change(
        "Shift up, down",
        "pixels down",
        altering.shift_down,
        _steps(-8, 8, 1),
        (-8, -4, -2, -1, 0, 1, 2, 4, 8),
        0,
        _moved("up", "down"),
    ),
    "rotation": Change(
        "Rotation",
        "degrees clockwise",
        altering.rotate,
        _steps(-180, 180, 15),
        (-180, -90, -45, -15, 0, 15, 45, 90, 180),
        0,
        _turned,
    ),
    "scale": Change(
        "Size",
        "times as large",
        altering.scale,
        _steps(0.5, 2, 0.1),
        (0.5, 0.7, 0.9, 1, 1.1, 1.3, 1.6, 2),
        1,
        lambda factor: "As large as it is" if factor == 1 else f"Made {factor:g} times as large",
    ),
    "blur": Change(
        "Blur",
        "standard deviation in pixels",
        altering.blur,
        _steps(0, 4, 0.4),
        (0, 0.4, 0.8, 1.2, 2, 4),
        0,
        lambda deviation: f"Blurred by {deviation:g} pixels" if deviation else "Not blurred",
    ),
    "noise": Change(
        "Noise",
        "standard deviation in pixel values",
        altering.add_noise,
        _steps(0, 64, 4),
        (0, 4, 8, 16, 32, 64),
        0,
        lambda deviation: f"With noise of {deviation:g}" if deviation else "Without noise",
    ),
    "brightness": Change(
        "Brightness",
        "added to every number",
        altering.brighten,
        _steps(-128, 128, 16),
        (-128, -64, -32, 0, 32, 64, 128),
        0,
        _brightened,
    ),
    "contrast": Change(
        "Contrast",
        "times the contrast",
        altering.contrast,
        _steps(0, 2, 0.125),
        (0, 0.25, 0.5, 0.75, 1, 1.5, 2),
        1,
        lambda factor: "With its own contrast" if factor == 1 else f"With {factor:g} times the contrast",
    ),
    "gray": Change(
        "Gray",
        "share of the colour taken away",
        altering.fade,
        _steps(0, 1, 0.1),
        (0, 0.5, 1),
        0,
        lambda share: "In its own colours" if share == 0 else f"With {share:.0%} of its colour taken away",
    ),
    "patch": Change(
        "Patch",
        "side in pixels",
        altering.cover,
        _steps(0, 32, 2),
        (0, 4, 8, 12, 16, 24),
        0,
        lambda side: f"With a patch of {side:g} × {side:g} pixels" if side else "Without a patch",
    ),
    "attack": Change(
        "Adversarial step",
        "changed by, in pixel values",
        None,
        _steps(0, 16, 1),
        (0, 1, 2, 4, 8, 16),
        0,
        lambda amount: f"With every number changed by {amount:g}" if amount else "Without the step",
    ),
}
