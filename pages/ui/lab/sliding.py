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
        pixels(picture.small, key="convolution.pixels", label="The picture, its channels and its numbers")
    else:
        alt = (
            f"{height} by {width} numbers from {picture.small.min()} to {picture.small.max()}, each on its brightness."
        )
        st.plotly_chart(figures.number_grid(picture.small), config={"displayModeBar": False}, alt=alt)
    count = height * width * channels
    lesson.ask(
        f"numbers.{picture.name}",
        "How many numbers does the computer get for this picture?",
        [f"{number:,}" for number in sorted({height + width, height * width, count, 2 * count, 256})],
        f"{count:,}",
        f"{height} rows × {width} columns × {channels} {'channel' if channels == 1 else 'channels'}.",
    )


def show_sum(picture: Picture, kernel: np.ndarray) -> None:
    sums = lab.conv2d(picture.gray, kernel).round(2)
    if sums.size == 1:
        show_stage(convolution_data, picture.gray, kernel, key="convolution.sum")
        return
    first, second = sums.flat[0], sums.flat[1]
    place = st.container()
    is_answered = lesson.ask(
        f"sum.{picture.name}.{lab.write_kernel(kernel)}",
        f"The first sum is **{write(first)}**. The window moves one step on: what is the next sum?",
        [write(value) for value in sorted({second, -second, first, second + 3, second - 2})],
        write(second),
        "Every pixel moved one column to the left under the kernel, so all products are new.",
    )
    with place:
        known = None if is_answered else 1
        show_stage(convolution_data, picture.gray, kernel, known=known, key="convolution.sum")


def show_slide(picture: Picture, kernel: np.ndarray) -> None:
    show_stage(convolution_data, picture.gray, kernel, key="convolution.slide")
    walk = lab.geometry(picture.gray.shape, kernel.shape)
    outputs = walk.rows.outputs * walk.columns.outputs
    lesson.ask(
        f"slide.{picture.name}.{len(kernel)}",
        "In the whole film, how many pixels does one single weight meet?",
        [f"{number:,}" for number in sorted({1, kernel.size, outputs, picture.gray.size})],
        f"{outputs:,}",
        f"One for each of the {walk.rows.outputs} × {walk.columns.outputs} outputs. A dense layer would have a weight "
        "of its own for each of them.",
    )


def write(number: float) -> str:
    """A number with a real minus sign."""
    return f"{number:g}".replace("-", "−")
