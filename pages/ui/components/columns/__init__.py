"""The network on one image as columns: the image, every convolution's maps, dense values, logits, probabilities.

The maps are sent once, a byte a value, so that the browser changes the scale of the colours and shows more of them
without Python. A click on a value, or Enter, tells which; the component `value` below it takes it apart and tells this
one, by an event of the page, which value is marked.
"""

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.explanation.flow import Column
from pages.ui.components import stage

_HERE = Path(__file__).parent
_OF_THE_STAGE = ("numbers.js", "paint.js", "panel.js")
_OWN = ("maps.js", "answer.js", "columns.js")

_mount = st.components.v2.component(
    "columns",
    html=(_HERE / "columns.html").read_text(encoding="utf-8"),
    css=(_HERE / "columns.css").read_text(encoding="utf-8"),
    js="\n".join(
        [stage.script(_OF_THE_STAGE), *((_HERE / name).read_text(encoding="utf-8") for name in _OWN)],
    ),
)


def columns(data: dict[str, Any], *, key: str, on_pick: Callable[[str, int, int, int], None]) -> None:
    """Show what `network_data` made; `on_pick` is called with layer, filter, row and column, from 0, of a value."""

    def pass_on() -> None:
        if picked := (st.session_state.get(key) or {}).get("picked"):
            name, *place = picked
            on_pick(str(name), *map(int, place))

    _mount(key=key, data=data, on_picked_change=pass_on)


def network_data(
    image: np.ndarray,
    caption: Sequence[str],
    maps: list[dict[str, Any]],
    numbers: list[dict[str, Any]],
    answer: dict[str, Any],
    alt: str,
) -> dict[str, Any]:
    """What the browser draws; `maps` are of `column_data`, the image is uint8 (32, 32, 3), `alt` is what it shows."""
    return {"alt": alt, "image": _bytes(image), "caption": list(caption), "columns": maps, "numbers": numbers, **answer}


def column_data(
    column: Column,
    title: str,
    values: np.ndarray,
    *,
    silent: np.ndarray,
    awake: np.ndarray | None,
    n: int,
    hides_count: bool,
) -> dict[str, Any]:
    """One column of maps, float (h, w, filters), those with the largest value first, silent ones last.

    `silent`: bool (filters,), which say nothing on this image. `awake`: the share of `n`
    test images that wake each filter, float (filters,). `hides_count`: how many maps there are is asked elsewhere.
    """
    flat = np.moveaxis(values, -1, 0).reshape(values.shape[-1], -1)
    order = np.lexsort((-flat.max(1), silent))
    flat = flat[order]
    tops = np.maximum(np.abs(flat).max(1), 1e-12)
    return {
        "name": column.name,
        "title": title,
        "size": list(values.shape[:2]),
        "order": order.tolist(),
        "values": _bytes(np.rint(127 * flat / tops[:, np.newaxis]).astype(np.int8)),
        "tops": [float(f"{top:.6g}") for top in tops],
        "limits": [float(f"{limit:.5g}") for limit in _limits(flat)],
        "dead": silent[order].astype(int).tolist(),
        "awake": None if awake is None else [round(float(share), 3) for share in awake[order]],
        "n": n,
        "hidden": hides_count,
        "behind": {"MaxPooling2D": "max pooling", "AveragePooling2D": "average pooling"}.get(
            column.pooling.kind if column.pooling else "", ""
        ),
        "reach": [column.reach.field, column.reach.step, column.reach.first],
        "kernel": column.kernel_size,
        "before": column.before,
        "ratio": column.ratio,
        "pooled": 2 if any(layer.kind.endswith("Pooling2D") for layer in column.behind) else 1,
    }


def numbers_data(title: str, note: Sequence[str], values: np.ndarray) -> dict[str, Any]:
    """Values (n,) that are no maps."""
    return {"title": title, "note": list(note), "values": [float(f"{value:.4g}") for value in values]}


def answer_data(
    names: Sequence[str], logits: np.ndarray, probabilities: np.ndarray, label: int | None
) -> dict[str, Any]:
    """The logits and probabilities (classes,); `label` is the image's class, where it is known."""
    return {
        "names": list(names),
        "logits": [round(float(logit), 4) for logit in logits],
        "probabilities": [round(float(share), 5) for share in probabilities],
        "label": label,
    }


def _limits(flat: np.ndarray) -> np.ndarray:
    """The value of each map, a row, that gets the full colour: as `plotting.lab.strongest`, for many at once."""
    if flat.shape[1] <= 100:
        return np.abs(flat).max(1)
    place = int(np.ceil(0.99 * (flat.shape[1] - 1)))
    sizes = np.abs(flat)
    found = np.partition(sizes, place, axis=1)[:, place]
    return np.where(found > 0, found, sizes.max(1))


def _bytes(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()
