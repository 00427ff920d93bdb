"""The network that a visitor builds: the named ones to start from, and where its numbers stand in the session."""

from dataclasses import fields, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core.architecture import totals
from cnn_core.config import CLASSES, ConfigError, NetworkConfig
from cnn_core.presets import MEASURED, PRESETS, menu_line
from pages.ui import network_settings, presenter
from pages.ui.lessons import locks

_BUILT = "network.built"
_CHOSEN = "training.network"
_START = "network.preset"
_OWN = "my network"
RECIPE_OF_OWN = "lesson"  # the preset whose recipe a network without a preset begins with
_MAX_PARAMETERS = 20_000_000  # a finished run of this size takes 360 MB of disk, its open network 210 MB of memory
_MENU_WIDTH = 340  # pixels: a menu line is whole, also on a phone
_TABS = ("Blocks", "In each block", "Dense layers", "Advanced")


def build_network(at: DeltaGenerator, classes: int = CLASSES) -> NetworkConfig | None:
    """The network that the widgets in the container `at` describe; None if it cannot be built, and the page says why.

    `classes` are those of the data set that the visitor chose last. The widgets are in tabs, so that what follows from
    them stays in view beside them, or on a phone right below.
    """
    if "network.blocks" not in st.session_state:
        fill_in(PRESETS["lesson"].network)
    menu = at.container()
    blocks, shared, dense, details = at.tabs(_TABS)
    with blocks:
        settings = {"blocks": network_settings.choose_blocks()}
    with shared:
        settings |= network_settings.choose_shared()
    with dense:
        settings |= network_settings.choose_dense()
    with details:
        settings |= network_settings.choose_details(has_blocks=bool(settings["blocks"]))
    network = None
    try:
        network = _affordable(NetworkConfig(**settings, classes=classes))
        st.session_state[_BUILT] = network
    except ConfigError as error:
        st.error(str(error), icon=":material/error:")
    with menu:
        _offer_presets(network)
    return network


def choose_network() -> tuple[str, NetworkConfig]:
    """The name of a preset and its network, or the one that this visitor built on the network page."""
    built: NetworkConfig | None = st.session_state.get(_BUILT)
    names = [*PRESETS, *([_OWN] if built and _preset_of(built) is None else [])]
    if st.session_state.get(_CHOSEN, names[0]) not in names:
        del st.session_state[_CHOSEN]
    name = st.selectbox(
        "Network",
        names,
        index=names.index("lesson"),
        format_func=_menu_line,
        key=_CHOSEN,
        persist_state="session",
        help=f"{MEASURED} Build your own on the network page.",
        width=round(_MENU_WIDTH * presenter.scale()),
        disabled=locks.is_locked("network"),
    )
    return name, built if name == _OWN and built else PRESETS[name].network


def choose(network: NetworkConfig) -> None:
    """Select this network in `choose_network`, under its preset's name if it has one."""
    st.session_state[_CHOSEN] = _preset_of(network) or _OWN


def adopt(network: NetworkConfig) -> str:
    """Select this network in `choose_network`; one without a preset becomes the visitor's own, on both pages.

    Returns the preset whose recipe the form then begins with.
    """
    name = _preset_of(network)
    if name is None:
        fill_in(network)
        st.session_state[_BUILT] = network
    choose(network)
    return name or RECIPE_OF_OWN


def fill_in(network: NetworkConfig) -> None:
    """Set every widget to what `network` says."""
    values = {field.name: getattr(network, field.name) for field in fields(network)}
    del values["classes"]
    values |= {"blocks": len(network.blocks), "dense": len(network.dense_units)}
    for i, block in enumerate(network.blocks, 1):
        values |= {f"filters{i}": block.filters, f"convolutions{i}": block.convolutions, f"dropout{i}": block.dropout}
    for i, units in enumerate(network.dense_units, 1):
        values[f"units{i}"] = units
    del values["dense_units"]
    st.session_state.update({f"network.{name}": value for name, value in values.items()})


def of_ten(network: NetworkConfig) -> NetworkConfig:
    """The same with the presets' number of classes: that is the data set's, whatever network learns it."""
    return replace(network, classes=CLASSES)


def _preset_of(network: NetworkConfig | None) -> str | None:
    known = of_ten(network) if network else None
    return next((name for name, preset in PRESETS.items() if preset.network == known), None)


def _offer_presets(network: NetworkConfig | None) -> None:
    """A menu of the presets, open at the one that this network is. Drawn last: until then nobody knows which."""
    name = _preset_of(network) or _OWN
    st.session_state[_START] = name
    names = [*([_OWN] if name == _OWN else []), *PRESETS]
    given = {"key": _START, "on_change": _start_from_it, "disabled": locks.is_locked("network")}
    st.selectbox("Start from", names, format_func=_menu_line, help=MEASURED, **given)


def _start_from_it() -> None:
    if (name := st.session_state[_START]) in PRESETS:
        fill_in(PRESETS[name].network)


def _menu_line(name: str) -> str:
    return menu_line(name) if name in PRESETS else _OWN


def _affordable(network: NetworkConfig) -> NetworkConfig:
    parameters = totals(network).parameters
    if parameters > _MAX_PARAMETERS:
        raise ConfigError(
            f"This network would have {parameters:,} parameters. The app trains up to {_MAX_PARAMETERS:,}, because all "
            "visitors share one machine. Use fewer filters, or more pooling before the dense layers."
        )
    return network
