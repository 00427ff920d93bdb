"""An answer as code: the image, the run's exported network, and the percentages as they are shown."""

from collections.abc import Callable

from cnn_core.code import prediction
from cnn_core.code.convolution import Picture
from cnn_core.runs import Run
from pages.ui import code_mirror, sureness
from pages.ui.answer import Answer


def show(run: Run, given: Answer | None, read: Callable[[], Picture], class_names: tuple[str, ...]) -> None:
    """`read` says how the image is read; nothing is shown where there is no answer."""
    if given is None:
        return
    calibration = sureness.of_run(run).calibration
    temperature = calibration.temperature if calibration else None
    code_mirror.show(
        lambda: prediction.answer(read(), class_names, temperature, views=given.views), key="code.prediction"
    )
