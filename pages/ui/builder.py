"""The widgets that build a network, block by block. Their values stay in the visitor's session from page to page.

Numbers have no limits of their own, as in `recipe`: the config refuses them in a sentence.
"""

from collections.abc import Callable
from dataclasses import fields
from functools import partial

import streamlit as st

from cnn_core.architecture import totals
from cnn_core.config import (
    ACTIVATIONS,
    BLOCK_ORDERS,
    HEADS,
    INITIALIZATIONS,
    PADDINGS,
    POOLINGS,
    ConfigError,
    NetworkConfig,
)
from cnn_core.facts import ablation
from cnn_core.presets import DESCRIPTIONS, PRESETS

_BUILT = "network.built"
_CHOSEN = "training.network"
_OWN = "my network"
_MAX_BLOCKS, _MAX_DENSE = 5, 3
_MAX_PARAMETERS = 20_000_000  # a finished run of this size takes 360 MB of disk, its open network 210 MB of memory
_BLOCK = {"filters": 16, "convolutions": 1, "dropout": 0.0}  # a block that no preset has filled in
_UNITS = 64
_ORDER_NAMES = {
    "activation_norm_pool": "activation, batch-norm, pooling last",
    "pool_norm_activation": "pooling first, batch-norm, activation",
}
_HEAD_NAMES = {"flatten": "every value", "max": "the largest", "average": "the average"}


def build_network() -> NetworkConfig | None:
    """The network that the widgets describe; None if it cannot be built, and the page says why."""
    if "network.blocks" not in st.session_state:
        fill_in(PRESETS["lesson"].network)
    presets = st.container(horizontal=True, vertical_alignment="center", gap="small")
    number = st.slider("Convolution blocks", 0, _MAX_BLOCKS, key="network.blocks", persist_state="session")
    blocks = [_choose_block(i) for i in range(1, number + 1)]
    settings = {"blocks": blocks, **_choose_shared(), **_choose_dense(), **_choose_details()}
    network = None
    try:
        network = _affordable(NetworkConfig(**settings))
        st.session_state[_BUILT] = network
    except ConfigError as error:
        st.error(str(error), icon=":material/error:")
    with presets:
        _offer_presets(network)
    return network


def choose_network() -> tuple[str, NetworkConfig]:
    """The name of a preset and its network, or the one that this visitor built on the network page."""
    built: NetworkConfig | None = st.session_state.get(_BUILT)
    names = [*PRESETS, *([_OWN] if built and _preset_of(built) is None else [])]
    if st.session_state.get(_CHOSEN, names[0]) not in names:
        del st.session_state[_CHOSEN]
    lines = "\n".join(f"- `{name}`: {description}" for name, description in DESCRIPTIONS.items())
    name = st.selectbox(
        "Network",
        names,
        index=names.index("lesson"),
        key=_CHOSEN,
        persist_state="session",
        help=f"{lines}\n\nBuild your own on the network page.",
    )
    return name, built if name == _OWN and built else PRESETS[name].network


def choose(network: NetworkConfig) -> None:
    """Select this network in `choose_network`, under its preset's name if it has one."""
    st.session_state[_CHOSEN] = _preset_of(network) or _OWN


def fill_in(network: NetworkConfig) -> None:
    """Set every widget to what `network` says."""
    values = {field.name: getattr(network, field.name) for field in fields(network)}
    values |= {"blocks": len(network.blocks), "dense": len(network.dense_units)}
    for i, block in enumerate(network.blocks, 1):
        values |= {f"filters{i}": block.filters, f"convolutions{i}": block.convolutions, f"dropout{i}": block.dropout}
    for i, units in enumerate(network.dense_units, 1):
        values[f"units{i}"] = units
    del values["dense_units"]
    st.session_state.update({f"network.{name}": value for name, value in values.items()})


def _preset_of(network: NetworkConfig | None) -> str | None:
    return next((name for name, preset in PRESETS.items() if preset.network == network), None)


def _offer_presets(network: NetworkConfig | None) -> None:
    """A button for each preset, with a tick on the one that this network is."""
    st.markdown("Start from")
    for name, preset in PRESETS.items():
        icon = ":material/check:" if name == _preset_of(network) else None
        key, click = f"network.preset.{name}", {"on_click": fill_in, "args": (preset.network,)}
        st.button(name, key=key, icon=icon, help=DESCRIPTIONS[name].capitalize() + ".", **click)


def _affordable(network: NetworkConfig) -> NetworkConfig:
    parameters = totals(network).parameters
    if parameters > _MAX_PARAMETERS:
        raise ConfigError(
            f"This network would have {parameters:,} parameters. The app trains up to {_MAX_PARAMETERS:,}, because all "
            "visitors share one machine. Use fewer filters, or more pooling before the dense layers."
        )
    return network


def _row():
    return st.container(horizontal=True, vertical_alignment="bottom")


def _setting(field: str, widget: Callable, label: str, *arguments: object, **options: object) -> dict[str, object]:
    """The value of one field of the network; the visitor keeps it from page to page."""
    return {field: widget(label, *arguments, key=f"network.{field}", persist_state="session", **options)}


_whole = partial(st.number_input, step=1)
_segments = partial(st.segmented_control, required=True)


def _choose_block(i: int) -> dict[str, object]:
    for name, value in _BLOCK.items():
        st.session_state.setdefault(f"network.{name}{i}", value)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Block {i}**", width="content")
        chosen = {
            **_setting(f"filters{i}", partial(_whole, step=8), "Filters", width=130),
            **_setting(f"convolutions{i}", _whole, "Convolutions", width=130),
            **_setting(
                f"dropout{i}",
                partial(st.slider, step=0.05),
                "Dropout",
                0.0,
                0.9,
                width=200,
                help="The share of this block's outputs set to zero in training, a new random choice for each batch.",
            ),
        }
    return dict(zip(_BLOCK, chosen.values(), strict=True))


def _choose_shared() -> dict[str, object]:
    """What all blocks share."""
    with _row():
        return {
            **_setting("kernel_size", _whole, "Kernel size", width=130),
            **_setting("padding", _segments, "Padding", PADDINGS),
            **_setting("pooling", _segments, "Pooling", POOLINGS),
            **_setting("activation", st.selectbox, "Activation", ACTIVATIONS, width=140),
            **(norm := _setting("batch_norm", st.toggle, "Batch-norm")),
            **_setting(
                "batch_norm_momentum",
                partial(st.number_input, step=0.05, format="%g"),
                "Batch-norm momentum",
                width=180,
                disabled=not norm["batch_norm"],
                help="How slowly the running mean and variance follow the batches. 0.99 needs some hundred batches "
                "before predictions are as good as in training; for a short run 0.9 is better.",
            ),
        }


def _choose_dense() -> dict[str, object]:
    with _row():
        number = st.slider(
            "Hidden dense layers", 0, _MAX_DENSE, key="network.dense", width=200, persist_state="session"
        )
        units = []
        for i in range(1, number + 1):
            st.session_state.setdefault(f"network.units{i}", _UNITS)
            units += _setting(f"units{i}", partial(_whole, step=16), f"Units {i}", width=140).values()
        label = "Dense activation"
        activation = _setting("dense_activation", st.selectbox, label, ACTIVATIONS, width=160, disabled=not number)
    return {"dense_units": units, **activation}


def _choose_details() -> dict[str, object]:
    """The parts of fast training that belong to the network."""
    with st.expander("Advanced"), _row():
        return {
            **_setting(
                "whitening",
                st.toggle,
                "Whitening",
                help="Begin with a fixed convolution, computed from the training images instead of learned. It "
                "removes the correlation of neighbouring pixels (Page 2019). "
                f"{ablation().sentence('Without it', 'whitening')}",
            ),
            **_setting(
                "block_order",
                st.selectbox,
                "Order within a block",
                BLOCK_ORDERS,
                format_func=_ORDER_NAMES.get,
                width=265,
                help="Pooling right after a block's first convolution leaves a quarter of the values for the "
                "layers that follow (Jordan 2024). This halves the arithmetic of `minute`. "
                f"{ablation().sentence('With pooling last', 'pooling_last')}",
            ),
            **_setting(
                "head",
                _segments,
                "Head",
                HEADS,
                format_func=_HEAD_NAMES.get,
                help="What the dense layers read from each feature map of the last block. One value per map, "
                "instead of all its values, needs far fewer weights.",
            ),
            **_setting(
                "initialization",
                _segments,
                "Initial weights",
                INITIALIZATIONS,
                help="`glorot`: all random. `identity`: each convolution starts by passing its input on, so that a "
                "deep network starts like a shallow one (Jordan 2024, after Zagoruyko and Komodakis 2017). "
                f"{ablation().sentence('With `glorot` instead', 'identity')}",
            ),
        }
