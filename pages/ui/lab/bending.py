"""After the sum: bias and activation, why an activation is needed, and pooling."""

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core.code import convolution as code
from cnn_core.convolution.activations import ACTIVATIONS
from cnn_core.plotting import lab as figures
from pages.ui import address, charts, guidance
from pages.ui.components.stage import convolution_data, pooling_data
from pages.ui.lab import in_code
from pages.ui.lab.controls import choose_activation, choose_pooling
from pages.ui.lab.desk import Desk, Subject
from pages.ui.lab.linked import show_stage

FIRST = np.array([[1, 2], [-1, 3]])
SECOND = np.array([[2, 0], [1, -1]])
INPUT = {"x₁": 3, "x₂": -1}
CURVE, PART = "convolution.x", "convolution.part"
PARTS = {"bend": "Activation", "pool": "Pooling"}


def show(desk: Desk, on: Subject) -> None:
    with desk.controls:
        bias, name = choose_activation()
        address.allow(PART, PARTS.values())
        given = {"default": "bend", "required": True, "key": PART, "bind": "query-params"}
        part = st.segmented_control("Look at", list(PARTS), format_func=PARTS.get, **given)
    bent = ACTIVATIONS[name](lab.conv2d(on.picture.gray, on.kernel, bias))
    if part == "pool":
        mode, size, stride = _show_pooling(desk, bent)
        pooled = partial(code.pool, mode=mode, size=size, stride=stride)
        in_code.show(desk, lambda: _code(on, bias, name, pooled))
        return
    settings = {"bias": bias, "activation": name, "editable": True}
    with desk.figure:
        show_stage(convolution_data, on.picture.gray, on.kernel, key="convolution.bent", **settings)
    with desk.below:
        zeros = float((bent == 0).mean())
        st.markdown(f"**{zeros:.0%}** of the {bent.size:,} values are 0 after {ACTIVATIONS[name].title}.")
        _show_curves(name)
        _show_collapse()
    in_code.show(desk, lambda: _code(on, bias, name, code.bend))


def _code(on: Subject, bias: float, activation: str, write: Callable[..., dict[str, str]]) -> dict[str, str]:
    is_gray = in_code.is_colour(on.picture)
    return write(in_code.read(on.picture), on.kernel, bias, activation, is_gray=is_gray)


def _show_curves(name: str) -> None:
    st.header("The activation", anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        address.allow_number(CURVE, -5.0, 5.0)
        x = st.slider("Move z", -5.0, 5.0, -1.0, 0.1, key=CURVE, bind="query-params")
        y = float(ACTIVATIONS[name](x))
        st.latex(ACTIVATIONS[name].formula)
        st.latex(rf"g({x:g}) = {y:.3g}")
        st.markdown(ACTIVATIONS[name].sentence)
    said = f"{ACTIVATIONS[name].title} from −5 to 5: at {x:g} it is {y:.3g}."
    with right:
        charts.show(figures.activation_curves(name, x), said, more="Gray: the other activations.")


def _show_collapse() -> None:
    """Two layers of two units, with and without an activation between them, on one input."""
    st.header("Without an activation, two layers are one", anchor=False)
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
        "sets something to 0, and no single matrix gives it for every input."
    )


def _matrix(values: np.ndarray) -> str:
    rows = values.reshape(len(values), -1)
    return r"\begin{bmatrix}" + r"\\".join("&".join(f"{value:g}" for value in row) for row in rows) + r"\end{bmatrix}"


def _show_pooling(desk: Desk, maps: np.ndarray) -> tuple[str, int, int]:
    """Returns what was chosen: mode, window and stride."""
    with desk.controls:
        mode, size, stride = choose_pooling(maps.shape)
    at = _liveliest_window(maps, size, stride)
    with desk.below:
        is_answered = _ask(maps, mode, size, stride, at)
    with desk.figure:
        settings = {"size": size, "stride": stride, "known": None if is_answered else at}
        show_stage(pooling_data, maps, mode, key="convolution.pooled", **settings)
    walk = lab.geometry(maps.shape, (size, size), stride=stride)
    desk.below.markdown(walk.leftover())
    if not is_answered:
        return mode, size, stride  # the largest value of the map may be the answer
    average, largest = (float(lab.global_pool(maps[..., None], kind)[0]) for kind in ("average", "max"))
    desk.below.markdown(
        f"**Global pooling** reduces the whole map to one number: its average is {lab.write(average)}, its maximum "
        f"{lab.write(largest)}."
    )
    return mode, size, stride


def _ask(maps: np.ndarray, mode: str, size: int, stride: int, at: int) -> bool:
    """Ask what pooling keeps of window number `at`; True once it is answered, or if there is nothing to ask."""
    pooled = lab.pool2d(maps, mode, size=size, stride=stride)
    row, column = divmod(at, pooled.shape[1])
    window = maps[stride * row : stride * row + size, stride * column : stride * column + size]
    if window.min() == window.max():
        return True
    held = [lab.write(value) for value in window.flat]
    kept = lab.write(pooled[row, column])
    sums = f"({' + '.join(held)}) / {window.size}" if mode == "average" else f"{mode}({', '.join(held)})"
    return guidance.ask(
        f"pooling.{mode}.{size}.{stride}.{maps.sum():.3f}",
        f"The window for {lab.place(row, column)} holds {', '.join(held)}. What does *{mode}* keep?",
        guidance.numbers(window.max(), window.min(), window.mean(), window.sum()),
        kept,
        hint=_HINTS[mode],
        why=f"{sums} = {kept}.",
    )


_HINTS = {
    "max": "Max pooling keeps one of these numbers as it is.",
    "min": "Min pooling keeps one of these numbers as it is.",
    "average": "Add the numbers up, then divide by how many they are.",
}


def _liveliest_window(maps: np.ndarray, size: int, stride: int) -> int:
    """Which window of a pooling holds the most different values, in reading order."""
    highest, lowest = (lab.pool2d(maps, mode, size=size, stride=stride) for mode in ("max", "min"))
    return int(np.argmax(highest - lowest))
