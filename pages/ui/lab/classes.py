"""From maps to an answer: flatten, dense unit, softmax, cross-entropy; and what a dense layer costs."""

import numpy as np
import pandas as pd
import streamlit as st

from cnn_core import convolution as lab
from cnn_core import data, plotting
from cnn_core.convolution.activations import ACTIVATIONS, cross_entropy, cross_entropy_gradient, softmax
from cnn_core.plotting import lab as figures
from pages.ui.components.stage import convolution_data
from pages.ui.lab import lesson
from pages.ui.lab.linked import show_stage
from pages.ui.lab.subject import Picture

LOGITS = np.array([0.4, -1.2, 0.9, 2.1, 0.3, 1.6, -0.5, 0.2, -0.8, -1.5])
SIDE = 4  # of the map that is flattened, at most


def show(picture: Picture, kernel: np.ndarray) -> None:
    pooled = _show_flatten(picture, kernel)
    _show_dense(pooled)
    _show_softmax()
    _show_ledger()


def _show_flatten(picture: Picture, kernel: np.ndarray) -> np.ndarray:
    """The kernel's map, bent and pooled to at most 4 x 4, and the same numbers in a row."""
    st.subheader("Flatten: the same numbers in a row", anchor=False)
    maps = ACTIVATIONS["relu"](lab.conv2d(picture.gray, kernel))
    size = max(1, -(-max(maps.shape) // SIDE))
    pooled = lab.pool2d(maps, size=min(size, *maps.shape)).values
    left, right = st.columns([2, 3], gap="large")
    left.table(pd.DataFrame(pooled).style.format("{:.4g}"), hide_header=True, hide_index=True)
    right.latex(r"\left[" + r",\;".join(f"{value:.4g}" for value in pooled.flat) + r"\right]")
    right.markdown(
        f"Your kernel, ReLU and a {size} × {size} max pooling make {pooled.shape[0]} × {pooled.shape[1]} numbers; "
        f"flattened they are {pooled.size}, row after row. Nothing is computed; only their places are forgotten."
    )
    return pooled


def _show_dense(pooled: np.ndarray) -> None:
    st.subheader("One dense unit: one more sum", anchor=False)
    weights = np.resize([0.5, -0.5, 0.25], pooled.size).reshape(pooled.shape)
    st.markdown(
        "A weight for every number, here 0.5, −0.5 and 0.25 in turn: the same sum of products as before, with a window "
        "as large as the map, so that nothing is shared and there is one output."
    )
    show_stage(convolution_data, pooled, weights, bias=1.0, activation="relu", key="convolution.dense")


def _show_softmax() -> None:
    st.subheader("Softmax and loss", anchor=False)
    names = data.class_names("cifar10")
    left, right = st.columns([2, 3], gap="large")
    with left:
        label = names.index(
            st.selectbox("The picture's true class", names, 3, key="convolution.label", bind="query-params")
        )
        logit = st.slider(
            f"Logit of {names[label]}", -4.0, 6.0, float(LOGITS[label]), 0.1, key=f"convolution.logit.{label}"
        )
        temperature = st.slider(
            "Temperature",
            0.1,
            5.0,
            1.0,
            0.1,
            key="convolution.temperature",
            bind="query-params",
            help="Not part of training, which uses 1.",
        )
        logits = np.where(np.arange(10) == label, logit, LOGITS)
        shares = softmax(logits, temperature)
        terms = [f"e^{{{value / temperature:.2g}}}" for value in logits]
        lines = [" + ".join(terms[i : i + 4]) for i in range(0, 10, 4)]  # a line that is too long is cut unseen
        st.latex(rf"p_\text{{{names[label]}}} = \frac{{e^{{{logit / temperature:.2g}}}}}{{\sum}} = {shares[label]:.3f}")
        st.latex(r"\begin{aligned}\sum =\;&" + r"\\&+ ".join(lines) + r"\end{aligned}")
        loss = cross_entropy(shares, label)
        st.latex(rf"\text{{loss}} = -\ln {shares[label]:.3f} = {loss:.3f}")
    with right:
        chart = plotting.probability_bars(shares, names, actual=label)
        alt = f"Ten bars; {names[label]} gets {shares[label]:.1%}, the largest is {names[int(shares.argmax())]}."
        st.plotly_chart(chart, config={"displayModeBar": False}, alt=alt)
        slopes = cross_entropy_gradient(shares, label)
        strongest = int(np.argmax(np.where(np.arange(10) == label, 0, slopes)))
        st.markdown(
            f"**What moves the loss:** the logit of {names[label]} up by a little lowers it by {-slopes[label]:.2f} of "
            f"that; of the others {names[strongest]} pushes most, with {slopes[strongest]:.2f}."
        )
    lesson.ask(
        "classes",
        "A network that knows nothing gives each of ten classes 10%. What is its loss?",
        ["0.10", "1.00", "2.30", "10.00"],
        "2.30",
        "−ln 0.1 = ln 10 = 2.303, whatever the true class.",
    )


def _show_ledger() -> None:
    st.subheader("Dense against convolution", anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        side = st.slider("Picture, n × n × 3", 3, 64, 15, key="convolution.ledger", bind="query-params")
        dense, shared = lab.dense_weights(side, 3, 100), lab.convolution_weights(3, 3, 100)
        st.markdown(f"100 dense units: {side} × {side} × 3 × 100 = **{dense:,}** weights.")
        st.markdown(f"100 filters of 3 × 3: 3 × 3 × 3 × 100 = **{shared:,}** weights, at every size.")
        st.markdown("The dense count grows with the number of pixels, so with the square of the side.")
    sides = range(3, 65)
    counts = [lab.dense_weights(other, 3, 100) for other in sides]
    alt = f"At {side} pixels a side: dense {dense:,} weights, convolution {shared:,}; the dense curve is a parabola."
    figure = figures.weight_growth(sides, counts, [shared] * len(sides), side)
    right.plotly_chart(figure, config={"displayModeBar": False}, alt=alt)
