"""The pictures of a class, to choose some of them by click or keys, and to delete or move these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from pages.ui.components import component, png_url

MOST = 60  # pictures at a time: some 150 kB
_mount = component("wall", shared=["walk.js"])


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to happen to which pictures: they are moved into a class, or deleted where `into` is None."""

    ids: tuple[int, ...]
    into: int | None


def wall(
    pictures: np.ndarray,
    ids: Sequence[int],
    captions: Sequence[str],
    others: Mapping[int, str],
    *,
    key: str,
    label: str,
    may_change: bool,
) -> None:
    """Show the pictures; `wished` then tells what is to happen to them.

    pictures: uint8 (n, 32, 32, 3). ids, captions: one each; a caption that is the same as the one before is not said
    again. others: the classes into which they can be moved. label: what they are, for screen readers.
    """
    data = {
        "sprite": png_url(pictures.reshape(-1, *pictures.shape[2:])) if len(pictures) else "",
        "ids": list(ids),
        "captions": list(captions),
        "others": [{"id": id_, "name": name} for id_, name in others.items()],
        "label": label,
        "mayChange": may_change,
    }
    _mount(key=key, data=data, on_wish_change=partial(_receive, key))


def wished(key: str) -> Wish | None:
    """What the visitor wished just now, once; asked before the page draws anything. Anybody can send any wish."""
    return st.session_state.pop(f"{key}.wish", None)


def _receive(key: str) -> None:
    sent = st.session_state.get(key)
    if wish := read(sent.get("wish") if sent else None):
        st.session_state[f"{key}.wish"] = wish


def read(value: Any) -> Wish | None:
    """The browser's message; None for nonsense."""
    if not isinstance(value, Mapping):
        return None
    ids, into = value.get("ids"), value.get("into")
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST or not all(map(_is_id, ids)):
        return None
    return Wish(tuple(ids), into) if into is None or _is_id(into) else None


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**53
