"""The kernel bench: an image through one kernel or two, shown so that negative results are not overlooked."""

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core.code import convolution as code
from cnn_core.images import enlarge
from cnn_core.plotting import lab as figures
from pages.ui import address, guidance, presenter
from pages.ui.components.weights import weights
from pages.ui.lab import in_code
from pages.ui.lab.controls import choose_contrast, say_scale
from pages.ui.lab.desk import Desk, Subject
from pages.ui.lab.kernel import show_changes, take_edit
from pages.ui.lab.subject import BENCH, Picture, as_gray

MODES = {
    "signed": ("Signed", "Orange is below 0, blue above, no colour is 0: nothing is lost."),
    "absolute": ("Absolute", "Without the sign: only the strength of the answer remains; 0 is black."),
    "relu": ("ReLU", "What a ReLU passes on: negative results become 0, which is black."),
    "clipped": ("Photo editor", "Cut off at 0 and 255, as a photo editor does."),
}
DISPLAY, CHANNEL, SECOND = "convolution.display", "convolution.channel", "convolution.second"
EDITOR = "convolution.weights"
SIDE, NARROW = 280, 230  # pixels of one of two and of three pictures, with the gap beside it
CHANNELS = {"gray": "Gray", "red": "R", "green": "G", "blue": "B", "all": "All three"}


def show(desk: Desk, on: Subject) -> None:
    kernel = on.kernel
    with desk.controls:
        mode, maps, second, contrast = _choose(on.picture)
    is_answered = _ask(desk, kernel)
    # Rows and no columns: on a phone these would stand below each other, and the result far down.
    with desk.figure:
        row = st.container(horizontal=True, gap="medium")
    pictures = row.container(horizontal=True, width=presenter.pixels(3 * NARROW if second else 2 * SIDE))
    with pictures.container():
        _show_input(maps, on.picture.note)
    with pictures.container():
        _show_result("Result", maps, kernel, mode, contrast)
    if second:
        with pictures.container():
            other = lab.KERNELS[second]
            _show_result(other.title, maps, other.weights(max(len(kernel), 3)), mode, contrast)
    with row.container(width=presenter.pixels(200)):
        st.markdown(f"**{_title(kernel)}**")
        weights(kernel, key=EDITOR, on_edit=lambda: take_edit(EDITOR))
        st.caption("Click a weight and type, or paste a kernel.")
    with desk.said:
        show_changes(kernel)
    with desk.below:
        st.caption(f"**{MODES[mode][0]}**: {MODES[mode][1]}")
        name = lab.preset_of(kernel)
        said = lab.KERNELS[name].sentence if name else "A kernel of your own."
        st.markdown(f"**{_title(kernel)}.** {said} {lab.sum_sentence(kernel) if is_answered else ''}")
    in_code.show(desk, lambda: _code(on, mode))


def _code(on: Subject, mode: str) -> str:
    channel = "" if on.picture.large.ndim == 2 else st.session_state.get(CHANNEL, "gray")
    return code.bench(in_code.read(on.picture, is_large=True), on.kernel, channel, mode)


def _ask(desk: Desk, kernel: np.ndarray) -> bool:
    total = float(kernel.sum())
    with desk.below:
        return guidance.ask(
            f"kernel.{lab.write_kernel(kernel)}",
            "An image is the same gray, 100, everywhere. What is the result of this kernel?",
            guidance.numbers(0.0, 100.0, -100.0, 255.0, 100 * total),
            lab.write(100 * total),
            hint="Every product has the same pixel, 100, in it. So add up the weights first.",
            why=f"100 × {lab.write(total)} = {lab.write(100 * total)}. {lab.sum_sentence(kernel)}",
        )


def _choose(picture: Picture) -> tuple[str, list[np.ndarray], str | None, float]:
    """The display mode, the channels that go through the kernel, a second kernel, and the contrast."""
    address.allow(DISPLAY, [title for title, _ in MODES.values()])
    titles = {name: title for name, (title, _) in MODES.items()}
    given = {"bind": "query-params", "width": presenter.pixels(130)}
    mode = st.selectbox("Show the result as", list(MODES), format_func=titles.get, key=DISPLAY, **given)
    address.allow(CHANNEL, CHANNELS.values())
    channel = st.selectbox(
        "Channel",
        list(CHANNELS),
        format_func=CHANNELS.get,
        key=CHANNEL,
        help="Gray is the brightness that the eye sees: 30% red, 59% green, 11% blue.",
        **given,
    )
    address.allow(SECOND, [preset.title for preset in lab.KERNELS.values()])
    second = st.selectbox(
        "Second kernel",
        list(lab.KERNELS),
        index=None,
        format_func=lambda name: lab.KERNELS[name].title,
        placeholder="None",
        key=SECOND,
        **given,
    )
    return mode, _channels(picture.large, channel), second, choose_contrast()


def _channels(pixels: np.ndarray, channel: str) -> list[np.ndarray]:
    if channel == "gray" or pixels.ndim == 2:
        return [as_gray(pixels)]
    if channel == "all":
        return [pixels[..., number] for number in range(3)]
    return [pixels[..., ["red", "green", "blue"].index(channel)]]


def _title(kernel: np.ndarray) -> str:
    name = lab.preset_of(kernel)
    return lab.KERNELS[name].title if name else "Your kernel"


def _show_input(maps: list[np.ndarray], note: str) -> None:
    st.markdown("**Input**")
    brightest = 255 if maps[0].dtype == np.uint8 else int(maps[0].max())
    shown = np.stack(maps * (3 // len(maps)), -1)
    _show((shown * (255 / brightest)).astype(np.uint8), "The image before")
    st.caption(f"{maps[0].shape[0]} × {maps[0].shape[1]} · from {maps[0].min()} to {maps[0].max()}. {note}")


def _show_result(title: str, maps: list[np.ndarray], kernel: np.ndarray, mode: str, contrast: float) -> None:
    st.markdown(f"**{title}**")
    results = [lab.conv2d(pixels, kernel) for pixels in maps]
    pictures = figures.result_images(results, mode, contrast)
    for shown, name in zip(pictures, ["R", "G", "B"], strict=False):
        said = name if len(pictures) == 3 else f"{title}, {MODES[mode][0]}"
        _show(shown, f"The image after: {said}", name if len(pictures) == 3 else None)
    low, high = min(values.min() for values in results), max(values.max() for values in results)
    said = f"{results[0].shape[0]} × {results[0].shape[1]} · from {lab.write(low)} to {lab.write(high)}."
    if mode == "signed":
        said += f" {say_scale(max(map(figures.strongest, results)) / contrast)}"
    lost = np.mean([(values < 0).mean() for values in results])
    if mode in ("clipped", "relu") and lost:
        said += f" **{lost:.0%} of the results are negative and shown as black.**"
    st.caption(said)


def _show(pixels: np.ndarray, alt: str, caption: str | None = None) -> None:
    st.image(enlarge(pixels, max(1, BENCH // pixels.shape[0])), caption, width="stretch", alt=alt)
