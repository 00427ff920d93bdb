"""The convolution lab: one lesson in steps, each a function of the image and the kernel."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pages.ui.lab import bench, bending, classes, geometry, learned, sliding, volume
from pages.ui.lab.subject import Picture


@dataclass(frozen=True)
class Step:
    """One step of the lesson; its text is under its key in assets/lessons/convolution.md."""

    title: str
    show: Callable[[Picture, np.ndarray], None]


STEPS = {
    "numbers": Step("Numbers", sliding.show_numbers),
    "sum": Step("One sum", sliding.show_sum),
    "slide": Step("Slide", sliding.show_slide),
    "kernel": Step("Kernel", bench.show),
    "geometry": Step("Geometry", geometry.show),
    "channels": Step("Channels", volume.show_channels),
    "activation": Step("ReLU and pooling", bending.show),
    "learned": Step("Learned", learned.show),
    "classes": Step("To ten classes", classes.show),
}
