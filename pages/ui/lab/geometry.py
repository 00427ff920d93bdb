"""Geometry: the formula with its floor, what is left over, and how often each pixel is read."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from cnn_core import convolution as lab
from cnn_core.code import convolution as code
from cnn_core.plotting import lab as figures
from pages.ui import address, charts, guidance, presenter
from pages.ui.components.stage import convolution_data
from pages.ui.lab import in_code
from pages.ui.lab.desk import Desk, Subject
from pages.ui.lab.linked import show_stage
from pages.ui.lessons import locks

SIDE, KERNEL, STRIDE = "convolution.side", "convolution.window", "convolution.stride"
PADDING, ZEROS, DILATION = "convolution.padding", "convolution.zeros", "convolution.dilation"
_PADDING_HELP = (
    "**valid**: none. **same**: at stride 1 the output is as large as the input; if the number of zeros is odd, Keras "
    "puts the extra one below and on the right. **full**: every overlap. **custom**: the same number on every side, "
    "as in PyTorch."
)


def show(desk: Desk, on: Subject) -> None:
    with desk.figure:
        left, right = st.columns([5, 4], gap="medium")
    place, formula, choices = left.container(), right.container(), right.container()
    with choices:
        side, size, settings = _choose()
    image, weights = lab.fit(on.picture.gray, side), lab.resize(on.kernel, size)
    with place:
        show_stage(
            convolution_data, image, weights, beside=False, editable=True, key="convolution.geometry", **settings
        )
    walk = lab.geometry(image.shape, weights.shape, **settings)
    with formula:
        st.latex(walk.rows.formula())
        st.markdown(walk.leftover())
    with desk.below:
        _ask(walk)
        _show_details(walk)
    read, is_gray = in_code.read, in_code.is_colour(on.picture)
    in_code.show(desk, lambda: code.geometry(read(on.picture), weights, side, **settings, is_gray=is_gray))


def _show_details(walk: lab.Geometry) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**The formula**")
        st.latex(lab.FORMULA)
        st.caption("n: input, p: zeros on a side, d: dilation, k: kernel, s: stride; ⌊ ⌋ rounds down.")
        _compare(walk)
    with right:
        st.markdown("**How many outputs read each pixel**")
        counts = walk.coverage()
        unread = int((counts == 0).sum())
        said = walk.corner() + (f" Never read, in orange: {unread:,} of {counts.size:,}." if unread else "")
        charts.show(figures.coverage_map(counts, presenter.scale()), said)


def _choose() -> tuple[int, int, dict]:
    """Input side, kernel size, and the settings of `conv2d`; no choice leads to an impossible window."""
    columns, given = st.columns(3, gap="medium"), {"bind": "query-params", "disabled": locks.is_locked("geometry")}
    address.allow_number(SIDE, 3, 32)
    side = columns[0].slider("Input n", 3, 32, 8, key=SIDE, **given)
    address.allow_number(KERNEL, 1, min(7, side))
    size = columns[1].slider("Kernel k", 1, min(7, side), 3, key=KERNEL, **given)
    address.allow_number(STRIDE, 1, 5)
    stride = columns[2].slider("Stride s", 1, 5, 2, key=STRIDE, **given)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    address.allow(PADDING, [*lab.PADDINGS, "custom"])
    padding = row.segmented_control(
        "Padding",
        [*lab.PADDINGS, "custom"],
        default="valid",
        required=True,
        key=PADDING,
        help=_PADDING_HELP,
        **given,
    )
    if padding == "custom":
        address.allow_number(ZEROS, 0, 6)
        padding = row.number_input("Zeros on every side", 0, 6, 1, key=ZEROS, width=presenter.pixels(150), **given)
    largest = lab.largest_dilation(side, size, padding, limit=3)
    address.allow_number(DILATION, 1, largest)
    dilation = row.segmented_control(
        "Dilation d",
        range(1, largest + 1),
        default=1,
        required=True,
        key=DILATION,
        help="The step from one pixel under the kernel to the next: 2 leaves a gap of one pixel between them.",
        **given,
    )
    return side, size, {"stride": stride, "padding": padding, "dilation": dilation}


def _ask(walk: lab.Geometry) -> None:
    """Ask for the outputs at another stride than the one on the screen."""
    axis = walk.rows
    stride = 2 if axis.stride == 1 else 1
    other = replace(axis, stride=stride)
    room = f"{axis.padded} − {axis.span} = {axis.room}"
    steps = f"{axis.room}" if stride == 1 else f"⌊{axis.room} / {stride}⌋"
    guidance.ask(
        f"geometry.{axis}",
        f"If the stride were {stride} and everything else the same, how many outputs would there be on a side?",
        [str(number) for number in sorted({axis.outputs, axis.room // stride, other.outputs, axis.size})],
        str(other.outputs),
        hint="How many pixels can the window move, in steps of the new stride? The place where it starts counts too.",
        why=f"The window can move {room} pixels, and {steps} + 1 = {other.outputs}.",
    )


def _compare(walk: lab.Geometry) -> None:
    """Valid, same and full for these sizes, a row each."""
    axis = walk.rows
    rows = []
    for padding in lab.PADDINGS:
        try:
            other = lab.geometry(
                (axis.size,) * 2, (axis.kernel,) * 2, stride=axis.stride, dilation=axis.dilation, padding=padding
            )
        except lab.GeometryError:
            continue
        rows.append(
            {
                "padding": padding,
                "zeros before + after": f"{other.rows.before} + {other.rows.after}",
                "output": f"{other.rows.outputs} × {other.columns.outputs}",
                "corner is read": int(other.coverage()[0, 0]),
                "rows never read": other.rows.never_read,
            }
        )
    st.table(pd.DataFrame(rows).set_index("padding"))
