"""Controls and rows of maps that several steps share."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core.convolution.activations import ACTIVATIONS
from cnn_core.images import enlarge
from cnn_core.plotting import lab as figures
from pages.ui import address, presenter
from pages.ui.lessons import locks

ACTIVATION, BIAS = "convolution.activation", "convolution.bias"
POOLING, WINDOW, STRIDE = "convolution.pooling", "convolution.pool", "convolution.pool_stride"
CONTRAST = "convolution.contrast"
TILE = 160  # pixels, about


def choose_activation() -> tuple[float, str]:
    """The bias and the name of the activation after it."""
    titles = {name: activation.title for name, activation in ACTIVATIONS.items()}
    address.allow(ACTIVATION, titles.values())
    name = st.selectbox(
        "Activation",
        list(titles),
        index=1,
        format_func=titles.get,
        key=ACTIVATION,
        bind="query-params",
        width=presenter.pixels(150),
        disabled=locks.is_locked("activation"),
    )
    return choose_bias(BIAS), name


def choose_bias(key: str) -> float:
    most = float(lab.MOST)
    address.allow_number(key, -most, most)
    given = {"bind": "query-params", "width": presenter.pixels(120), "disabled": locks.is_locked("activation")}
    return st.number_input("Bias", -most, most, 0.0, 1.0, key=key, **given)


def choose_pooling(map_shape: tuple[int, int]) -> tuple[str, int, int]:
    """Mode, window and stride of a pooling that fits on the map."""
    address.allow(POOLING, lab.POOLINGS)
    given = {"bind": "query-params", "disabled": locks.is_locked("activation")}
    mode = st.segmented_control("Keep", lab.POOLINGS, default="max", required=True, key=POOLING, **given)
    most = min(4, *map_shape)
    address.allow_number(WINDOW, 1, most)
    address.allow_number(STRIDE, 1, 4)
    given["width"] = presenter.pixels(140)
    size = st.number_input("Window", 1, most, min(2, most), key=WINDOW, **given)
    stride = st.number_input("Stride", 1, 4, min(2, most), key=STRIDE, **given)
    return mode, size, stride


def choose_contrast() -> float:
    """How much stronger than by their own scale the colours of results are."""
    address.allow_number(CONTRAST, 0.5, 5.0)
    return st.slider("Contrast", 0.5, 5.0, 1.0, 0.5, key=CONTRAST, bind="query-params", width=presenter.pixels(120))


def show_maps(
    maps: Sequence[np.ndarray], titles: Sequence[str], *, on_one_scale: bool = True, contrast: float = 1.0
) -> None:
    """Maps (h, w) side by side in the colours of results, with their range where each has a scale of its own."""
    limits = [figures.strongest(values) / contrast for values in maps]
    tile = presenter.pixels(TILE)
    with st.container(horizontal=True):
        for values, title, limit in zip(maps, titles, limits, strict=True):
            picture = figures.signed_image(values, max(limits) if on_one_scale else limit)
            said = title if on_one_scale else f"{title}: {lab.write(values.min())} to {lab.write(values.max())}"
            st.image(enlarge(picture, max(1, tile // len(picture))), said, width=tile, alt=f"Map: {said}")
    st.caption(f"{'All maps on one scale' if on_one_scale else 'Each map on its own scale'}. {say_scale(max(limits))}")


def say_scale(limit: float) -> str:
    """What the colours of results mean."""
    return (
        f"Orange is below 0, blue above, no colour is 0; the full colour begins at {lab.write(limit)} below or above."
    )
