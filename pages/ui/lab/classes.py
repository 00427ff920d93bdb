"""From maps to an answer: flatten, dense unit, softmax, cross-entropy; and what a dense layer costs.

Every number is computed from the image and the kernel, or read from a trained network; there are no others.
"""

import math

import numpy as np
import pandas as pd
import streamlit as st

from cnn_core import convolution as lab
from cnn_core import data, plotting
from cnn_core.convolution.activations import ACTIVATIONS, cross_entropy, cross_entropy_gradient, softmax
from cnn_core.images import enlarge
from cnn_core.plotting import lab as figures
from pages.ui import address, controls
from pages.ui.components.stage import convolution_data
from pages.ui.lab import lesson
from pages.ui.lab.controls import choose_activation, choose_pooling
from pages.ui.lab.linked import show_stage
from pages.ui.lab.network import has_network, open_network
from pages.ui.lab.subject import Picture, for_network

LABEL, TEMPERATURE, LEDGER = "convolution.label", "convolution.temperature", "convolution.ledger"
SIDE = 7  # of a map whose products the stage can lay out, at most
STEP = 0.01  # by which the text raises a logit


def show(picture: Picture, kernel: np.ndarray) -> None:
    pooled = _show_flatten(picture, kernel)
    _show_dense(pooled, kernel)
    _show_softmax(picture)
    lesson.ask(
        "classes",
        "A network that knows nothing gives each of ten classes 10%. What is its loss?",
        ["0.10", "1.00", "2.30", "10.00"],
        "2.30",
        "−ln 0.1 = ln 10 = 2.303, whatever the true class.",
    )
    _show_ledger()


def _show_flatten(picture: Picture, kernel: np.ndarray) -> np.ndarray:
    """The kernel's map, bent and pooled as in the step before, and the same numbers in a row."""
    st.subheader("Flatten: the same numbers in a row", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        bias, name = choose_activation()
        maps = ACTIVATIONS[name](lab.conv2d(picture.gray, kernel, bias))
        mode, size, stride = choose_pooling(maps.shape)
    pooled = lab.pool2d(maps, mode, size=size, stride=stride)
    left, right = st.columns([2, 3], gap="large")
    if len(pooled) <= SIDE:
        left.table(pd.DataFrame(pooled).map(lab.write), hide_header=True, hide_index=True)
    shown = [lab.write(value) for value in pooled.flat]
    if len(shown) > SIDE**2:
        shown = [*shown[:6], r"\ldots", *shown[-2:]]
    right.latex(r"\left[" + r",\;".join(shown) + r"\right]")
    right.markdown(
        f"Your kernel, a bias of {lab.write(bias)}, {ACTIVATIONS[name].title} and {mode} pooling of {size} × {size} "
        f"with stride {stride}, as in the step *ReLU and pooling*, make {pooled.shape[0]} × {pooled.shape[1]} numbers. "
        f"Flattened, they are {pooled.size} in a row. Nothing is computed here; only their places are forgotten."
    )
    return pooled


def _show_dense(pooled: np.ndarray, kernel: np.ndarray) -> None:
    st.subheader("One dense unit: one more sum", anchor=False)
    weights = dense_weights(kernel, len(pooled))
    st.markdown(
        "A dense unit has a weight for every number: the same sum of products as before, with a window as large as the "
        "map, so no weight is shared and there is one output. A network learns these weights. Here they are your "
        "kernel's once more, stretched to the size of the map, and the unit has no bias."
    )
    if len(pooled) > SIDE:
        total = lab.write(float(lab.conv2d(pooled, weights)[0, 0]))
        st.latex(rf"\sum_{{i=1}}^{{{pooled.size}}} w_i\,x_i = {total}")
        return
    show_stage(convolution_data, pooled, weights, key="convolution.dense")


def dense_weights(kernel: np.ndarray, side: int) -> np.ndarray:
    """The kernel stretched to a whole map, as the weights of a unit that looks at all of it: (side, side)."""
    nearest = np.rint(np.linspace(0, len(kernel) - 1, side)).astype(int)
    return kernel[np.ix_(nearest, nearest)]


def _show_softmax(picture: Picture) -> None:
    """From a network's logits for this image to its loss; one logit can be moved."""
    st.subheader("Softmax and loss", anchor=False)
    run = controls.choose_run("convolution.classifier", has_network)
    network = open_network(run) if run else None
    if not run or not network:
        return
    seen = for_network(picture)
    logits = network.feature_maps(seen.rgb)["logits"].astype(float)
    names = data.class_names(run.config.data_set)
    known = seen.label if seen.data_set == run.config.data_set else None
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.image(enlarge(seen.rgb, 4), width=128, alt="The image that the network looks at")
        label = _choose_label(names, known, logits)
        logit = _choose_logit(names[label], float(logits[label]), logits, f"{run.id}.{seen.name}.{label}")
        address.allow_number(TEMPERATURE, 0.1, 5.0)
        temperature = st.slider(
            "Temperature",
            0.1,
            5.0,
            1.0,
            0.1,
            key=TEMPERATURE,
            bind="query-params",
            help="Not part of training, which uses 1.",
        )
        moved = np.where(np.arange(len(logits)) == label, logit, logits)
        shares = softmax(moved, temperature)
        _write_softmax(names[label], moved / temperature, label)
    with right:
        _show_shares(names, label, shares, temperature)


def _choose_label(names: list[str], known: int | None, logits: np.ndarray) -> int:
    """The class that the loss compares with: the image's own, where it is known."""
    st.markdown("The logits are what the network computes from this image.")
    if known is not None:
        st.markdown(f"The true class of this test image: **{names[known]}**.")
        return known
    address.allow(LABEL, names)
    if st.session_state.get(LABEL, names[0]) not in names:  # a class of another run's data set
        del st.session_state[LABEL]
    likeliest = int(logits.argmax())
    return names.index(st.selectbox("Suppose the true class is", names, likeliest, key=LABEL, bind="query-params"))


def _choose_logit(name: str, start: float, logits: np.ndarray, of: str) -> float:
    """The logit of the true class, which begins as the network computed it."""
    low, high = math.floor(logits.min()) - 2.0, math.ceil(logits.max()) + 2.0
    return st.slider(f"Logit of {name}", low, high, start, 0.01, key=f"convolution.logit.{of}")


def _write_softmax(name: str, powers: np.ndarray, label: int) -> None:
    terms = [f"e^{{{value:.2f}}}" for value in powers]
    lines = [" + ".join(terms[i : i + 4]) for i in range(0, len(terms), 4)]  # a line that is too long is cut unseen
    share, loss = _write_share(softmax(powers)[label]), cross_entropy(powers, label)
    st.latex(rf"p_\text{{{name}}} = \frac{{e^{{{powers[label]:.2f}}}}}{{\sum}} = {share}")
    st.latex(r"\begin{aligned}\sum =\;&" + r"\\&+ ".join(lines) + r"\end{aligned}")
    st.latex(rf"\text{{loss}} = -\ln({share}) = {loss:.3f}")


def _write_share(share: float) -> str:
    """A share as LaTeX: three decimals, or a power of ten where these would be 0."""
    if share >= 0.001 or share == 0:
        return f"{share:.3f}"
    digits, power = f"{share:.2e}".split("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}"


def _show_shares(names: list[str], label: int, shares: np.ndarray, temperature: float) -> None:
    chart = plotting.probability_bars(shares, names, actual=label)
    alt = f"Ten bars; {names[label]} gets {shares[label]:.1%}, the largest is {names[int(shares.argmax())]}."
    st.plotly_chart(chart, config={"displayModeBar": False}, alt=alt)
    slopes = cross_entropy_gradient(shares, label) / temperature
    strongest = int(np.argmax(np.where(np.arange(len(shares)) == label, 0, slopes)))
    st.markdown(
        f"**What moves the loss:** raise {names[label]}'s logit by {STEP} and the loss falls by about "
        f"{_small(-slopes[label] * STEP)}; raise {names[strongest]}'s by {STEP} and it rises by about "
        f"{_small(slopes[strongest] * STEP)}, more than with any other class."
    )


def _small(number: float) -> str:
    """A small positive number with one digit that counts."""
    return f"{number:.1g}" if number >= 1e-4 else "less than 0.0001"


def _show_ledger() -> None:
    st.subheader("Dense against convolution", anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        address.allow_number(LEDGER, 3, 64)
        side = st.slider("Image, n × n × 3", 3, 64, 15, key=LEDGER, bind="query-params")
        dense, shared = lab.dense_weights(side, 3, 100), lab.convolution_weights(3, 3, 100)
        st.markdown(f"100 dense units: {side} × {side} × 3 × 100 = **{dense:,}** weights.")
        st.markdown(f"100 filters of 3 × 3: 3 × 3 × 3 × 100 = **{shared:,}** weights, at every size.")
        st.markdown("The dense count grows with the number of pixels, so with the square of the side.")
    sides = range(3, 65)
    counts = [lab.dense_weights(other, 3, 100) for other in sides]
    alt = f"At {side} pixels a side: dense {dense:,} weights, convolution {shared:,}; the dense curve is a parabola."
    figure = figures.weight_growth(sides, counts, [shared] * len(sides), side)
    right.plotly_chart(figure, config={"displayModeBar": False}, alt=alt)
