"""After the sum: bias and activation, why a bend is needed, and pooling."""

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core.convolution.activations import ACTIVATIONS
from cnn_core.plotting import lab as figures
from pages.ui.components.stage import convolution_data, pooling_data
from pages.ui.lab import lesson
from pages.ui.lab.linked import clamp, show_stage
from pages.ui.lab.sliding import write
from pages.ui.lab.subject import Picture

FIRST = np.array([[1, 2], [-1, 3]])
SECOND = np.array([[2, 0], [1, -1]])
INPUT = {"x₁": 3, "x₂": -1}


def show(picture: Picture, kernel: np.ndarray) -> None:
    bias, name = _choose_activation()
    settings = {"bias": bias, "activation": name}
    show_stage(convolution_data, picture.gray, kernel, key="convolution.bent", **settings)
    z = lab.conv2d(picture.gray, kernel, bias)
    zeros = float((ACTIVATIONS[name](z) == 0).mean())
    st.markdown(f"**{zeros:.0%}** of the {z.size:,} values are 0 after {ACTIVATIONS[name].title}.")
    _show_curves(name)
    _show_collapse()
    _show_pooling(ACTIVATIONS[name](z))


def _choose_activation() -> tuple[float, str]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Activation",
            list(ACTIVATIONS),
            index=1,
            format_func=lambda name: ACTIVATIONS[name].title,
            key="convolution.activation",
            bind="query-params",
            width=210,
        )
        bias = st.number_input("Bias", value=0.0, step=1.0, key="convolution.bias", bind="query-params", width=140)
    return bias, name


def _show_curves(name: str) -> None:
    st.subheader("The bend", anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        x = st.slider("Move z", -5.0, 5.0, -1.0, 0.1, key="convolution.x", bind="query-params")
        y = float(ACTIVATIONS[name](x))
        st.latex(ACTIVATIONS[name].formula)
        st.latex(rf"g({x:g}) = {y:.3g}")
        st.markdown(ACTIVATIONS[name].sentence)
    alt = f"Curve of {ACTIVATIONS[name].title} from −5 to 5 among the other activations; at {x:g} it is {y:.3g}."
    right.plotly_chart(figures.activation_curves(name, x), config={"displayModeBar": False}, alt=alt)
    right.caption("Gray: the other activations.")


def _show_collapse() -> None:
    """Two layers of two units, with and without a bend between them, on one input."""
    st.subheader("Two layers without it are one", anchor=False)
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
        mode = st.segmented_control(
            "Keep", lab.POOLINGS, default="max", required=True, key="convolution.pooling", bind="query-params"
        )
        most = min(4, *maps.shape)
        clamp("convolution.pool", most)
        size = st.number_input("Window", 1, most, min(2, most), key="convolution.pool", bind="query-params", width=140)
        stride = st.number_input(
            "Stride", 1, 4, min(2, most), key="convolution.pool_stride", bind="query-params", width=140
        )
    pooled = lab.pool2d(maps, mode, size=size, stride=stride)
    at, window = _liveliest_window(maps, size, stride)
    place = st.container()
    is_answered = lesson.ask(
        f"pooling.{mode}.{size}.{stride}.{maps.sum():.3f}",
        f"Window number {at + 1} holds {', '.join(write(round(v, 2)) for v in window.flat)}. What does *{mode}* keep?",
        [write(value) for value in sorted({round(float(value), 2) for value in _candidates(window)})],
        write(round(float(pooled.values.flat[at]), 2)),
        "One number of the window goes on; for max and min it is marked in the picture.",
    )
    with place:
        show_stage(
            pooling_data,
            maps,
            mode,
            size=size,
            stride=stride,
            known=None if is_answered else at,
            key="convolution.pooled",
        )
    walk = lab.geometry(maps.shape, (size, size), stride=stride)
    st.markdown(walk.leftover())
    whole = {kind: float(lab.global_pool(maps[..., None], kind)[0]) for kind in ("average", "max")}
    st.markdown(
        f"**Global pooling** makes one number of the whole map: its average is {write(round(whole['average'], 2))}, "
        f"its maximum {write(round(whole['max'], 2))}."
    )


def _liveliest_window(maps: np.ndarray, size: int, stride: int) -> tuple[int, np.ndarray]:
    """Which window of a pooling holds the most different values, in reading order, and its values."""
    highest, lowest = (lab.pool2d(maps, mode, size=size, stride=stride).values for mode in ("max", "min"))
    at = int(np.argmax(highest - lowest))
    row, column = (stride * place for place in divmod(at, highest.shape[1]))
    return at, maps[row : row + size, column : column + size]


def _candidates(window: np.ndarray) -> tuple[float, ...]:
    return window.max(), window.min(), window.mean(), window.sum()
