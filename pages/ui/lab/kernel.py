"""The kernel that is carried from step to step: by name, or typed and pasted. Its text is part of the link."""

import numpy as np
import pandas as pd
import streamlit as st

from cnn_core import convolution as lab

KERNEL = "convolution.kernel"
_PRESET, _EDITED, _KEPT = "convolution.preset", "convolution.edited", "convolution.kept"
_CUSTOM = "custom"
VERTICAL = lab.write_kernel(lab.KERNELS["vertical"].weights())
_HELP = (
    "Rows end at a line break, a semicolon or a slash between spaces; numbers are separated by spaces, tabs or commas. "
    f"Fractions such as 1/9 and Python's brackets are read too. Weights go from −{lab.MOST:,} to {lab.MOST:,}."
)


def choose_kernel() -> np.ndarray:
    """The kernel (k, k): a preset or the visitor's own. An invalid text is explained, and the kernel stays."""
    place = st.container(width=210)
    with st.popover("Edit kernel", icon=":material/edit:"):
        text = st.text_area("Weights, row by row", VERTICAL, key=KERNEL, bind="query-params", height=100, help=_HELP)
        kernel, why = _read(text)
        if len(kernel) % 2 == 0:
            st.caption(
                f"A {len(kernel)} × {len(kernel)} kernel has no middle: with padding *same* the extra row and column "
                "of zeros are below and on the right, as in Keras."
            )
        _edit(kernel)
    name = lab.preset_of(kernel) or _CUSTOM
    st.session_state[_PRESET] = name
    place.selectbox(
        "Kernel",
        [*([_CUSTOM] if name == _CUSTOM else []), *lab.KERNELS],
        format_func=lambda name: "Custom" if name == _CUSTOM else lab.KERNELS[name].title,
        key=_PRESET,
        on_change=_take_preset,
        args=(len(kernel),),
    )
    if why:
        st.error(why, icon=":material/error:")
    return kernel


def set_kernel(kernel: np.ndarray) -> None:
    """For callbacks: another kernel, from the next run on."""
    st.session_state[KERNEL] = lab.write_kernel(kernel)


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
    if name != _CUSTOM:
        set_kernel(lab.KERNELS[name].weights(max(size, 3)))


def _edit(kernel: np.ndarray) -> None:
    """The weights as a table, and buttons that change the kernel.

    The table keeps its place while one types, so it starts again only when the kernel came from elsewhere.
    """
    text = lab.write_kernel(kernel)
    base, result, version = st.session_state.get(_EDITED, (None, None, 0))
    if result != text:
        base, version = kernel, version + 1
        st.session_state[_EDITED] = (base, text, version)
    key = f"convolution.table.{version}"
    weight = st.column_config.NumberColumn(required=True, min_value=-lab.MOST, max_value=lab.MOST)
    table = pd.DataFrame(base, columns=[str(number) for number in range(1, len(base) + 1)])
    columns = dict.fromkeys(table.columns, weight)
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
            kernel[int(row), int(column) - 1] = 0.0 if weight is None else weight
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
