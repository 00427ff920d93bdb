"""Volumes: a filter with a slice for each channel, and many filters side by side."""

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core.code import convolution as code
from pages.ui import address, guidance, presenter
from pages.ui.components.stage import convolution_data
from pages.ui.lab import in_code
from pages.ui.lab.controls import choose_bias, choose_contrast, show_maps
from pages.ui.lab.desk import Desk, Subject
from pages.ui.lab.linked import show_stage

SLICES = {"mine": "your kernel", "negated": "negated", "zero": "zeros"}
FILTERS = ("vertical", "horizontal", *(name for name in lab.KERNELS if name not in ("vertical", "horizontal")))


def show_channels(desk: Desk, on: Subject) -> None:
    picture, kernel = on.picture, on.kernel
    with desk.controls:
        slices, bias = _choose_slices(kernel)
        contrast = choose_contrast()
    settings = {"bias": bias, "channels": "RGB", "activation": "relu", "contrast": contrast}
    with desk.figure:
        show_stage(convolution_data, picture.rgb, slices, key="convolution.volume", **settings)
    with desk.below:
        if picture.small.ndim == 2:
            st.caption("This image is gray: its three channels are equal. Choose a test image to see colours.")
        is_answered = guidance.ask(
            f"channels.{len(kernel)}",
            "How many weights does one filter on a colour image have, not counting the bias?",
            [str(number) for number in sorted({3, kernel.size, 3 * kernel.size, 9 * kernel.size})],
            str(3 * kernel.size),
            hint="Count the weights of one slice, then the slices.",
            why=f"{len(kernel)} × {len(kernel)} × 3 = {3 * kernel.size}: a slice for each channel.",
        )
        _show_filters(picture.rgb, len(kernel), contrast, is_answered=is_answered)
    read, is_gray = in_code.read, not in_code.is_colour(picture)
    in_code.show(desk, lambda: code.channels(read(picture), slices, bias, is_gray=is_gray))


def _show_filters(image: np.ndarray, kernel_size: int, contrast: float, *, is_answered: bool) -> None:
    """Several filters on one image, a map for each; what they cost once the question about one is answered."""
    st.header("Many filters, many maps", anchor=False)
    address.allow_number("convolution.filters", 1, len(FILTERS))
    count = st.slider(
        "Filters", 1, len(FILTERS), 2, key="convolution.filters", bind="query-params", width=presenter.pixels(420)
    )
    size = max(kernel_size, 3) | 1  # presets have a middle pixel, so the size is odd
    filters = np.stack(
        [np.repeat(lab.KERNELS[name].weights(size)[..., None], 3, -1) / 3 for name in FILTERS[:count]], -1
    )
    try:
        maps = lab.conv2d(image, filters)
    except lab.GeometryError as error:
        st.warning(str(error), icon=":material/fit_screen:")
        return
    height, width = image.shape[:2]
    weights = lab.convolution_weights(size, 3, count)
    cost = f"{size} × {size} × 3 × {count} = {weights:,} weights and {count} {'bias' if count == 1 else 'biases'}."
    st.markdown(
        f"**{height} × {width} × 3** becomes **{maps.shape[0]} × {maps.shape[1]} × {count}**: a map for each filter. "
        f"{cost if is_answered else ''}"
    )
    show_maps(np.moveaxis(maps, -1, 0), [lab.KERNELS[name].title for name in FILTERS[:count]], contrast=contrast)


def _choose_slices(kernel: np.ndarray) -> tuple[np.ndarray, float]:
    """A kernel (k, k, 3) and its bias."""
    made = {"mine": kernel, "negated": lab.negate(kernel), "zero": np.zeros_like(kernel)}
    slices = []
    for channel in ("red", "green", "blue"):
        key = f"convolution.{channel}"
        address.allow(key, SLICES.values())
        given = {"format_func": SLICES.get, "key": key, "bind": "query-params", "width": presenter.pixels(135)}
        slices.append(made[st.selectbox(channel.capitalize(), list(SLICES), **given)])
    return np.stack(slices, -1), choose_bias("convolution.volume_bias")
