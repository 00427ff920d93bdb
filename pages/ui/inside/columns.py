"""The whole network on one image: its columns of maps, and one value of them taken apart."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from cnn_core.architecture import layers
from cnn_core.explanation import flow
from cnn_core.explanation.flow import Column
from cnn_core.explanation.value import Place, Value, trace
from pages.ui.components.columns import answer_data, column_data, columns, network_data, numbers_data
from pages.ui.components.value import value, value_data
from pages.ui.inside.subject import Subject

Maps = Mapping[str, np.ndarray]
_PICKED = "inside.value"  # in the session: layer, filter, row and column of the value that is taken apart
_COLOURS = ("red", "green", "blue")


def show(on: Subject) -> None:
    _show_flow(on)


@st.fragment
def _show_flow(on: Subject) -> None:
    """The columns and the value; a click runs this alone."""
    maps = on.classifier.feature_maps(on.image)
    found = flow.columns(on.run.config.network)
    columns(_network_data(on, found, maps), key="inside.columns", on_pick=_pick)
    if not found:
        st.info("This network has no convolution: every pixel goes straight into the sums of the dense layers.")
        return
    column, at = _picked(found, maps)
    taken = take_apart(on, column, maps, at)
    title = titles(found)[column.name]
    given = value_data(column, title, maps[column.maps.name][..., at.filter], taken, _channels(found, column))
    value(given, key="inside.taken", on_cell=lambda row, place: _pick(column.name, at.filter, row, place))


def titles(found: list[Column]) -> dict[str, str]:
    """What each convolution is called."""
    learned = [column.name for column in found if column.name != "whiten"]
    return {"whiten": "Whitening"} | {name: f"Conv {number}" for number, name in enumerate(learned, 1)}


def take_apart(on: Subject, column: Column, maps: Maps, at: Place) -> Value:
    return trace(column, maps, on.network.kernels()[column.name], on.network.biases.get(column.name), at)


def _network_data(on: Subject, found: list[Column], maps: Maps) -> dict:
    named = titles(found)
    shown = [
        column_data(column, named[column.name], maps[column.maps.name], awake=None, n=0, hides_count=False)
        for column in found
    ]
    caption = ["32 × 32 × 3"] + ([f"label: {on.class_names[on.label]}"] if on.label is not None else [])
    answer = answer_data(on.class_names, maps["logits"], maps["probabilities"], on.label)
    return network_data(on.image, caption, shown, _numbers(on, maps), answer)


def _numbers(on: Subject, maps: Maps) -> list[dict]:
    """The values between the maps and the logits."""
    shown = []
    every = layers(on.run.config.network)
    for place, layer in enumerate(every):
        if layer.kind.startswith("Global"):
            how = "largest" if "Max" in layer.kind else "mean"
            shown.append(numbers_data("Head", [how, f"of {layer.output_shape[0]} maps"], maps[layer.name]))
        if layer.kind == "Dense" and layer.name != "logits":
            after = every[place + 1] if every[place + 1].kind == "Activation" else layer
            shown.append(numbers_data("Dense", [f"{layer.output_shape[0]} values"], maps[after.name]))
    return shown


def _pick(name: str, number: int, row: int, column: int) -> None:
    st.session_state[_PICKED] = (name, number, row, column)


def _picked(found: list[Column], maps: Maps) -> tuple[Column, Place]:
    """The value that the visitor picked, as far as this network has it; at first the largest of the first layer."""
    name, *at = st.session_state.get(_PICKED, ("",))
    column = next((column for column in found if column.name == name), None)
    if column is not None:
        height, width, filters = column.maps.output_shape
        if at[0] < filters and at[1] < height and at[2] < width:
            return column, Place(*at)
    first = found[0]
    values = maps[first.maps.name]
    row, place, number = np.unravel_index(values.argmax(), values.shape)
    return first, Place(int(number), int(row), int(place))


def _channels(found: list[Column], column: Column) -> list[str]:
    """What the channels of a column's window are called."""
    if column is found[0]:
        return list(_COLOURS)
    return [f"map {number}" for number in range(1, column.source.output_shape[2] + 1)]
