"""The convolution lab: one lesson in nine steps, on an image and a kernel that are carried from step to step."""

from cnn_core import convolution
from pages.ui import frame, guidance, steps
from pages.ui.lab import STEPS, given, kernel, network, subject
from pages.ui.lab.desk import Desk, Subject, lay_out

STEP = "convolution.step"


def choose_subject(step: str, desk: Desk) -> Subject:
    """The image, the kernel and the run of a step; a kernel that is larger than the image is cut."""
    suits = STEPS[step].suits
    with desk.controls:
        run = network.choose_run(step, suits) if suits else None
        picture = subject.choose_picture(step, run.config.data_set if run else None)
    with_changes = step != "kernel"  # which has them in the figure
    is_used = STEPS[step].uses_kernel and not run  # where a run is shown, the network's own kernels are
    weights = kernel.choose_kernel(desk, is_used=is_used, with_changes=with_changes)
    side = min(picture.small.shape[:2])
    if len(weights) > side:
        desk.said.warning(f"The kernel is larger than the image. Only its middle, {side - 1} × {side - 1}, is used.")
        weights = convolution.resize(weights, side - 1)
    return Subject(picture, weights, run)


frame.header("Convolution", "Touch every number: each pixel, each product and each sum, from one pixel to the classes.")
guidance.choose_answers()
chosen = steps.choose(STEPS, STEP, default="sum", label="Step")
if chosen != "learned" and given.is_there():  # the visitor has gone on
    given.drop()
text = "given" if given.is_there() else chosen
guidance.what_to_do("convolution", text)
desk = lay_out()
if given.is_there():
    given.show(desk)
else:
    STEPS[chosen].show(desk, choose_subject(chosen, desk))
guidance.what_to_notice("convolution", text)
steps.show_way(STEPS, STEP, chosen, "convolution.py")
frame.lead_on("convolution.py")
