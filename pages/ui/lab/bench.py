"""The kernel bench: an image through one kernel or two, shown so that negative results are not overlooked."""

import numpy as np
import pandas as pd
import streamlit as st

from cnn_core import convolution as lab
from cnn_core.images import enlarge
from cnn_core.plotting import lab as figures
from pages.ui import address
from pages.ui.lab import lesson
from pages.ui.lab.subject import BENCH, Picture, as_gray

MODES = {
    "signed": ("Signed", "Orange is below 0, white is 0, blue is above 0: nothing is lost."),
    "absolute": ("Absolute", "Without the sign: only the strength of the answer remains; 0 is black."),
    "relu": ("ReLU", "What a ReLU passes on: negative results become 0, which is black."),
    "clipped": ("Photo editor", "Cut off at 0 and 255, as a photo editor does."),
}
DISPLAY, CHANNEL, SECOND = "convolution.display", "convolution.channel", "convolution.second"
CHANNELS = {"gray": "Gray", "red": "R", "green": "G", "blue": "B", "all": "All three"}


def show(picture: Picture, kernel: np.ndarray) -> None:
    mode, maps = _choose(picture)
    columns = st.columns(3)
    with columns[0]:
        _show_input(maps, picture.note)
    with columns[1]:
        _show_result(_title(kernel), maps, kernel, mode)
    with columns[2]:
        second = st.session_state.get(SECOND)
        if second:
            _show_result(lab.KERNELS[second].title, maps, lab.KERNELS[second].weights(max(len(kernel), 3)), mode)
        else:
            _show_facts(kernel)
    st.caption(f"**{MODES[mode][0]}**: {MODES[mode][1]}")
    total = float(kernel.sum())
    lesson.ask(
        f"kernel.{lab.write_kernel(kernel)}",
        "An image is the same gray, 100, everywhere. What is the result of this kernel?",
        lesson.numbers(0.0, 100.0, -100.0, 255.0, 100 * total),
        lab.write(100 * total),
        lab.sum_sentence(kernel),
    )


def _choose(picture: Picture) -> tuple[str, list[np.ndarray]]:
    """The display mode, and the channels that go through the kernel."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        address.allow(DISPLAY, [title for title, _ in MODES.values()])
        mode = st.segmented_control(
            "Show the result as",
            list(MODES),
            format_func=lambda name: MODES[name][0],
            default="signed",
            required=True,
            key=DISPLAY,
            bind="query-params",
        )
        address.allow(CHANNEL, CHANNELS.values())
        channel = st.segmented_control(
            "Channel",
            list(CHANNELS),
            format_func=CHANNELS.get,
            default="gray",
            required=True,
            key=CHANNEL,
            bind="query-params",
            help="Gray is the brightness that the eye sees: 30% red, 59% green, 11% blue.",
        )
        address.allow(SECOND, [preset.title for preset in lab.KERNELS.values()])
        st.selectbox(
            "Second kernel",
            list(lab.KERNELS),
            index=None,
            format_func=lambda name: lab.KERNELS[name].title,
            placeholder="None",
            key=SECOND,
            bind="query-params",
            width=210,
        )
    pixels = picture.large
    if channel == "gray" or pixels.ndim == 2:
        return mode, [as_gray(pixels)]
    if channel == "all":
        return mode, [pixels[..., number] for number in range(3)]
    return mode, [pixels[..., ["red", "green", "blue"].index(channel)]]


def _title(kernel: np.ndarray) -> str:
    name = lab.preset_of(kernel)
    return lab.KERNELS[name].title if name else "Your kernel"


def _show_input(maps: list[np.ndarray], note: str) -> None:
    st.markdown("**Input**")
    brightest = 255 if maps[0].dtype == np.uint8 else int(maps[0].max())
    shown = np.stack(maps * (3 // len(maps)), -1)
    st.image(_enlarged((shown * (255 / brightest)).astype(np.uint8)), width="stretch", alt="The image before")
    st.caption(f"{maps[0].shape[0]} × {maps[0].shape[1]} · from {maps[0].min()} to {maps[0].max()}")
    if note:
        st.caption(note)


def _show_result(title: str, maps: list[np.ndarray], kernel: np.ndarray, mode: str) -> None:
    st.markdown(f"**{title}**")
    results = [lab.conv2d(pixels, kernel) for pixels in maps]
    pictures = [_enlarged(shown) for shown in figures.result_images(results, mode)]
    names = ["R", "G", "B"] if len(pictures) == 3 else [f"{title}, {MODES[mode][0]}"]
    for shown, name in zip(pictures, names, strict=True):
        st.image(shown, name if len(pictures) == 3 else None, width="stretch", alt=f"The image after: {name}")
    low, high = min(values.min() for values in results), max(values.max() for values in results)
    said = f"{results[0].shape[0]} × {results[0].shape[1]} · from {lab.write(low)} to {lab.write(high)}"
    lost = np.mean([(values < 0).mean() for values in results])
    if mode in ("clipped", "relu") and lost:
        said += f" · **{lost:.0%} of the results are negative and shown as black**"
    st.caption(said)
    name = lab.preset_of(kernel)
    st.markdown(lab.KERNELS[name].sentence if name else "A kernel of your own.")


def _show_facts(kernel: np.ndarray) -> None:
    st.markdown("**The kernel**")
    st.table(pd.DataFrame(kernel).map(lab.write), hide_header=True, hide_index=True)
    st.markdown(lab.sum_sentence(kernel))


def _enlarged(pixels: np.ndarray) -> np.ndarray:
    return enlarge(pixels, max(1, BENCH // pixels.shape[0]))
