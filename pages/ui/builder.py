"""The widgets that build a network, block by block. Their values stay in the visitor's session from page to page."""

import streamlit as st

from cnn_core.architecture import totals
from cnn_core.config import (
    ACTIVATIONS,
    BLOCK_ORDERS,
    HEADS,
    INITIALIZATIONS,
    PADDINGS,
    POOLINGS,
    Block,
    ConfigError,
    NetworkConfig,
)
from cnn_core.presets import PRESETS

_BUILT = "network.built"
_CHOSEN = "training.network"
_OWN = "my network"
_MAX_BLOCKS, _MAX_DENSE = 5, 3
_MAX_PARAMETERS = 20_000_000  # 240 MB with their optimizer state
_STAY = {"persist_state": "session"}
_ORDER_NAMES = {
    "activation_norm_pool": "activation, normalization, pooling last",
    "pool_norm_activation": "pooling first, normalization, activation",
}


def build_network() -> NetworkConfig | None:
    """The network as the widgets stand; None, and the reason on the page, where it cannot be built."""
    if "network.blocks" not in st.session_state:
        fill_in(PRESETS["lesson"].network)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Start from")
        for name, preset in PRESETS.items():
            st.button(name, key=f"network.preset.{name}", on_click=fill_in, args=(preset.network,))
    number = st.slider("Convolution blocks", 0, _MAX_BLOCKS, key="network.blocks", **_STAY)
    try:
        blocks = tuple(_build_block(i) for i in range(1, number + 1))
        network = NetworkConfig(blocks=blocks, **_build_rest())
    except ConfigError as error:
        st.error(str(error), icon=":material/error:")
        return None
    parameters = totals(network).parameters
    if parameters > _MAX_PARAMETERS:
        st.error(
            f"This network would have {parameters:,} parameters; the app trains up to {_MAX_PARAMETERS:,}, since it "
            "shares one machine. Use fewer filters, or more pooling before the dense layers.",
            icon=":material/error:",
        )
        return None
    st.session_state[_BUILT] = network
    return network


def choose_network() -> tuple[str, NetworkConfig]:
    """The name of a preset and its network, or the one that this visitor built on the network page."""
    built: NetworkConfig | None = st.session_state.get(_BUILT)
    names = [*PRESETS, *([_OWN] if built and built not in [p.network for p in PRESETS.values()] else [])]
    if st.session_state.get(_CHOSEN, names[0]) not in names:
        del st.session_state[_CHOSEN]
    name = st.selectbox(
        "Network",
        names,
        index=names.index("lesson"),
        key=_CHOSEN,
        help="`report` is the network of the report, `lesson` a small one with few parts, `minute` the one that learns "
        "most in a minute, `best` and `champion` are wider ones for ten minutes and for two hours, `linear` has no "
        "convolution at all. Build your own on the network page.",
        **_STAY,
    )
    return name, built if name == _OWN and built else PRESETS[name].network


def choose(network: NetworkConfig) -> None:
    """Make it the one that `choose_network` offers first: by its preset's name, if it is one."""
    presets = (name for name, preset in PRESETS.items() if preset.network == network)
    st.session_state[_CHOSEN] = next(presets, _OWN)


def fill_in(network: NetworkConfig) -> None:
    """Set every widget to what `network` says."""
    values = {
        "blocks": len(network.blocks),
        "kernel": network.kernel_size,
        "padding": network.padding,
        "activation": network.activation,
        "norm": network.batch_norm,
        "momentum": network.batch_norm_momentum,
        "pooling": network.pooling,
        "dense": len(network.dense_units),
        "dense_activation": network.dense_activation,
        "whitening": network.whitening,
        "order": network.block_order,
        "head": network.head,
        "start": network.initialization,
    }
    for i, block in enumerate(network.blocks, 1):
        values |= {f"filters{i}": block.filters, f"convolutions{i}": block.convolutions, f"dropout{i}": block.dropout}
    for i, units in enumerate(network.dense_units, 1):
        values[f"units{i}"] = units
    st.session_state.update({f"network.{name}": value for name, value in values.items()})


def _build_block(i: int) -> Block:
    for name, value in {"filters": 16 * 2 ** (i - 1), "convolutions": 1, "dropout": 0.0}.items():
        st.session_state.setdefault(f"network.{name}{i}", value)  # a block that no preset has filled in
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Block {i}**", width="content")
        filters = st.number_input("Filters", 1, 512, step=8, key=f"network.filters{i}", width=130, **_STAY)
        convolutions = st.number_input("Convolutions", 1, 4, key=f"network.convolutions{i}", width=130, **_STAY)
        dropout = st.slider(
            "Dropout",
            0.0,
            0.9,
            step=0.05,
            key=f"network.dropout{i}",
            width=200,
            help="The share of this block's outputs that is set to zero, anew for each batch, while training.",
            **_STAY,
        )
    return Block(filters, convolutions, dropout)


def _build_rest() -> dict:
    """What all blocks share, and the dense layers: the other fields of a NetworkConfig."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        settings = {
            "kernel_size": st.number_input("Kernel size", 1, 7, key="network.kernel", width=140, **_STAY),
            "padding": st.segmented_control("Padding", PADDINGS, required=True, key="network.padding", **_STAY),
            "pooling": st.segmented_control("Pooling", POOLINGS, required=True, key="network.pooling", **_STAY),
            "activation": st.selectbox("Activation", ACTIVATIONS, key="network.activation", width=160, **_STAY),
            "batch_norm": (norm := st.toggle("Batch normalization", key="network.norm", **_STAY)),
            "batch_norm_momentum": st.number_input(
                "Normalization's momentum",
                0.0,
                0.999,
                step=0.05,
                format="%g",
                key="network.momentum",
                width=200,
                disabled=not norm,
                help="How slowly the running mean and variance follow the batches. 0.99 wants some hundred batches "
                "before predictions are as good as training says; a short run does better with 0.9.",
                **_STAY,
            ),
        }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input("Dense layers before the last", 0, _MAX_DENSE, key="network.dense", width=220, **_STAY)
        units = []
        for i in range(1, number + 1):
            st.session_state.setdefault(f"network.units{i}", 64)
            units.append(st.number_input(f"Units {i}", 1, 2048, step=16, key=f"network.units{i}", width=140, **_STAY))
        key = "network.dense_activation"
        dense_activation = st.selectbox(
            "Their activation", ACTIVATIONS, key=key, width=160, disabled=not number, **_STAY
        )
    with st.expander("Advanced"):
        return {**settings, "dense_units": tuple(units), "dense_activation": dense_activation, **_build_details()}


def _build_details() -> dict:
    """The parts of fast training that belong to the network."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        return {
            "whitening": st.toggle(
                "Whitening",
                key="network.whitening",
                help="A first convolution that is computed from the training pictures and never trained: it takes "
                "apart what neighbouring pixels share (Page 2019). Worth 2 points in an epoch of `minute`.",
                **_STAY,
            ),
            "block_order": st.selectbox(
                "Within a block",
                BLOCK_ORDERS,
                format_func=_ORDER_NAMES.get,
                key="network.order",
                width=360,
                help="Pooling straight after a block's first convolution leaves a quarter of the values to all that "
                "follows (Jordan 2024): half the arithmetic in `minute`, for half a point.",
                **_STAY,
            ),
            "head": st.segmented_control(
                "Read from the last maps",
                HEADS,
                format_func={"flatten": "every value", "max": "the largest", "average": "the average"}.get,
                required=True,
                key="network.head",
                help="What the dense layers get of each feature map of the last block. One value instead of all of "
                "them needs far fewer weights.",
                **_STAY,
            ),
            "initialization": st.segmented_control(
                "Start",
                INITIALIZATIONS,
                required=True,
                key="network.start",
                help="`glorot`: all weights at random. `identity`: each convolution begins by passing its input on, so "
                "that a deep network starts as a shallow one (Jordan 2024, after Zagoruyko and Komodakis 2017). Worth "
                "8.7 points in an epoch of `minute`.",
                **_STAY,
            ),
        }
