"""The stage: a window sliding over an input, with the kernel, every product, the sum and the output, tied together.

Python sends the input and the settings once; the browser computes and animates without a rerun, and tells Python only
which cell is pinned and what was typed over a weight. A browser test holds the browser's numbers against
`cnn_core.convolution`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.convolution import Geometry, Padding, geometry
from cnn_core.convolution.activations import ACTIVATIONS

Cell = tuple[int, int]

_HERE = Path(__file__).parent
# One module, in this order; nothing to build.
SCRIPTS = (
    "numbers.js",
    "paint.js",
    "panel.js",
    "edit.js",
    "layout.js",
    "scene.js",
    "sum.js",
    "words.js",
    "film.js",
    "stage.js",
)


def script(names: Sequence[str] = SCRIPTS) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


def markup() -> str:
    return (_HERE / "stage.html").read_text(encoding="utf-8")


def styles() -> str:
    return (_HERE / "stage.css").read_text(encoding="utf-8")


_mount = st.components.v2.component("stage", html=markup(), css=styles(), js=script())


def stage(data: dict[str, Any], *, key: str, on_edit: Callable[[], None] | None = None) -> Cell | None:
    """Show what `convolution_data` or `pooling_data` made; returns the pinned cell of the output, or None.

    `on_edit` is called when a weight was typed over; `st.session_state[key]["edit"]` then is what edit.js describes.
    """
    state = _mount(
        key=key, data=data, default={"cell": data["cell"]}, on_cell_change=_stay, on_edit_change=on_edit or _stay
    )
    return tuple(int(place) for place in state.cell) if state.cell else None


def _stay() -> None:
    """A click on a cell needs nothing but the run that follows."""


def convolution_data(
    image: np.ndarray,
    kernel: np.ndarray,
    *,
    bias: float = 0.0,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    activation: str = "linear",
    norm: tuple[float, float] | None = None,
    cell: Cell | None = None,
    known: int | None = None,
    channels: Sequence[str] = (),
    titles: dict[str, str] | None = None,
    beside: bool = True,
    editable: bool = False,
    counted: bool = True,
    contrast: float = 1.0,
) -> dict[str, Any]:
    """One filter over `image` (H, W) or (H, W, C), as the browser gets it; arguments as in `conv2d`.

    `norm` is the factor and the summand of a batch-norm after the activation. The first `known` results, in reading
    order, are shown; the others are hidden for a question (None: all are shown). `channels` names the channels; "R",
    "G" and "B" are tinted. `titles` replaces the captions "input", "kernel" and "output". The products stand between
    the kernel and the output, or below (`beside` False, and always where there are several channels). `editable`: the
    weights can be typed over. `counted`: the stage says how many pixels a weight meets. `contrast` makes the colours of
    the results stronger.
    """
    walk = geometry(image.shape[:2], kernel.shape[:2], stride=stride, padding=padding, dilation=dilation)
    return {
        **_walk_data(image, walk, cell),
        "operation": "convolution",
        "kernel": _numbers(kernel),
        "bias": float(bias),
        "activation": {"name": activation, "title": ACTIVATIONS[activation].title},
        "norm": {"scale": float(norm[0]), "shift": float(norm[1])} if norm else None,
        "known": known,
        "channels": list(channels) or [str(number + 1) for number in range(_shape(image)[2])],
        "titles": {"input": "Input", "kernel": "Kernel", "output": "Output", **(titles or {})},
        "beside": beside,
        "editable": editable,
        "counted": counted,
        "contrast": contrast,
    }


def pooling_data(
    image: np.ndarray,
    mode: str,
    *,
    size: int | tuple[int, int] = 2,
    stride: int | None = None,
    padding: Padding = "valid",
    cell: Cell | None = None,
    known: int | None = None,
) -> dict[str, Any]:
    """A pooling of `image` (H, W), as the browser gets it; arguments as in `pool2d`."""
    window = (size, size) if isinstance(size, int) else size
    walk = geometry(image.shape, window, stride=stride or window[0], padding=padding)
    return {
        **_walk_data(image, walk, cell),
        "operation": mode,
        "kernel": None,
        "bias": 0.0,
        "activation": {"name": "linear", "title": ""},
        "norm": None,
        "known": known,
        "channels": [""],
        "titles": {"input": "Input", "kernel": "", "output": mode.capitalize()},
        "beside": True,
        "editable": False,
        "counted": True,
        "contrast": 1.0,
    }


def _walk_data(image: np.ndarray, walk: Geometry, cell: Cell | None) -> dict[str, Any]:
    rows, columns = walk.rows, walk.columns
    return {
        "image": {"shape": _shape(image), "values": _numbers(image)},
        "scale": _scale(image),
        "window": [rows.kernel, columns.kernel],
        "stride": rows.stride,
        "dilation": rows.dilation,
        "padding": [rows.before, rows.after, columns.before, columns.after],
        "cell": list(cell) if cell and cell[0] < rows.outputs and cell[1] < columns.outputs else None,
    }


def _shape(image: np.ndarray) -> list[int]:
    return [*image.shape, 1][:3]


def _numbers(values: np.ndarray) -> list[float]:
    """The values in reading order, channels innermost, rounded to seven digits, which is more than the page shows."""
    if np.issubdtype(values.dtype, np.integer):
        return values.ravel().tolist()
    return [int(value) if value == int(value) else float(f"{value:.7g}") for value in values.ravel().tolist()]


def _scale(image: np.ndarray) -> dict[str, Any]:
    """How a value becomes a colour: bytes from black to white; other numbers without a sign from black to white at the
    largest; numbers with a sign on the diverging scale."""
    low, high = float(image.min()), float(image.max())
    if low < 0:
        return {"kind": "signed", "low": -max(-low, high), "high": max(-low, high)}
    return {"kind": "brightness", "low": 0.0, "high": 255.0 if image.dtype == np.uint8 else high}
