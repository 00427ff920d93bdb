"""The network page: build a network, and see its shapes, its parameters and its cost follow."""

import pandas as pd
import streamlit as st

from cnn_core import architecture, plotting
from cnn_core.config import NetworkConfig
from pages.ui import frame
from pages.ui.builder import build_network, choose

COLUMNS = {
    "parameters": st.column_config.NumberColumn(format="localized"),
    "multiply-adds": st.column_config.NumberColumn(format="localized", help="Products of one picture's way through."),
    "how": st.column_config.TextColumn("parameters, written out", width="large"),
    "receptive field": st.column_config.TextColumn(help="The part of the picture that one output value depends on."),
}


def show_totals(network: NetworkConfig) -> None:
    totals = architecture.totals(network)
    with st.container(horizontal=True):
        st.metric("Parameters", f"{totals.parameters:,}", help="Numbers in the network, all but a few of them learned.")
        st.metric("of them trained", f"{totals.trainable:,}")
        millions = totals.multiply_adds / 1e6
        cost = f"{millions:,.1f} M" if millions >= 1 else f"{totals.multiply_adds:,}"
        st.metric("Multiply-adds", cost, help="To classify one picture.")
        st.metric("Receptive field", f"{totals.receptive_field} × {totals.receptive_field}", help=RECEPTIVE_FIELD)


def show_layers(network: NetworkConfig, table: pd.DataFrame) -> None:
    st.header("From picture to probabilities", anchor=False)
    st.plotly_chart(
        plotting.pipeline(architecture.layers(network)),
        config={"displayModeBar": False, "staticPlot": True},
        alt="Feature maps shrink and multiply from block to block, then become a row of numbers and ten shares.",
    )
    st.header("Every layer", anchor=False)
    st.dataframe(table, hide_index=True, column_config=COLUMNS, height="content")


def show_parameters(table: pd.DataFrame) -> None:
    st.header("Where the parameters are", anchor=False)
    st.plotly_chart(
        plotting.parameter_bars(table),
        config={"displayModeBar": False},
        alt=f"Most parameters are in {table.loc[table['parameters'].idxmax(), 'layer']}.",
    )
    st.markdown(
        "**Notice** that a convolution's parameters do not depend on the size of the picture: the same kernel serves "
        "every place. A dense layer pays for each of its inputs."
    )


RECEPTIVE_FIELD = (
    "The side of the square of pixels that one value after the last block depends on. "
    "Beyond 32 it covers the whole picture, and more of the padding."
)

frame.header(
    "The network",
    "Build a network block by block. **Change** a number: shapes, parameters and cost follow at once.",
)
network = build_network()
if network:
    show_totals(network)
    table = architecture.table(network)
    show_layers(network, table)
    show_parameters(table)
    if st.button("Train this network", type="primary", icon=":material/model_training:"):
        choose(network)
        st.switch_page("pages/training.py")
