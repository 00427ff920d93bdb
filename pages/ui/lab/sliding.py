"""The first three steps: an image is numbers; one window, one sum; the window slides."""

import numpy as np

from cnn_core import convolution as lab
from cnn_core.code import convolution as code
from cnn_core.plotting import lab as figures
from pages.ui import charts, guidance, presenter
from pages.ui.components.pixels import pixels
from pages.ui.components.stage import convolution_data
from pages.ui.lab import in_code
from pages.ui.lab.desk import Desk, Subject
from pages.ui.lab.linked import show_stage
from pages.ui.lab.subject import Picture


def show_numbers(desk: Desk, on: Subject) -> None:
    picture = on.picture
    height, width = picture.small.shape[:2]
    channels = 3 if picture.small.ndim == 3 else 1
    with desk.figure:
        _show_grid(picture)
    count = height * width * channels
    with desk.below:
        guidance.ask(
            f"numbers.{picture.name}",
            "How many numbers does the computer get for this image?",
            [f"{number:,}" for number in sorted({height + width, height * width, count, 2 * count, 256})],
            f"{count:,}",
            hint="Count the rows, the columns, and the numbers that one pixel has.",
            why=f"{height} rows × {width} columns × {channels} channel{'s' * (channels > 1)} = {count:,}.",
        )
    in_code.show(desk, lambda: code.numbers(in_code.read(picture)))


def _show_grid(picture: Picture) -> None:
    height, width = picture.small.shape[:2]
    if picture.small.shape == (32, 32, 3):
        pixels(picture.small, key="convolution.pixels", label="The image, its channels and its numbers")
        return
    said = f"{height} × {width} numbers from {picture.small.min()} to {picture.small.max()}, each on its brightness."
    figure = figures.number_grid(picture.small, presenter.scale())
    charts.show(figure, said)


def show_sum(desk: Desk, on: Subject) -> None:
    image, kernel = on.picture.gray, on.kernel
    sums = lab.conv2d(image, kernel)
    is_answered = True
    if sums.size > 1:
        first, second = sums.flat[0], sums.flat[1]
        with desk.below:
            is_answered = guidance.ask(
                f"sum.{on.picture.name}.{lab.write_kernel(kernel)}",
                f"The first sum is **{lab.write(first)}**. The window moves one step: what is the next sum?",
                guidance.numbers(second, -second, first, second + 3, second - 2),
                lab.write(second),
                hint="Lay the kernel one pixel further to the right, write the products down, and add them up.",
                why=_reason(image, kernel, sums),
            )
    known = None if is_answered else 1
    with desk.figure:
        cell = show_stage(convolution_data, image, kernel, known=known, editable=True, key="convolution.sum")
    picture = on.picture
    in_code.show(
        desk, lambda: code.one_sum(in_code.read(picture), kernel, cell or (0, 0), is_gray=in_code.is_colour(picture))
    )


def _reason(image: np.ndarray, kernel: np.ndarray, sums: np.ndarray) -> str:
    """The second sum written out; for a large kernel a sum for each of its rows."""
    row, column = divmod(1, sums.shape[1])
    window = image[row : row + len(kernel), column : column + len(kernel)]
    total = lab.write(sums[row, column])
    if kernel.size > 9:
        rows = (window * kernel).sum(1)
        return f"Row by row: {' + '.join(map(_in_brackets, rows))} = {total}."
    terms = [
        f"{lab.write(pixel)}·{_in_brackets(weight)}" for pixel, weight in zip(window.flat, kernel.flat, strict=True)
    ]
    return f"{' + '.join(terms)} = {total}."


def _in_brackets(number: float) -> str:
    """A number inside a sum."""
    written = lab.write(number)
    return f"({written})" if written.startswith("−") else written


def show_slide(desk: Desk, on: Subject) -> None:
    image, kernel = on.picture.gray, on.kernel
    walk = lab.geometry(image.shape, kernel.shape)
    outputs = walk.rows.outputs * walk.columns.outputs
    with desk.below:
        is_answered = guidance.ask(
            f"slide.{on.picture.name}.{len(kernel)}",
            "While the window slides over the whole image, how many pixels does one weight meet?",
            [f"{number:,}" for number in sorted({1, kernel.size, outputs, image.size})],
            f"{outputs:,}",
            hint="It meets one pixel at each place where the window stops. At how many places does it stop?",
            why=f"One for each output: {walk.rows.outputs} × {walk.columns.outputs} = {outputs:,}. A dense layer would "
            "have a separate weight for each of them.",
        )
    with desk.figure:
        settings = {"editable": True, "counted": is_answered, "key": "convolution.slide"}
        show_stage(convolution_data, image, kernel, **settings)
    picture = on.picture
    in_code.show(desk, lambda: code.slide(in_code.read(picture), kernel, is_gray=in_code.is_colour(picture)))
