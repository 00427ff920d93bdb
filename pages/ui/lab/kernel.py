"""The kernel that is carried from step to step: by name, typed over, or pasted. Its text is part of the link."""

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from pages.ui import presenter
from pages.ui.lab.desk import Desk
from pages.ui.lessons import locks

KERNEL = "convolution.kernel"
_PRESET, _KEPT, _REFUSED = "convolution.preset", "convolution.kept", "convolution.refused"
_CUSTOM = "custom"
VERTICAL = lab.write_kernel(lab.KERNELS["vertical"].weights())
_HELP = (
    "Rows end at a line break, a semicolon or a slash between spaces; numbers are separated by spaces, tabs or commas. "
    f"Fractions such as 1/9 and Python's brackets are read too. Weights go from −{lab.MOST:,} to {lab.MOST:,}."
)


def choose_kernel(desk: Desk, *, is_used: bool, with_changes: bool) -> np.ndarray:
    """The kernel (k, k): a preset or the visitor's own. An invalid text is explained, and the kernel stays.

    A step that does not use it (`is_used` False) shows nothing of it. `with_changes`: with its size and its turns.
    """
    if KERNEL not in st.session_state and KERNEL not in st.query_params and _KEPT in st.session_state:
        st.session_state[KERNEL] = st.session_state[_KEPT]  # back from a step or a page that did not use it
    if not is_used:
        return _read(st.session_state.get(KERNEL) or st.query_params.get(KERNEL) or VERTICAL)[0]
    is_locked = locks.is_locked("kernel")
    with desk.tools.expander("The kernel as text: paste, copy, change its size", key="convolution.kernel-text"):
        given = {"key": KERNEL, "bind": "query-params", "disabled": is_locked}
        text = st.text_area("Weights, row by row", VERTICAL, height=100, help=_HELP, **given)
        kernel, why = _read(text)
        if with_changes:
            show_changes(kernel)
    why = st.session_state.pop(_REFUSED, why)
    name = lab.preset_of(kernel) or _CUSTOM
    st.session_state[_PRESET] = name
    desk.controls.selectbox(
        "Kernel",
        [*([_CUSTOM] if name == _CUSTOM else []), *lab.KERNELS],
        format_func=lambda name: "Custom" if name == _CUSTOM else lab.KERNELS[name].title,
        key=_PRESET,
        on_change=_take_preset,
        args=(len(kernel),),
        width=presenter.pixels(180),
        disabled=is_locked,
    )
    if why:
        desk.said.error(why, icon=":material/error:")
    return kernel


def kept_kernel() -> np.ndarray:
    """The visitor's kernel, for a page that puts it elsewhere; the lab's first one before they had any."""
    return lab.read_kernel(st.session_state.get(_KEPT, VERTICAL))


def set_kernel(kernel: np.ndarray) -> None:
    """For callbacks: another kernel, from the next run on."""
    st.session_state[KERNEL] = lab.write_kernel(kernel)


def take_edit(component: str) -> None:
    """For callbacks: a weight was typed over, or a kernel pasted, in this component. A wrong text changes nothing."""
    edit = (st.session_state.get(component) or {}).get("edit")
    kept = lab.read_kernel(st.session_state.get(_KEPT, VERTICAL))
    if not isinstance(edit, dict) or not isinstance(edit.get("text"), str) or locks.is_locked("kernel"):
        return
    text, cell = edit["text"], edit.get("cell")
    if cell is not None:
        if cell not in [list(place) for place in np.ndindex(kept.shape)]:
            return  # of a kernel that was larger, or what no honest browser sends
        row, column = map(int, cell)
        rows = [line.split() for line in lab.write_kernel(kept).split(" / ")]
        rows[row][column] = f"{text} "  # a slash at the end of a number would join the rows
        text = " ; ".join(" ".join(weights) for weights in rows)
    try:
        set_kernel(lab.read_kernel(text))
    except lab.GeometryError as error:
        st.session_state[_REFUSED] = f"{error} The kernel is unchanged."


def show_changes(kernel: np.ndarray) -> None:
    """Its size, and buttons that turn it or change its weights."""
    key, is_locked = f"convolution.size.{lab.write_kernel(kernel)}", locks.is_locked("kernel")
    with st.container(horizontal=True, gap="small", key="convolution.changes"):
        st.segmented_control(
            "Size",
            lab.SIZES,
            default=len(kernel) if len(kernel) in lab.SIZES else None,
            format_func=lambda size: f"{size} × {size}",
            required=len(kernel) in lab.SIZES,
            key=key,
            on_change=_take_size,
            args=(kernel, key),
            label_visibility="collapsed",
            disabled=is_locked,
        )
        for title, change in _CHANGES.items():
            given = {"key": f"convolution.{title}", "disabled": is_locked}
            st.button(title, on_click=lambda change=change: set_kernel(change(kernel)), **given)
    if len(kernel) % 2 == 0:
        st.caption(
            f"A {len(kernel)} × {len(kernel)} kernel has no middle: with padding *same* the extra row and column of "
            "zeros are below and on the right, as in Keras."
        )


def _read(text: str) -> tuple[np.ndarray, str]:
    """The kernel that the text describes, else the one before it; and why the text was refused."""
    try:
        kernel = lab.read_kernel(text)
    except lab.GeometryError as error:
        kept = st.session_state.get(_KEPT)
        what = "The kernel is unchanged." if kept else f"*{lab.KERNELS['vertical'].title}* is used instead."
        return lab.read_kernel(kept or VERTICAL), f"{error} {what}"
    st.session_state[_KEPT] = text
    return kernel, ""


def _take_preset(size: int) -> None:
    name = st.session_state[_PRESET]
    if name in lab.KERNELS:
        set_kernel(lab.KERNELS[name].weights(max(size, 3)))


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
