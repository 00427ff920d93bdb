"""The whole network on one image: its columns of maps, and one value of them taken apart."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from cnn_core import plotting
from cnn_core.architecture import layers
from cnn_core.code import inside as code
from cnn_core.explanation import flow
from cnn_core.explanation.filters import FilterFacts
from cnn_core.explanation.flow import Column
from cnn_core.explanation.value import Place, Value, trace
from pages.ui.components.columns import answer_data, column_data, columns, network_data, numbers_data
from pages.ui.components.value import value, value_data
from pages.ui.inside import in_code, questions
from pages.ui.inside.filters import PICKED, facts_of, show_kernels, show_patches
from pages.ui.inside.subject import Subject, part
from pages.ui.inside.to_lab import open_in_lab

Maps = Mapping[str, np.ndarray]
_COLOURS = ("red", "green", "blue")


@part
def show(on: Subject) -> None:
    """The columns, a value of theirs, questions, and the filters; a click runs this alone."""
    maps = on.classifier.feature_maps(on.image)
    found = flow.columns(on.run.config.network)
    facts = facts_of(on.run)
    figure, below = st.container(), st.container()
    pair = questions.asked_about(found)
    with below:
        hidden = pair[1] if pair and not questions.ask(*pair, titles(found)[pair[1].name]) else None
    said = f"The network on this image. {plotting.describe_shares(maps['probabilities'], on.class_names)}"
    with figure:
        columns(_network_data(on, found, maps, facts, hidden, said), key="inside.columns", on_pick=_pick)
        if not found:
            st.info("This network has no convolution: every pixel goes straight into the sums of the dense layers.")
            return
        column, at = _picked(found, maps)
        _show_value(on, found, column, at, maps)
    with below:
        st.caption(said)
        show_patches(on.run, column, titles(found)[column.name], at.filter, facts)
        show_kernels(found[0], titles(found)[found[0].name], on.network.kernel(found[0].name))
        layer, cell = column.maps.name, (at.row, at.column)
        in_code.show("network", lambda: code.maps(in_code.read(on), layer, at.filter, cell))


def _show_value(on: Subject, found: list[Column], column: Column, at: Place, maps: Maps) -> None:
    taken = take_apart(on, column, maps, at)
    title = titles(found)[column.name]
    given = value_data(column, title, maps[column.maps.name][..., at.filter], taken, _channels(found, column))

    def move(row: int, place: int) -> None:
        _pick(column.name, at.filter, row, place)

    if value(given, key="inside.taken", on_cell=move):
        open_in_lab(on, column, title, maps[column.source.name], taken)


def titles(found: list[Column]) -> dict[str, str]:
    """What each convolution is called."""
    learned = [column.name for column in found if column.name != "whiten"]
    return {"whiten": "Whitening"} | {name: f"Conv {number}" for number, name in enumerate(learned, 1)}


def take_apart(on: Subject, column: Column, maps: Maps, at: Place) -> Value:
    return trace(column, maps, on.network.kernel(column.name), on.network.biases.get(column.name), at)


def _network_data(
    on: Subject, found: list[Column], maps: Maps, facts: FilterFacts | None, hidden: Column | None, said: str
) -> dict:
    """What the columns show, and `said` in a sentence; how many maps `hidden` has is a question."""
    named = titles(found)
    shown = [
        column_data(
            column,
            named[column.name],
            maps[column.maps.name],
            silent=_silent(column, maps),
            awake=facts.awake[column.name] if facts else None,
            n=facts.n if facts else 0,
            hides_count=column is hidden,
        )
        for column in found
    ]
    caption = ["32 × 32 × 3"] + ([f"label: {on.class_names[on.label]}"] if on.label is not None else [])
    answer = answer_data(on.class_names, maps["logits"], maps["probabilities"], on.label)
    return network_data(on.image, caption, shown, _numbers(on, maps), answer, said)


def _numbers(on: Subject, maps: Maps) -> list[dict]:
    """The values between the maps and the logits."""
    shown = []
    every = layers(on.run.config.network)
    for place, layer in enumerate(every):
        if layer.kind == "Concatenate":
            shown.append(numbers_data("Head", ["mean, max", "of all blocks"], maps[layer.name]))
        if layer.kind.startswith("Global") and not layer.reads:
            how = "max of" if "Max" in layer.kind else "mean of"
            shown.append(numbers_data("Head", [how, "each map"], maps[layer.name]))
        if layer.kind == "Dense" and layer.name != "logits":
            after = every[place + 1] if every[place + 1].kind == "Activation" else layer
            shown.append(numbers_data("Dense", [f"{layer.output_shape[0]} values"], maps[after.name]))
    return shown


def _silent(column: Column, maps: Maps) -> np.ndarray:
    """Bool (filters,): which of them are nowhere awake on this image, in the sense of `explanation.filters`."""
    bent = next((layer for layer in reversed(column.behind) if layer.kind == "Activation"), column.convolution)
    rest = 0.5 if bent.settings.get("activation") == "sigmoid" else 0.0
    return ~(maps[bent.name] > rest).any((0, 1))


def _pick(name: str, number: int, row: int, column: int) -> None:
    st.session_state[PICKED] = (name, number, row, column)


def _picked(found: list[Column], maps: Maps) -> tuple[Column, Place]:
    """The value that the visitor picked, as far as this network has it; at first the largest of the first layer."""
    name, *at = st.session_state.get(PICKED, ("",))
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
