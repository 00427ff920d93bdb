"""The network page: build a network, and see its shapes, its parameters and its cost follow."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from cnn_core import architecture, memory, plotting
from cnn_core.code.network import whole
from cnn_core.config import CLASSES, NetworkConfig
from cnn_core.presets import PRESETS
from pages.ui import charts, code_mirror, controls, frame, presenter, teacher
from pages.ui.builder import build_network, choose, of_ten
from pages.ui.lessons import locks
from pages.ui.text import plain

COLUMNS = {  # widths in pixels that fit beside the menu of a small screen together, and on a phone the first three
    "layer": st.column_config.TextColumn(width=135),
    "output shape": st.column_config.TextColumn(width=105),
    "parameters": st.column_config.NumberColumn(format="localized", width=85),
    "receptive field": st.column_config.TextColumn(help="The part of the image that one value depends on.", width=110),
    "how": st.column_config.TextColumn("parameters, written out", width=190),
    "multiply-adds": st.column_config.NumberColumn(format="localized", help="To classify one image.", width=105),
    "kind": st.column_config.TextColumn(width=150),
}
CONTROLS_AND_RESULT = (5, 8)  # of the width; on a phone the result stands below
RECEPTIVE_FIELD = (
    "The side of the square of pixels that one value after the last block depends on. "
    "Beyond 32 it covers the whole image, and padding around it."
)


def show_totals(network: NetworkConfig) -> None:
    totals = architecture.totals(network)
    with st.container(horizontal=True, gap="xsmall"):
        st.metric("Parameters", f"{totals.parameters:,}", help="All numbers of the network.")
        st.metric("Trainable parameters", f"{totals.trainable:,}", help="The parameters that training changes.")
        millions = totals.multiply_adds / 1e6
        cost = f"{millions:,.1f} M" if millions >= 1 else f"{totals.multiply_adds:,}"
        st.metric("Multiply-adds", cost, help="To classify one image.")
        st.metric("Receptive field", f"{totals.receptive_field} × {totals.receptive_field}", help=RECEPTIVE_FIELD)


def show_memory(network: NetworkConfig) -> None:
    """The memory that training takes at the usual batch size, and whether this machine has enough."""
    config = replace(PRESETS["lesson"], network=of_ten(network))
    if sentence := memory.refusal(config):
        st.warning(sentence, icon=":material/memory:")
        return
    if presenter.is_on():
        return
    needed = memory.in_words(memory.estimate(config))
    st.caption(f"Training this network with batches of {config.training.batch_size} takes about {needed} of memory.")


def show_picture(network: NetworkConfig) -> None:
    layers = architecture.layers(network)
    said = plotting.describe_pipeline(layers)
    charts.show(plotting.pipeline(layers, presenter.scale()), said, is_still=True)


def offer_training(network: NetworkConfig) -> None:
    if not teacher.longest_training():
        st.caption(":material/lock: Only the teacher can train it here.")
        return
    given = {"key": "training.this", "disabled": locks.is_locked("actions")}
    if st.button("Train this network", type="primary", icon=":material/model_training:", **given):
        choose(network)
        frame.go_to("pages/training.py")


def show_layers(table: pd.DataFrame) -> None:
    st.header("Every layer", anchor=False)
    st.dataframe(table, hide_index=True, column_order=list(COLUMNS), column_config=COLUMNS, height="content")


def show_parameters(table: pd.DataFrame) -> None:
    st.header("Where the parameters are", anchor=False)
    charts.show(plotting.parameter_bars(table), plotting.describe_parameters(table))
    st.markdown(
        "**Notice** that a convolution's parameters do not depend on the size of the image: the same kernel is used at "
        "every position. A dense layer needs a weight for each of its inputs."
    )


frame.header(
    "The network",
    "Build a network block by block. **Change** a number: shapes, parameters and cost follow at once.",
)
settings, result = st.columns(CONTROLS_AND_RESULT, gap="medium")
own_classes, own_title = controls.chosen_classes() or (None, "")
with result:
    network = build_network(settings, own_classes or CLASSES)
    if network:
        show_totals(network)
        if own_classes:
            st.caption(f"The last layer has {own_classes} values: one for each class of **{plain(own_title)}**.")
        show_picture(network)
        offer_training(network)
        show_memory(network)
if network:
    table = architecture.table(network)
    show_layers(table)
    show_parameters(table)
    code_mirror.show(lambda: whole(network), key="code.network")
frame.lead_on("network.py")
