"""The convolution lab: one lesson in steps, each a function of the image and the kernel."""

from collections.abc import Callable
from dataclasses import dataclass

from cnn_core.runs import Run
from pages.ui.lab import bench, bending, classes, geometry, learned, sliding, volume
from pages.ui.lab.desk import Desk, Subject


@dataclass(frozen=True)
class Step:
    """One step of the lesson; its text is under its key in assets/pages/convolution.md."""

    title: str
    show: Callable[[Desk, Subject], None]
    uses_kernel: bool = True
    suits: Callable[[Run], bool] | None = None  # which runs the step can show; None: it shows no run


STEPS = {
    "numbers": Step("Numbers", sliding.show_numbers, uses_kernel=False),
    "sum": Step("One sum", sliding.show_sum),
    "slide": Step("Slide", sliding.show_slide),
    "kernel": Step("Kernel", bench.show),
    "geometry": Step("Geometry", geometry.show),
    "channels": Step("Channels", volume.show_channels),
    "activation": Step("ReLU and pooling", bending.show),
    "learned": Step("Learned", learned.show, suits=learned.learns_its_first_filters),
    "classes": Step("To the classes", classes.show, uses_kernel=False, suits=Run.has_classifier),
}
