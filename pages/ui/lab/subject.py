"""What every step works on: one picture and one kernel, carried from step to step and held in the address."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from cnn_core import convolution as lab
from cnn_core import data, images
from pages.ui import cache, controls

PICTURE, IMAGE, KERNEL = "convolution.picture", "convolution.image", "convolution.kernel"
_PRESET, _EDITED = "convolution.preset", "convolution.edited"
DATA_SETS = {"cifar10": "CIFAR-10 test image", "shapes10": "Shapes-10 test image"}
DRAWN, BENCH = 12, 256  # pixels a side of a drawing on the stage, and of a picture on the bench
VERTICAL = lab.write_kernel(lab.KERNELS["vertical"].weights())
_SOURCES = {
    "report": "The report's 6 × 6 example",
    **{name: stimulus.title for name, stimulus in lab.STIMULI.items()},
    **DATA_SETS,
    "upload": "A picture of your own",
    "camera": "Camera",
}


@dataclass(frozen=True)
class Picture:
    """A picture in two sizes: for the stage at most 32 a side, for the bench up to 256; gray (h, w) or (h, w, 3)."""

    name: str
    small: np.ndarray
    large: np.ndarray

    @property
    def gray(self) -> np.ndarray:
        return as_gray(self.small)

    @property
    def rgb(self) -> np.ndarray:
        return self.small if self.small.ndim == 3 else np.stack([self.small] * 3, -1)


def as_gray(pixels: np.ndarray) -> np.ndarray:
    """The picture's brightness (h, w), in whole numbers."""
    return pixels if pixels.ndim == 2 else np.rint(lab.luma(pixels)).astype(np.uint8)


def choose_picture() -> Picture:
    source = st.selectbox(
        "Picture", list(_SOURCES), format_func=_SOURCES.get, key=PICTURE, bind="query-params", width=250
    )
    if source == "report":
        return Picture(source, lab.REPORT_IMAGE, lab.REPORT_IMAGE)
    if source in lab.STIMULI:
        return _drawing(source)
    if source in DATA_SETS:
        return _test_image(source)
    return _own_picture(source) or _drawing("circle")


def _drawing(name: str) -> Picture:
    return Picture(name, lab.STIMULI[name].draw(DRAWN), lab.STIMULI[name].draw(BENCH))


def _test_image(name: str) -> Picture:
    if not data.is_ready(name) and name == "cifar10":
        st.info("CIFAR-10 is not on this machine yet; the *Data set* page gets it. Shapes-10 stands in.")
        name = "shapes10"
    try:
        split = cache.data_set(name).split("test")
    except data.DataError as error:
        st.error(f"{error} A drawing stands in.", icon=":material/error:")
        return _drawing("circle")
    index = st.number_input("Image", 0, len(split) - 1, key=IMAGE, bind="query-params", width=130)
    pixels = split.images(slice(index, index + 1))[0]
    return Picture(f"{name}.{index}", pixels, pixels)


def _own_picture(source: str) -> Picture | None:
    photo = controls.own_photo(source, "convolution", width=250)
    if photo is None:
        return None
    large = photo.image.copy()
    large.thumbnail((BENCH, BENCH))
    return Picture(f"own.{photo.digest}", images.to_network_input(photo.image), np.asarray(large))


def choose_kernel() -> np.ndarray:
    """The kernel (k, k): a preset, or one of one's own. Its text is the truth, and stands in the address."""
    place = st.container(width=210)
    with st.popover("Edit kernel", icon=":material/edit:"):
        text = st.text_input("Weights, row by row", VERTICAL, key=KERNEL, bind="query-params")
        try:
            kernel = lab.read_kernel(text)
        except lab.GeometryError as error:
            st.error(str(error), icon=":material/error:")
            kernel = lab.read_kernel(VERTICAL)
        _edit(kernel)
    st.session_state[_PRESET] = lab.preset_of(kernel)
    place.selectbox(
        "Kernel",
        list(lab.KERNELS),
        index=None,
        format_func=lambda name: lab.KERNELS[name].title,
        placeholder="Custom",
        key=_PRESET,
        on_change=_take_preset,
        args=(max(len(kernel), 3),),
    )
    return kernel


def set_kernel(kernel: np.ndarray) -> None:
    """For callbacks: another kernel, from the next run on."""
    st.session_state[KERNEL] = lab.write_kernel(kernel)


def _take_preset(size: int) -> None:
    if st.session_state[_PRESET]:
        set_kernel(lab.KERNELS[st.session_state[_PRESET]].weights(size))


def _edit(kernel: np.ndarray) -> None:
    """The weights as a table, and what one does to a kernel by hand.

    The table keeps its place while one types, so it starts again only when the kernel came from elsewhere.
    """
    text = lab.write_kernel(kernel)
    base, result, version = st.session_state.get(_EDITED, (None, None, 0))
    if result != text:
        base, version = kernel, version + 1
        st.session_state[_EDITED] = (base, text, version)
    key = f"convolution.table.{version}"
    columns = {str(number): st.column_config.NumberColumn(required=True) for number in range(len(base))}
    table = pd.DataFrame(base, columns=list(columns))
    st.data_editor(table, key=key, column_config=columns, hide_index=True, on_change=_take_edits, args=(key,))
    with st.container(horizontal=True):
        for title, change in _CHANGES.items():
            st.button(title, on_click=lambda change=change: set_kernel(change(kernel)), key=f"convolution.{title}")
    st.segmented_control(
        "Size",
        lab.SIZES,
        default=len(kernel) if len(kernel) in lab.SIZES else None,
        key=f"convolution.size.{text}",
        on_change=_take_size,
        args=(kernel, f"convolution.size.{text}"),
    )


def _take_edits(key: str) -> None:
    base, _, version = st.session_state[_EDITED]
    kernel = base.copy()
    for row, changes in st.session_state[key]["edited_rows"].items():
        for column, weight in changes.items():
            kernel[int(row), int(column)] = 0.0 if weight is None else weight
    set_kernel(kernel)
    st.session_state[_EDITED] = (base, st.session_state[KERNEL], version)


def _take_size(kernel: np.ndarray, key: str) -> None:
    size = st.session_state[key]
    if size is None:
        return
    name = lab.preset_of(kernel)
    set_kernel(lab.KERNELS[name].weights(size) if name else lab.resize(kernel, size))


def _random(kernel: np.ndarray) -> np.ndarray:
    return np.random.default_rng().integers(-2, 3, kernel.shape).astype(float)


_CHANGES = {
    "Rotate": lab.rotate,
    "Negate": lab.negate,
    "Normalise": lab.normalise,
    "Flip": lab.flip,
    "Random": _random,
}
