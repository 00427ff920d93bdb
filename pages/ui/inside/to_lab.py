"""The way from a value of a map to the lab, which shows the same products and the same total."""

import numpy as np
import streamlit as st

from cnn_core.convolution import place
from cnn_core.explanation.flow import Column
from cnn_core.explanation.value import Step, Value
from pages.ui.inside.subject import Subject
from pages.ui.lab import given, learned, subject
from pages.ui.lab.given import Given
from pages.ui.lab.linked import CELL
from pages.ui.text import plain


def open_in_lab(on: Subject, column: Column, title: str, source: np.ndarray, value: Value) -> None:
    """Go there. `source` is float (h, w, channels), what the column reads.

    The first filters that were learned are in the lab anyway, for test images of the run's own data set: then the
    address says all. Everything else is handed over in the session.
    """
    reads_image = column.source.name == "scale"
    if reads_image and column.name != "whiten" and _is_test_image(on):
        query = _address(on, value)
        given.drop()
    elif reads_image:
        query = given.keep(_whole_filter(on, column, title, source, value))
    else:
        query = given.keep(_strongest_slice(on, column, title, source, value))
    st.switch_page("pages/convolution.py", query_params=query)


def _is_test_image(on: Subject) -> bool:
    return on.data_set == on.run.config.data_set and on.image_id.startswith(f"{on.data_set}.test.")


def _address(on: Subject, value: Value) -> dict[str, str]:
    number = on.image_id.rsplit(".", 1)[1]
    row, column = value.cell
    st.session_state.pop("convolution.learned", None)  # the cell that was pinned before
    st.session_state[subject.CHOICE], st.session_state[subject.NUMBER] = on.data_set, int(number)
    st.session_state[learned.CHOSEN] = value.place.filter + 1
    return {
        "convolution.step": given.STEP,
        "run": on.run.id,
        subject.PICTURE: subject.title_of(on.data_set),
        subject.IMAGE: number,
        learned.FILTER: str(value.place.filter + 1),
        CELL: f"{row + 1}.{column + 1}",
    }


def _whole_filter(on: Subject, column: Column, title: str, source: np.ndarray, value: Value) -> Given:
    said = (
        f"**{title}, filter {value.place.filter + 1}** of *{plain(on.run.title)}*, on the image from the page Inside. "
        "The pixels are as the network scales them before its first layer."
    )
    return _given(column, source.astype(float), value.kernel.astype(float), value.bias, value, {}, said)


def _strongest_slice(on: Subject, column: Column, title: str, source: np.ndarray, value: Value) -> Given:
    """The map with the largest sum, its slice of the filter, and all the rest as the bias."""
    channel = int(value.strongest(1)[0])
    rest = value.sum - float(value.channel_sums[channel])
    others = source.shape[2] - 1
    counted = f"the sums of the other {others:,} maps and the filter's own bias" if others else "the filter's own bias"
    said = (
        f"**{title}, filter {value.place.filter + 1}** of *{plain(on.run.title)}*. The input is map "
        f"{channel + 1} of the {source.shape[2]:,} that it reads; the kernel is the filter's slice for this map. As "
        f"the bias stands what else goes into the sum at {place(*value.cell)}: {counted}."
        + (" At other places the other maps have other sums, so only this value is the network's." if others else "")
    )
    titles = {"input": f"Map {channel + 1}", "kernel": "Slice"}
    image, kernel = source[..., channel].astype(float), value.kernel[..., channel].astype(float)
    return _given(column, image, kernel, rest, value, titles, said)


def _given(
    column: Column,
    image: np.ndarray,
    kernel: np.ndarray,
    bias: float,
    value: Value,
    titles: dict[str, str],
    said: str,
) -> Given:
    activation, norm = _behind(value.steps)
    padding = column.convolution.settings["padding"]
    return Given(image, kernel, bias, value.cell, padding, activation, norm, titles, said)


def _behind(steps: tuple[Step, ...]) -> tuple[str, tuple[float, float] | None]:
    """What the stage can show behind the sum: the activation, then the batch-norm; nothing where another order is."""
    if not steps or steps[0].kind != "Activation":
        return "linear", None
    norm = steps[1] if len(steps) > 1 and steps[1].kind == "BatchNormalization" else None
    if norm is None or not np.isfinite(norm.factor):
        return steps[0].function, None
    return steps[0].function, (norm.factor, norm.summand)
