"""Volumes: a filter with a slice for each channel, and many filters side by side."""

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from pages.ui import address
from pages.ui.components.stage import convolution_data
from pages.ui.lab import lesson
from pages.ui.lab.controls import choose_bias, show_maps
from pages.ui.lab.linked import show_stage
from pages.ui.lab.subject import Picture

SLICES = {"mine": "your kernel", "negated": "your kernel, negated", "zero": "zeros"}
FILTERS = ("vertical", "horizontal", *(name for name in lab.KERNELS if name not in ("vertical", "horizontal")))


def show_channels(picture: Picture, kernel: np.ndarray) -> None:
    slices, bias = _choose_slices(kernel)
    settings = {"bias": bias, "channels": "RGB", "activation": "relu"}
    show_stage(convolution_data, picture.rgb, slices, key="convolution.volume", **settings)
    if picture.small.ndim == 2:
        st.caption("This image is gray: its three channels are equal. Choose a test image to see colours.")
    height, width = picture.rgb.shape[:2]
    lesson.ask(
        f"channels.{len(kernel)}",
        "How many weights does one filter on a colour image have, not counting the bias?",
        [str(number) for number in sorted({3, kernel.size, 3 * kernel.size, 9 * kernel.size})],
        str(3 * kernel.size),
        f"{len(kernel)} × {len(kernel)} × 3: a slice for each channel.",
    )
    st.subheader("Many filters, many maps", anchor=False)
    address.allow_number("convolution.filters", 1, len(FILTERS))
    count = st.slider("Filters", 1, len(FILTERS), 2, key="convolution.filters", bind="query-params", width=420)
    size = max(len(kernel), 3) | 1  # presets have a middle pixel, so the size is odd
    filters = np.stack(
        [np.repeat(lab.KERNELS[name].weights(size)[..., None], 3, -1) / 3 for name in FILTERS[:count]], -1
    )
    try:
        maps = lab.conv2d(picture.rgb, filters)
    except lab.GeometryError as error:
        st.warning(str(error), icon=":material/fit_screen:")
        return
    weights = lab.convolution_weights(size, 3, count)
    st.markdown(
        f"**{height} × {width} × 3** becomes **{maps.shape[0]} × {maps.shape[1]} × {count}**: a map for each filter. "
        f"{size} × {size} × 3 × {count} = {weights:,} weights and {count} {'bias' if count == 1 else 'biases'}."
    )
    show_maps(np.moveaxis(maps, -1, 0), [lab.KERNELS[name].title for name in FILTERS[:count]])


def _choose_slices(kernel: np.ndarray) -> tuple[np.ndarray, float]:
    """A kernel (k, k, 3) and its bias."""
    made = {"mine": kernel, "negated": lab.negate(kernel), "zero": np.zeros_like(kernel)}
    slices = []
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for channel in ("red", "green", "blue"):
            key = f"convolution.{channel}"
            address.allow(key, SLICES.values())
            chosen = st.selectbox(
                f"{channel.capitalize()} slice",
                list(SLICES),
                format_func=SLICES.get,
                key=key,
                bind="query-params",
                width=200,
            )
            slices.append(made[chosen])
        bias = choose_bias("convolution.volume_bias")
    return np.stack(slices, -1), bias
