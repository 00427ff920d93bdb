"""An answer as code: the image, the run's exported network, and the percentages as they are shown."""

from collections.abc import Callable

from cnn_core.code import image, prediction
from cnn_core.code.convolution import Picture
from cnn_core.images import Crop
from cnn_core.runs import Run
from pages.ui import code_mirror, sureness
from pages.ui.answer import Answer
from pages.ui.guessing import Guess


def of_photo(run: Run, given: Answer | None, crop: Crop, class_names: tuple[str, ...]) -> None:
    """A visitor's photo, of which this square was cut out; nothing is shown where there is no answer."""
    _show(run, given, lambda: image.of_photo(crop), class_names)


def of_guess(run: Run, given: Answer | None, guess: Guess) -> None:
    """The image of a data set that is chosen."""
    chosen = guess.chosen
    _show(
        run,
        given,
        lambda: code_mirror.of_split(chosen.data_set, chosen.split, chosen.index),
        guess.data_set.class_names,
    )


def _show(run: Run, given: Answer | None, read: Callable[[], Picture], class_names: tuple[str, ...]) -> None:
    if given is None:
        return
    calibration = sureness.of_run(run).calibration
    temperature = calibration.temperature if calibration else None
    code_mirror.show(
        lambda: prediction.answer(read(), class_names, temperature, views=given.views), key="code.prediction"
    )
