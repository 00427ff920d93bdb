"""A map of images: a point each, whose picture shows under the mouse; a line drawn around points chooses them.

All of it happens in the browser but what follows from a choice. Arrow keys walk from point to point; Enter, a click or
a finger chooses the points around one. A choice belongs to the map it was made on.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from cnn_core.config import IMAGE_SHAPE
from pages.ui.components import component

AROUND = 20  # points that are chosen together where one is
_COLUMNS = 45  # of the sheet of pictures
_QUALITY = 70  # of it: 2,000 images are half a megabyte

_mount = component("scatter")
# The pictures are half a megabyte, so they are an element of their own: Streamlit sends one that has not changed once.
_hold = st.components.v2.component(
    "scatter_sheet",
    html='<img class="scatter-sheet" alt="" hidden>',
    js=Path(__file__).with_name("sheet.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # scatter.js looks for it on the page
)


@dataclass(frozen=True)
class Group:
    """Points of one colour."""

    name: str
    colour: str  # as CSS writes it
    is_on_top: bool = False


@dataclass(frozen=True)
class Newcomer:
    """A point of no image of the map."""

    place: np.ndarray  # (2,)
    beside: np.ndarray  # integers: the points that it is joined to


def scatter(
    places: np.ndarray,
    labels: np.ndarray,
    answers: np.ndarray,
    class_names: Sequence[str],
    *,
    key: str,
    of: str,
    groups: Sequence[Group],
    colours: np.ndarray,
    has_pictures: bool,
    alt: str,
    newcomer: Newcomer | None = None,
) -> np.ndarray:
    """Show points at places (n, 2) in any unit, and return the numbers of those that are chosen, ascending.

    Args:
        labels, answers: class numbers (n,) that are said of the point under the mouse.
        of: what tells this map from others; a choice on another is forgotten.
        groups, colours: the colours, and the group (n,) of each point.
        has_pictures: whether `hold_sheet` puts their pictures on the page, those of points 0 to n - 1.
        alt: what the map says, in a sentence.
    """
    chosen = _chosen(key, of, len(places))
    data = {
        "places": np.round(places, 3).tolist(),
        "labels": labels.tolist(),
        "answers": answers.tolist(),
        "names": list(class_names),
        "groups": [{"name": group.name, "colour": group.colour, "top": group.is_on_top} for group in groups],
        "colours": colours.tolist(),
        "colouring": "|".join(group.name for group in groups),
        "hasPictures": has_pictures,
        "columns": _COLUMNS,
        "around": AROUND,
        "of": of,
        "label": alt,
        "chosen": chosen.tolist(),
        "newcomer": newcomer and {"place": newcomer.place.tolist(), "beside": newcomer.beside.tolist()},
    }
    _mount(key=key, data=data, on_chosen_change=lambda: None)
    return chosen


def _chosen(key: str, of: str, n: int) -> np.ndarray:
    """What the browser says was chosen, if it was on this map."""
    choice = (st.session_state.get(key) or {}).get("chosen")
    if not choice or choice["of"] != of:
        return np.zeros(0, int)
    return np.array(sorted({int(place) for place in choice["places"] if 0 <= int(place) < n}), int)


def hold_sheet(sheet: bytes, *, key: str) -> None:
    """Put what `draw_sheet` returned on the page, unseen; only one map of a page has pictures."""
    _hold(key=key, data=sheet)


def draw_sheet(images: np.ndarray) -> bytes:
    """Images uint8 (n, 32, 32, 3) in rows of 45 on one picture, a WebP."""
    side = IMAGE_SHAPE[0]
    rows = -(-len(images) // _COLUMNS)
    sheet = np.zeros((rows * _COLUMNS, *IMAGE_SHAPE), np.uint8)
    sheet[: len(images)] = images
    sheet = sheet.reshape(rows, _COLUMNS, *IMAGE_SHAPE).swapaxes(1, 2).reshape(rows * side, _COLUMNS * side, 3)
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "WEBP", quality=_QUALITY)
    return file.getvalue()
