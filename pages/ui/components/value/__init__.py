"""One value of a map, taken apart: its map, window, kernel, sum, and what followed; all numbers come written.

It tells the component `columns`, by an event of the page, which value is marked: so that one's maps need not be sent
again.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.convolution import place
from cnn_core.convolution.activations import ACTIVATIONS
from cnn_core.explanation.flow import Column
from cnn_core.explanation.value import Step, Value, add_up, decimals_for
from pages.ui.components import stage

MOST = 3  # channels that are shown, those with the largest sums

_HERE = Path(__file__).parent
_SCRIPTS = ("numbers.js", "paint.js", "panel.js")  # of the stage

_mount = st.components.v2.component(
    "value",
    html=(_HERE / "value.html").read_text(encoding="utf-8"),
    css=stage.styles() + (_HERE / "value.css").read_text(encoding="utf-8"),
    js=stage.script(_SCRIPTS) + "\n" + (_HERE / "value.js").read_text(encoding="utf-8"),
)


def value(data: dict[str, Any], *, key: str, on_cell: Callable[[int, int], None]) -> bool:
    """Show what `value_data` made; True if the visitor wants to see it in the lab.

    `on_cell` is called with row and column, from 0, of another value of the map.
    """

    def pass_on() -> None:
        if cell := (st.session_state.get(key) or {}).get("cell"):
            on_cell(*map(int, cell))

    state = _mount(key=key, data=data, on_cell_change=pass_on, on_lab_change=lambda: None)
    return bool(state.lab)


def value_data(column: Column, title: str, values: np.ndarray, found: Value, channels: Sequence[str]) -> dict[str, Any]:
    """What the browser shows.

    Args:
        column: whose value it is, with its `title`.
        values: float (h, w), the map of the value's filter.
        found: the value, taken apart.
        channels: what each channel of the window is called.
    """
    shown = found.strongest(MOST)
    if len(channels) <= MOST:
        shown = np.arange(len(channels))  # red, green, blue
    sums = found.channel_sums
    terms = [(channels[at], float(sums[at])) for at in shown]
    if others := len(channels) - len(shown):
        terms.append(
            (f"the {others} other maps" if others > 1 else "the other map", float(sums.sum() - sums[shown].sum()))
        )
    if column.convolution.settings.get("use_bias", True):
        terms.append(("bias", found.bias))
    numbers, written, total = _written(terms)
    steps = [_step(step, numbers) for step in found.steps]
    result = steps[-1][1] if steps else total
    return {
        "name": column.name,
        "filter": found.place.filter,
        "cell": [found.place.row, found.place.column],
        "title": f"{title}, filter {found.place.filter + 1}",
        "place": "",
        "rows": values.shape[0],
        "columns": values.shape[1],
        "values": [float(f"{number:.4g}") for number in values.flat],
        "channels": [
            {"name": channels[at], "window": _window(column, found, at), "kernel": _plain(found.kernel[..., at])}
            for at in shown
        ],
        "sum": f"The sum at {place(*found.cell)}",
        "terms": [*written, ("sum", total)],
        "then": "Then",
        "steps": steps,
        "lab": "Open in the lab",
        "spoken": f"{title}, filter {found.place.filter + 1}, {place(found.place.row, found.place.column)}: {result}.",
    }


def _written(terms: list[tuple[str, float]]) -> tuple[int, list[tuple[str, str]], str]:
    """How many decimals, the terms and their sum: as printed, they add up."""
    values = [number for _, number in terms]
    decimals = decimals_for(values)
    rounded, total = add_up(values, decimals)
    lines = [(name, _number(number, decimals)) for (name, _), number in zip(terms, rounded, strict=True)]
    return decimals, lines, _number(total, decimals)


def _step(step: Step, decimals: int) -> tuple[str, str]:
    """What happened, and the value after it."""
    result = _number(step.result, decimals)
    if step.kind == "Activation":
        return ACTIVATIONS[step.function].title, result
    if step.kind == "BatchNormalization":
        if not np.isfinite(step.factor):
            return "batch-norm", result
        sign = "−" if step.summand < 0 else "+"
        return f"batch-norm: × {_number(step.factor, 3)} {sign} {_number(abs(step.summand), 3)}", result
    listed = ", ".join(_number(number, decimals) for number in step.given)
    return f"{'max' if step.kind == 'MaxPooling2D' else 'average'} pooling: {listed}", result


def _window(column: Column, found: Value, channel: int) -> list[float | None]:
    """The values under the kernel, row by row; None where there is padding."""
    size = len(found.kernel)
    height, width = column.source.output_shape[:2]
    values = _plain(found.window[..., channel])
    top, left = (at - column.before for at in found.cell)
    inside = [0 <= top + row < height and 0 <= left + across < width for row in range(size) for across in range(size)]
    return [number if is_inside else None for number, is_inside in zip(values, inside, strict=True)]


def _plain(values: np.ndarray) -> list[float]:
    return [float(f"{number:.6g}") for number in values.flat]


def _number(number: float, decimals: int) -> str:
    written = f"{number:.{decimals}f}"
    return written.replace("-", "−") if float(written) else written.lstrip("-")
