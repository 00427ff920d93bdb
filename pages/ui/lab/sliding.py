"""The first three steps: an image is numbers; one window, one sum; the window slides."""

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core.plotting import lab as figures
from pages.ui.components.pixels import pixels
from pages.ui.components.stage import convolution_data
from pages.ui.lab import lesson
from pages.ui.lab.linked import show_stage
from pages.ui.lab.subject import Picture


def show_numbers(picture: Picture, kernel: np.ndarray) -> None:
    height, width = picture.small.shape[:2]
    channels = 3 if picture.small.ndim == 3 else 1
    if picture.small.shape == (32, 32, 3):
        pixels(picture.small, key="convolution.pixels", label="The image, its channels and its numbers")
    else:
        alt = (
            f"{height} by {width} numbers from {picture.small.min()} to {picture.small.max()}, each on its brightness."
        )
        st.plotly_chart(figures.number_grid(picture.small), config={"displayModeBar": False}, alt=alt)
    count = height * width * channels
    lesson.ask(
        f"numbers.{picture.name}",
        "How many numbers does the computer get for this image?",
        [f"{number:,}" for number in sorted({height + width, height * width, count, 2 * count, 256})],
        f"{count:,}",
        f"{height} rows × {width} columns × {channels} {'channel' if channels == 1 else 'channels'}.",
    )


def show_sum(picture: Picture, kernel: np.ndarray) -> None:
    sums = lab.conv2d(picture.gray, kernel)
    if sums.size == 1:
        show_stage(convolution_data, picture.gray, kernel, key="convolution.sum")
        return
    first, second = sums.flat[0], sums.flat[1]
    place = st.container()
    is_answered = lesson.ask(
        f"sum.{picture.name}.{lab.write_kernel(kernel)}",
        f"The first sum is **{lab.write(first)}**. The window moves one step: what is the next sum?",
        lesson.numbers(second, -second, first, second + 3, second - 2),
        lab.write(second),
        _reason(picture.gray, kernel, sums),
    )
    with place:
        known = None if is_answered else 1
        show_stage(convolution_data, picture.gray, kernel, known=known, key="convolution.sum")


def _reason(image: np.ndarray, kernel: np.ndarray, sums: np.ndarray) -> str:
    """The second sum written out; for a large kernel only its position."""
    at = divmod(1, sums.shape[1])
    if kernel.size > 9:
        return f"It is the output in {lab.place(*at)}; each weight now meets the next pixel."
    window = image[at[0] : at[0] + len(kernel), at[1] : at[1] + len(kernel)]
    weights = [lab.write(weight) if weight >= 0 else f"({lab.write(weight)})" for weight in kernel.flat]
    terms = [f"{lab.write(pixel)}·{weight}" for pixel, weight in zip(window.flat, weights, strict=True)]
    return f"{' + '.join(terms)} = {lab.write(sums[at])}."


def show_slide(picture: Picture, kernel: np.ndarray) -> None:
    show_stage(convolution_data, picture.gray, kernel, key="convolution.slide")
    walk = lab.geometry(picture.gray.shape, kernel.shape)
    outputs = walk.rows.outputs * walk.columns.outputs
    lesson.ask(
        f"slide.{picture.name}.{len(kernel)}",
        "While the window slides over the whole image, how many pixels does one weight meet?",
        [f"{number:,}" for number in sorted({1, kernel.size, outputs, picture.gray.size})],
        f"{outputs:,}",
        f"One for each of the {walk.rows.outputs} × {walk.columns.outputs} outputs. A dense layer would have a "
        "separate weight for each of them.",
    )
