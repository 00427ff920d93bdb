"""Cover it: a gray square under the visitor's finger, and what the ten shares become at each of its places."""

import numpy as np
import streamlit as st

from cnn_core.explanation import maps, occlusion
from cnn_core.explanation.occlusion import STRIDES, Covered
from cnn_core.images import PADDING
from pages.ui import address, lesson
from pages.ui.components.cover import cover
from pages.ui.inside import signed
from pages.ui.inside.subject import Subject

SIZE = "inside.cover.size"
_FIRST = 8  # pixels: large enough to matter, small enough to find a place


@st.fragment
def show(on: Subject) -> None:
    figure, controls = st.container(), st.container()
    with controls:
        size = _choose_size()

    def ask() -> Covered:
        return occlusion.cover(on.classifier.predict, on.image, size, STRIDES[size], PADDING)

    covered = signed.once(on, ("cover", size), ask)
    with figure:
        if not np.isfinite(covered.outputs).all():
            st.error(maps.NOT_NUMBERS, icon=":material/error:")
            return
        cover(on.image, covered, on.class_names, key="inside.cover", colour=PADDING)
    with controls:
        count = covered.outputs[..., 0].size
        st.caption(f"The line in each bar is the share of the uncovered image. {count} places, each asked once.")
        _ask(on, covered)


def _choose_size() -> int:
    written = {size: f"{size} × {size}" for size in STRIDES}
    address.allow(SIZE, written.values())
    return st.segmented_control(
        "Square in pixels",
        list(STRIDES),
        format_func=written.get,
        default=_FIRST,
        required=True,
        key=SIZE,
        bind="query-params",
    )


def _ask(on: Subject, covered: Covered) -> None:
    name = on.class_names[int(covered.uncovered.argmax())]
    lesson.ask(
        f"inside.cover.{on.run.id}.{on.image_id}",
        f"Under the square the share of {name} **rises**. What follows?",
        [f"That piece took from {name}", "The network did not read that piece", "The network has learned from it"],
        f"That piece took from {name}",
        hint="The rest of the image is the same as before: what has changed in the sums?",
        why=f"With the piece the share is lower, without it higher: that piece spoke for other classes more than for "
        f"{name}, or gray speaks for {name}. Nothing is learned while a network is used: its weights stay as they are.",
    )
