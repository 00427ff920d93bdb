"""Cover it: a gray square under the visitor's finger, and what the probabilities become at each of its places."""

import numpy as np
import streamlit as st

from cnn_core.architecture import totals
from cnn_core.code import inside as code
from cnn_core.explanation import maps, occlusion
from cnn_core.explanation.occlusion import STRIDES, Covered
from cnn_core.images import PADDING
from pages.ui import address, guidance, sureness
from pages.ui.components.cover import cover
from pages.ui.inside import in_code, signed
from pages.ui.inside.subject import Subject, part
from pages.ui.lessons import locks

SIZE = "inside.cover.size"
_FIRST = 8  # pixels: large enough to matter, small enough to find a place


@part
def show(on: Subject) -> None:
    figure, controls = st.container(), st.container()
    with controls:
        size = _choose_size()

    def ask() -> Covered:
        stride = occlusion.stride_for(size, totals(on.run.config.network).multiply_adds)
        return occlusion.cover(on.classifier.predict, on.image, size, stride, PADDING)

    covered = signed.once(on, ("cover", size), ask)
    with figure:
        if not np.isfinite(covered.outputs).all():
            st.error(maps.NOT_NUMBERS, icon=":material/error:")
            return
        cover(on.image, covered, on.class_names, key="inside.cover", colour=PADDING)
    with controls:
        count = covered.outputs[..., 0].size
        st.caption(
            f"The line in each bar is the probability without the square. The square has {count} places. "
            f"{sureness.RAW_HERE}"
        )
        _ask(on, covered)
        label = int(covered.uncovered.argmax())
        name = on.class_names[label]
        in_code.show("cover", lambda: code.cover(in_code.read(on), covered.size, covered.stride, label, name))


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
        disabled=locks.is_locked("experiment"),
    )


def _ask(on: Subject, covered: Covered) -> None:
    name = on.class_names[int(covered.uncovered.argmax())]
    answer = f"Gray speaks more for {name} than that piece did"
    guidance.ask(
        f"inside.cover.{on.run.id}.{on.image_id}",
        f"Where the square lies, the probability of {name} **rises**. What follows?",
        [answer, "The network did not read that piece", "The network has learned from it"],
        answer,
        hint="The rest of the image is the same as before. So what has changed in the sums?",
        why=f"The rest of the image is the same. So that piece spoke more for other classes, or the gray square itself "
        f"speaks for {name}. Nothing is learned while a network is used: its weights stay.",
    )
