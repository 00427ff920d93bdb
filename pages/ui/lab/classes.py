"""From maps to an answer, on a trained network: its last maps, a row of numbers, a sum a class, softmax and loss.

Every number is the network's own for the image that was chosen. What a dense layer costs stands below.
"""

import math

import numpy as np
import pandas as pd
import streamlit as st

from cnn_core import convolution as lab
from cnn_core import data, plotting
from cnn_core.architecture import Layer, layers
from cnn_core.code.convolution import answer
from cnn_core.convolution.activations import cross_entropy, cross_entropy_gradient, softmax
from cnn_core.convolution.answer import ClassSum, Head, sum_of_class
from cnn_core.images import enlarge
from cnn_core.plotting import lab as figures
from cnn_core.runs import Run
from pages.ui import address, charts, guidance, presenter
from pages.ui.lab import in_code
from pages.ui.lab.desk import Desk, Subject
from pages.ui.lab.network import last_layer, open_network
from pages.ui.lab.subject import Picture, for_network

LABEL, TEMPERATURE, LEDGER = "convolution.label", "convolution.temperature", "convolution.ledger"
CLASS = "convolution.class"
SIDE = 208  # pixels of the row of numbers and, about, of the maps
STEP = 0.01  # by which the text raises a logit
Maps = dict[str, np.ndarray]
# What LaTeX takes for its own in a class's name: "fish & chips", "mug_1", "100% wool".
_IN_LATEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "{}%&_"} | {"^": r"\textasciicircum ", "~": r"\textasciitilde "}
)


def show(desk: Desk, on: Subject) -> None:
    network = open_network(on.run) if on.run else None
    if on.run and network:
        with desk.below:
            seen = for_network(on.picture, on.run.config.data_set)
        _show_chain(desk, on.run, seen, network.feature_maps(seen.rgb), last_layer(on.run, network))
    with desk.below:
        _show_ledger()


def _show_chain(desk: Desk, run: Run, seen: Picture, maps: Maps, head: Head | None) -> None:
    names = data.learned(run.config).class_names
    logits = maps["logits"].astype(float)
    known = seen.label if seen.data_set == run.config.data_set else None
    with desk.controls:
        shown = _choose_class(CLASS, "Write out the sum of", names, int(logits.argmax()))
        label = known if known is not None else _choose_class(LABEL, "Suppose its class is", names, shown)
    with desk.figure:
        left, middle, right = st.columns([5, 8, 8], gap="medium")
    with left:
        _show_maps(seen, maps, [layer for layer in layers(run.config.network) if layer.name in maps])
    with middle:
        if head:
            noun = {"global_pool": "map", "flatten": "number", "features": "number"}.get(head.reads, "unit")
            _show_sum(sum_of_class(head, maps[head.reads], shown), names[shown], noun)
        else:
            st.markdown("The weights of this network's last layer cannot be read from its file.")
    with right:
        _show_shares(names, logits, label, is_known=known is not None)
    with desk.below:
        guidance.ask(
            "classes",
            "A network that knows nothing gives each of ten classes 10%. What is its loss?",
            ["0.10", "1.00", "2.30", "10.00"],
            "2.30",
            hint="The loss is minus the natural logarithm of the share that the true class gets.",
            why="−ln 0.1 = ln 10 = 2.303, whatever the true class.",
        )
        _show_what_if(names, logits, label, f"{run.id}.{seen.name}.{label}")
    in_code.show(desk, lambda: answer(logits, label, names))


def _show_maps(seen: Picture, maps: Maps, known: list[Layer]) -> None:
    """The image, the last maps that the network makes of it, and the rows of numbers that follow."""
    side = presenter.pixels(SIDE)
    last = max(place for place, layer in enumerate(known) if maps[layer.name].ndim == 3)
    values = maps[known[last].name]
    height, width, count = values.shape
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(enlarge(seen.rgb, 4), width=side // 2, alt="The image that the network classifies")
        st.markdown(f"→ {last} layers →")
    alt = f"The network's last maps for this image: {count} of {height} by {width}"
    st.image(figures.mosaic(values, side), width=side, alt=alt)
    st.caption(f"Its last {count} maps, each {height} × {width}. Blue is above 0, orange below, no colour is 0.")
    for layer in known[last + 1 :]:
        is_part = layer.kind.startswith("Global") and layer.reads
        if layer.name in ("logits", "probabilities") or layer.kind == "Activation" or is_part:
            continue
        said = _STRIPS.get(layer.kind, "").format(count=f"{maps[layer.name].size:,}")
        st.image(figures.strip(maps[layer.name], side, 12), width=side, alt=said)
        st.caption(said)


_STRIPS = {  # what a layer after the maps makes of them
    "Flatten": "Flatten: the {count} numbers in a row.",
    "GlobalMaxPooling2D": "Global max pooling: the largest number of each map, {count} in a row.",
    "GlobalAveragePooling2D": "Global average pooling: the mean of each map, {count} in a row.",
    "Concatenate": "Mean and largest number of each map of every block, {count} in a row.",
    "Dense": "Dense layer: {count} sums of these.",
}


def _show_sum(of: ClassSum, name: str, noun: str) -> None:
    """The logit of a class, product by product; the rounded numbers add up too."""
    st.markdown(f"**The sum for {name}**")
    products = [round(float(product), 3) for product in of.products]
    logit, bias = round(of.logit, 3), round(of.bias, 3)
    rows = [
        (f"{noun} {place + 1}", f"{_signed(value)} × {_signed(weight)}", _signed(product))
        for place, value, weight, product in zip(of.places, of.values, of.weights, products, strict=True)
    ]
    if of.others:
        rows.append((f"the other {of.others}", "", _signed(logit - bias - sum(products))))
    rows += [("bias", "", _signed(bias)), (f"**logit of {name}**", "", f"**{_signed(logit)}**")]
    table = pd.DataFrame(rows, columns=["from", "value × weight", "product"])
    st.table(table, hide_index=True, border="horizontal")


def _signed(number: float) -> str:
    """Three decimals and a real minus sign."""
    return f"{number:.3f}".replace("-", "−") if round(number, 3) else "0.000"


def _show_shares(names: list[str], logits: np.ndarray, label: int, *, is_known: bool) -> None:
    """The logits, what softmax makes of them, and the loss."""
    st.markdown("**Logits and shares**")
    shares, powers = softmax(logits), np.exp(logits)
    rows = {
        "class": names,
        "logit": logits.round(3),
        "e^logit": [f"{power:.3g}".replace("e+", "e") for power in powers],
        "share": shares,
    }
    bar = st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
    columns = {
        "logit": st.column_config.NumberColumn(format="%.3f"),
        "e^logit": st.column_config.TextColumn(alignment="right"),
        "share": bar,
    }
    height = presenter.pixels(29)
    st.dataframe(pd.DataFrame(rows), column_config=columns, hide_index=True, row_height=height, height="content")
    share, loss = shares[label], cross_entropy(logits, label)
    what = "Its label is" if is_known else "Suppose it is"
    st.markdown(
        f"share = e^logit / {powers.sum():.4g}, the sum of all {len(names)}. {what} **{names[label]}**: "
        f"loss = −ln {_written(share)} = **{_written(loss)}**"
    )


def _written(share: float) -> str:
    return f"{share:.3f}" if share >= 0.001 or share == 0 else f"{share:.1e}"


def _choose_class(key: str, title: str, names: list[str], start: int) -> int:
    address.allow(key, names)
    if st.session_state.get(key, names[0]) not in names:  # a class of another run's data set
        del st.session_state[key]
    return names.index(st.selectbox(title, names, start, key=key, bind="query-params", width=presenter.pixels(170)))


def _show_what_if(names: list[str], logits: np.ndarray, label: int, of: str) -> None:
    """One logit can be moved; the temperature too."""
    st.header("What if this logit were another?", anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        logit = _choose_logit(names[label], float(logits[label]), logits, of)
        address.allow_number(TEMPERATURE, 0.1, 5.0)
        given = {"key": TEMPERATURE, "bind": "query-params", "help": "Not part of training, which uses 1."}
        temperature = st.slider("Temperature", 0.1, 5.0, 1.0, 0.1, **given)
        moved = np.where(np.arange(len(logits)) == label, logit, logits)
        _write_softmax(names[label], moved / temperature, label)
    with right:
        _draw_shares(names, label, softmax(moved, temperature), temperature)


def _choose_logit(name: str, start: float, logits: np.ndarray, of: str) -> float:
    """The logit of the true class, which begins as the network computed it."""
    low, high = math.floor(logits.min()) - 2.0, math.ceil(logits.max()) + 2.0
    return st.slider(f"Logit of {name}", low, high, start, 0.01, key=f"convolution.logit.{of}")


def _write_softmax(name: str, powers: np.ndarray, label: int) -> None:
    terms = [f"e^{{{value:.2f}}}" for value in powers]
    lines = [" + ".join(terms[i : i + 4]) for i in range(0, len(terms), 4)]  # a line that is too long is cut unseen
    share, loss = _write_share(softmax(powers)[label]), cross_entropy(powers, label)
    st.latex(rf"p_\text{{{name.translate(_IN_LATEX)}}} = \frac{{e^{{{powers[label]:.2f}}}}}{{\sum}} = {share}")
    st.latex(r"\begin{aligned}\sum =\;&" + r"\\&+ ".join(lines) + r"\end{aligned}")
    st.latex(rf"\text{{loss}} = -\ln({share}) = {loss:.3f}")


def _write_share(share: float) -> str:
    """A share as LaTeX: three decimals, or a power of ten where these would be 0."""
    if share >= 0.001 or share == 0:
        return f"{share:.3f}"
    digits, power = f"{share:.2e}".split("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}"


def _draw_shares(names: list[str], label: int, shares: np.ndarray, temperature: float) -> None:
    chart = plotting.probability_bars(shares, names, actual=label)
    charts.show(chart, plotting.describe_shares(shares, names))
    slopes = cross_entropy_gradient(shares, label) / temperature
    strongest = int(np.argmax(np.where(np.arange(len(shares)) == label, 0, slopes)))
    st.markdown(
        f"**What moves the loss:** raise {names[label]}'s logit by {STEP} and the loss falls by about "
        f"{_small(-slopes[label] * STEP)}; raise {names[strongest]}'s by {STEP} and it rises by about "
        f"{_small(slopes[strongest] * STEP)}, more than for any other class."
    )


def _small(number: float) -> str:
    """A small positive number with one digit that counts."""
    return f"{number:.1g}" if number >= 1e-4 else "less than 0.0001"


def _show_ledger() -> None:
    st.header("Dense against convolution", anchor=False)
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
    said = f"At {side} pixels a side: dense {dense:,} weights, convolution {shared:,}; the dense curve is a parabola."
    figure = figures.weight_growth(sides, counts, [shared] * len(sides), side)
    with right:
        charts.show(figure, said)
