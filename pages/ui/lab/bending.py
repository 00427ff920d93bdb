"""After the sum: bias and activation, why a bend is needed, and pooling."""

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core.convolution.activations import ACTIVATIONS
from cnn_core.plotting import lab as figures
from pages.ui import address
from pages.ui.components.stage import convolution_data, pooling_data
from pages.ui.lab import lesson
from pages.ui.lab.controls import choose_activation, choose_pooling
from pages.ui.lab.linked import show_stage
from pages.ui.lab.subject import Picture

FIRST = np.array([[1, 2], [-1, 3]])
SECOND = np.array([[2, 0], [1, -1]])
INPUT = {"x₁": 3, "x₂": -1}
CURVE = "convolution.x"


def show(picture: Picture, kernel: np.ndarray) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        bias, name = choose_activation()
    settings = {"bias": bias, "activation": name}
    show_stage(convolution_data, picture.gray, kernel, key="convolution.bent", **settings)
    bent = ACTIVATIONS[name](lab.conv2d(picture.gray, kernel, bias))
    zeros = float((bent == 0).mean())
    st.markdown(f"**{zeros:.0%}** of the {bent.size:,} values are 0 after {ACTIVATIONS[name].title}.")
    _show_curves(name)
    _show_collapse()
    _show_pooling(bent)


def _show_curves(name: str) -> None:
    st.subheader("The bend", anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        address.allow_number(CURVE, -5.0, 5.0)
        x = st.slider("Move z", -5.0, 5.0, -1.0, 0.1, key=CURVE, bind="query-params")
        y = float(ACTIVATIONS[name](x))
        st.latex(ACTIVATIONS[name].formula)
        st.latex(rf"g({x:g}) = {y:.3g}")
        st.markdown(ACTIVATIONS[name].sentence)
    alt = f"Curve of {ACTIVATIONS[name].title} from −5 to 5 among the other activations; at {x:g} it is {y:.3g}."
    right.plotly_chart(figures.activation_curves(name, x), config={"displayModeBar": False}, alt=alt)
    right.caption("Gray: the other activations.")


def _show_collapse() -> None:
    """Two layers of two units, with and without a bend between them, on one input."""
    st.subheader("Without a bend, two layers are one", anchor=False)
    left, right = st.columns([2, 3], gap="large")
    x = np.array(
        [left.slider(f"Input {name}", -3, 3, start, key=f"convolution.{name}") for name, start in INPUT.items()]
    )
    hidden = FIRST @ x
    bent = ACTIVATIONS["relu"](hidden)
    right.latex(rf"W_2(W_1 x) = {_matrix(SECOND)}{_matrix(hidden)} = {_matrix(SECOND @ hidden)}")
    right.latex(rf"(W_2 W_1)\,x = {_matrix(SECOND @ FIRST)}{_matrix(x)} = {_matrix(SECOND @ FIRST @ x)}")
    right.latex(rf"W_2\,\text{{ReLU}}(W_1 x) = {_matrix(SECOND)}{_matrix(bent)} = {_matrix(SECOND @ bent)}")
    left.markdown(
        "The first two lines always agree: one matrix does the work of both layers. The third differs as soon as ReLU "
        "cuts something off, and no single matrix gives it for every input."
    )


def _matrix(values: np.ndarray) -> str:
    rows = values.reshape(len(values), -1)
    return r"\begin{bmatrix}" + r"\\".join("&".join(f"{value:g}" for value in row) for row in rows) + r"\end{bmatrix}"


def _show_pooling(maps: np.ndarray) -> None:
    st.subheader("Pooling", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode, size, stride = choose_pooling(maps.shape)
    at = _liveliest_window(maps, size, stride)
    place = st.container()
    is_answered = _ask(maps, mode, size, stride, at)
    with place:
        known = None if is_answered else at
        settings = {"size": size, "stride": stride, "known": known}
        show_stage(pooling_data, maps, mode, key="convolution.pooled", **settings)
    walk = lab.geometry(maps.shape, (size, size), stride=stride)
    st.markdown(walk.leftover())
    average, largest = (float(lab.global_pool(maps[..., None], kind)[0]) for kind in ("average", "max"))
    st.markdown(
        f"**Global pooling** makes one number of the whole map: its average is {lab.write(average)}, its maximum "
        f"{lab.write(largest)}."
    )


def _ask(maps: np.ndarray, mode: str, size: int, stride: int, at: int) -> bool:
    """What pooling keeps of the window number `at`; True once it is answered, or where there is nothing to ask."""
    pooled = lab.pool2d(maps, mode, size=size, stride=stride)
    row, column = divmod(at, pooled.shape[1])
    window = maps[stride * row : stride * row + size, stride * column : stride * column + size]
    if window.min() == window.max():
        return True
    held = ", ".join(map(lab.write, window.flat))
    return lesson.ask(
        f"pooling.{mode}.{size}.{stride}.{maps.sum():.3f}",
        f"The window for {lab.place(row, column)} holds {held}. What does *{mode}* keep?",
        lesson.numbers(window.max(), window.min(), window.mean(), window.sum()),
        lab.write(pooled[row, column]),
        f"{_REASONS[mode]} {lab.write(pooled[row, column])}.",
    )


_REASONS = {
    "max": "The largest of these numbers is",
    "min": "The smallest of these numbers is",
    "average": "Their sum, divided by how many there are, is",
}


def _liveliest_window(maps: np.ndarray, size: int, stride: int) -> int:
    """Which window of a pooling holds the most different values, in reading order."""
    highest, lowest = (lab.pool2d(maps, mode, size=size, stride=stride) for mode in ("max", "min"))
    return int(np.argmax(highest - lowest))
