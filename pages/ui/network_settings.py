"""The widgets for the settings of a network. Their values stay in the visitor's session from page to page.

Numbers have no limits of their own, as in `recipe`: the config refuses them in a sentence.
"""

from collections.abc import Callable
from functools import partial

import streamlit as st

from cnn_core.config import (
    ACTIVATIONS,
    BLOCK_ORDER_NAMES,
    BLOCK_ORDERS,
    HEAD_NAMES,
    HEADS,
    INITIALIZATIONS,
    PADDINGS,
    POOLINGS,
)
from cnn_core.convolution import activations
from cnn_core.facts import ablation
from pages.ui import presenter
from pages.ui.lessons import locks

_MAX_BLOCKS, _MAX_DENSE = 5, 3
_BLOCK = {"filters": 16, "convolutions": 1, "dropout": 0.0}  # a block that no preset has filled in
_UNITS = 64
_WIDTHS = 90, 80  # pixels of the input with the number of its block, and of the two beside it: a tablet holds them


def choose_blocks() -> list[dict[str, object]]:
    given = {"persist_state": "session", "disabled": locks.is_locked("network")}
    number = st.slider("Convolution blocks", 0, _MAX_BLOCKS, key="network.blocks", **given)
    return [_choose_block(i) for i in range(1, number + 1)]


def choose_shared() -> dict[str, object]:
    """What all blocks share."""
    with _row():
        return {
            **_setting("kernel_size", _whole, "Kernel size", width=130),
            **_setting("padding", _segments, "Padding", PADDINGS),
            **_setting("pooling", _segments, "Pooling", POOLINGS),
            **_setting("activation", st.selectbox, "Activation", ACTIVATIONS, format_func=_activation_name, width=140),
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


def choose_dense() -> dict[str, object]:
    with _row():
        given = {"persist_state": "session", "disabled": locks.is_locked("network")}
        number = st.slider("Hidden dense layers", 0, _MAX_DENSE, key="network.dense", width=200, **given)
        units = []
        for i in range(1, number + 1):
            st.session_state.setdefault(f"network.units{i}", _UNITS)
            units += _setting(f"units{i}", partial(_whole, step=16), f"Units {i}", width=140).values()
        label = "Dense activation"
        look = {"format_func": _activation_name, "width": 160, "disabled": not number}
        activation = _setting("dense_activation", st.selectbox, label, ACTIVATIONS, **look)
    return {"dense_units": units, **activation}


def choose_details(*, has_blocks: bool) -> dict[str, object]:
    """The parts of fast training that belong to the network."""
    heads = HEADS if has_blocks else [head for head in HEADS if head != "blocks"]
    if st.session_state.get("network.head") not in heads:
        st.session_state["network.head"] = heads[0]
    with _row():
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
                format_func=BLOCK_ORDER_NAMES.get,
                width=265,
                help="Pooling right after a block's first convolution leaves a quarter of the values for the "
                "layers that follow (Jordan 2024). This halves the arithmetic of `minute`. "
                f"{ablation().sentence('With pooling last', 'pooling_last')}",
            ),
            **_setting(
                "head",
                _segments,
                "Head",
                heads,
                format_func=HEAD_NAMES.get,
                wrap=True,
                help="What the dense layers read from each feature map of the last block. One value per map, "
                "instead of all its values, needs far fewer weights. The last choice reads two values of each "
                "map of every block, the early ones too.",
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


def _choose_block(i: int) -> dict[str, object]:
    """One row; the first names the columns."""
    for name, value in _BLOCK.items():
        st.session_state.setdefault(f"network.{name}{i}", value)
    named = {"label_visibility": "visible" if i == 1 else "collapsed"}
    number, others = (named | {"width": round(width * presenter.scale())} for width in _WIDTHS)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        chosen = {
            **_setting(
                f"filters{i}", partial(_whole, step=8), f"Filters{_of(i)}", icon=f":material/counter_{i}:", **number
            ),
            **_setting(f"convolutions{i}", _whole, f"Convolutions{_of(i)}", **others),
            **_setting(
                f"dropout{i}",
                partial(st.number_input, step=0.05, format="%g"),
                f"Dropout{_of(i)}",
                help="The share of this block's outputs set to zero in training, a new random choice for each batch.",
                **others,
            ),
        }
    return dict(zip(_BLOCK, chosen.values(), strict=True))


def _of(i: int) -> str:
    return f" of block {i}" if i > 1 else ""


def _activation_name(name: str) -> str:
    return activations.ACTIVATIONS[name].title


def _row():
    return st.container(horizontal=True, vertical_alignment="bottom")


def _setting(field: str, widget: Callable, label: str, *arguments: object, **options: object) -> dict[str, object]:
    """The value of one field of the network; the visitor keeps it from page to page."""
    options["disabled"] = options.get("disabled", False) or locks.is_locked("network")
    return {field: widget(label, *arguments, key=f"network.{field}", persist_state="session", **options)}


_whole = partial(st.number_input, step=1)
_segments = partial(st.segmented_control, required=True)
