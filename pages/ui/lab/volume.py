"""Volumes: a filter with a slice for each channel, many filters, and the filters that a network has learned."""

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core import runs
from cnn_core.convolution.activations import ACTIVATIONS
from cnn_core.images import enlarge
from cnn_core.plotting import lab as figures
from pages.ui import controls
from pages.ui.components.stage import convolution_data
from pages.ui.lab import lesson
from pages.ui.lab.linked import show_stage
from pages.ui.lab.sliding import write
from pages.ui.lab.subject import Picture

SLICES = {"mine": "your kernel", "negated": "your kernel, negated", "zero": "zeros"}
FILTERS = ("vertical", "horizontal", *(name for name in lab.KERNELS if name not in ("vertical", "horizontal")))
TILE = 160  # pixels, about


def show_channels(picture: Picture, kernel: np.ndarray) -> None:
    slices, bias = _choose_slices(kernel)
    settings = {"bias": bias, "channels": "RGB", "activation": "relu"}
    show_stage(convolution_data, picture.rgb, slices, key="convolution.volume", **settings)
    if picture.small.ndim == 2:
        st.caption("This picture is gray: its three channels are equal. Choose a test image for colours.")
    height, width = picture.rgb.shape[:2]
    lesson.ask(
        f"channels.{len(kernel)}",
        "How many weights does one filter on a colour picture have, without the bias?",
        [str(number) for number in sorted({3, kernel.size, 3 * kernel.size, 9 * kernel.size})],
        str(3 * kernel.size),
        f"{len(kernel)} × {len(kernel)} × 3: a slice for each channel.",
    )
    st.subheader("Many filters, many maps", anchor=False)
    count = st.slider("Filters", 1, len(FILTERS), 2, key="convolution.filters", bind="query-params", width=420)
    size = max(len(kernel), 3)
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
    _show_maps(maps, [lab.KERNELS[name].title for name in FILTERS[:count]])


def _choose_slices(kernel: np.ndarray) -> tuple[np.ndarray, float]:
    """A kernel (k, k, 3) and its bias."""
    made = {"mine": kernel, "negated": lab.negate(kernel), "zero": np.zeros_like(kernel)}
    slices = []
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for channel in ("red", "green", "blue"):
            key = f"convolution.{channel}"
            chosen = st.selectbox(
                f"{channel.capitalize()} slice",
                list(SLICES),
                format_func=SLICES.get,
                key=key,
                bind="query-params",
                width=200,
            )
            slices.append(made[chosen])
        bias = st.number_input(
            "Bias", value=0.0, step=1.0, key="convolution.volume_bias", bind="query-params", width=140
        )
    return np.stack(slices, -1), bias


def _show_maps(maps: np.ndarray, titles: list[str]) -> None:
    """maps (h, w, N), all on one scale."""
    limit = float(np.abs(maps).max())
    shown = [figures.signed_picture(maps[..., number], limit) for number in range(maps.shape[2])]
    times = max(1, TILE // maps.shape[0])
    with st.container(horizontal=True):
        for picture, title in zip(shown, titles, strict=True):
            st.image(enlarge(picture, times), title, width=TILE, alt=f"Map of {title}")
    st.caption("All maps on one scale: orange below 0, white 0, blue above 0.")


def show_learned(picture: Picture, kernel: np.ndarray) -> None:
    run = controls.choose_run("convolution.run", _learns_its_first_filters)
    epochs = run.snapshot_epochs() if run else []
    if not run or not epochs:
        st.markdown("Until then, your own kernel in the same view:")
        show_stage(convolution_data, picture.gray, kernel, key="convolution.own")
        return
    kernels = _choose_epoch(run, epochs)
    if kernels is None:
        return
    number = _choose_filter(kernels)
    image = picture.rgb / 255
    learned, bent = kernels[..., number], run.config.network.activation
    settings = {"padding": run.config.network.padding, "activation": bent, "channels": "RGB"}
    show_stage(convolution_data, image, learned, key="convolution.learned", **settings)
    st.caption(
        f"First layer of *{run.title}*, without its bias. Pixels go from 0 to 1 there: the network divides them by "
        "255. Networks whose first layer is a fixed whitening are not offered: it is computed, not learned."
    )
    _show_beside(image, learned, kernel, number, bent)


def _learns_its_first_filters(run: runs.Run) -> bool:
    """Where a fixed whitening comes first, what is learned does not look at the picture itself."""
    return run.is_tested() and not run.config.network.whitening


def _choose_epoch(run: runs.Run, epochs: list[int]) -> np.ndarray | None:
    """First-layer kernels (k, k, 3, N) after a chosen epoch; None, and says so, if there are none."""
    epoch = epochs[-1]
    if len(epochs) > 1:
        epoch = st.select_slider("After epoch", epochs, epochs[-1], key=f"convolution.epoch.{run.id}", width=420)
    try:
        kernels = run.snapshot(epoch).kernels.astype(float)
    except runs.RunError as error:
        st.error(str(error), icon=":material/error:")
        return None
    if not kernels.size:
        st.info("This network has no convolution; choose another run.")
        return None
    return kernels


def _choose_filter(kernels: np.ndarray) -> int:
    count = kernels.shape[3]
    number = st.number_input(
        f"Filter, 1 to {count}", 1, count, key="convolution.filter", bind="query-params", width=160
    )
    with st.expander(f"All {count} filters, each as the sum of its three slices"):
        _show_maps(kernels.sum(2), [f"{position + 1}" for position in range(count)])
    return number - 1


def _show_beside(image: np.ndarray, learned: np.ndarray, kernel: np.ndarray, number: int, bent: str) -> None:
    st.subheader("Beside the one made by hand", anchor=False)
    by_hand = np.repeat(kernel[..., None], 3, -1) / 3
    maps = [lab.conv2d(image, weights, padding="same") for weights in (learned, by_hand)]
    titles = [f"Filter {number + 1}, learned", "Your kernel, on all three channels"]
    for column, values, title in zip(st.columns(2), maps, titles, strict=True):
        shown = figures.signed_picture(values, float(np.abs(values).max()))
        column.image(enlarge(shown, max(1, 320 // len(shown))), title, alt=f"Map of {title}")
        column.caption(
            f"From {write(round(values.min(), 2))} to {write(round(values.max(), 2))}, each on its own scale."
        )
    share = float((ACTIVATIONS[bent](maps[0]) == 0).mean())
    lesson.ask(
        f"learned.{number}.{share:.3f}",
        f"What share of this filter's map is exactly 0 after {ACTIVATIONS[bent].title}, before the bias?",
        ["below 10%", "10% to 50%", "50% to 90%", "above 90%"],
        ["below 10%", "10% to 50%", "50% to 90%", "above 90%"][int(np.digitize(share, [0.1, 0.5, 0.9]))],
        f"{share:.0%} of its {maps[0].size:,} values.",
    )
