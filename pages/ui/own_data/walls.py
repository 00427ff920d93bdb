"""All pictures of one class, page by page, to delete some or to move them into another class."""

from functools import partial

import numpy as np
import streamlit as st

from cnn_core.data import DataError, own
from cnn_core.data.own import OwnClass, OwnSet
from pages.ui import address
from pages.ui.components.wall import MOST, Wish, wall, wished
from pages.ui.own_data import rights, splits
from pages.ui.text import plain

_OPEN, _PAGE = "own_data.walls", "own_data.walls.page"


def fulfil(name: str) -> None:
    """What the visitor wished at the wall just now."""
    if wish := wished(_key(name)):
        rights.attempt(partial(_fulfil, name, wish))


def show(own_set: OwnSet, chosen: OwnClass) -> None:
    # The words never change: an expander with others is another one, and closed.
    place = st.expander("All pictures of the chosen class", icon=":material/grid_view:", key=_OPEN, on_change="rerun")
    if not place.open:
        return
    pages = max(1, -(-chosen.images // MOST))
    with place:
        st.markdown(f"**{plain(chosen.name)}**, {chosen.images} pictures, the newest first")
        address.allow_number(_PAGE, 1, pages)
        number = st.pagination(pages, key=_PAGE) if pages > 1 else 1
        try:
            found = own.images(own_set.name, chosen.id, newest=number * MOST)[(number - 1) * MOST :]
        except DataError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        if not found:
            st.caption("None yet.")
            return
        wall(
            np.stack([stored.image for stored in found]),
            [stored.id for stored in found],
            _captions(own_set, found),
            {one.id: one.name for one in own_set.classes if one.id != chosen.id},
            key=_key(own_set.name),
            label=f"Pictures of {chosen.name}, the newest first",
            may_change=rights.may_change(),
        )


def _key(name: str) -> str:
    """Of the set's own wall: two sets have pictures of the same number, and a wish is for one of them."""
    return f"own_data.wall.{name}"


def _captions(own_set: OwnSet, found: list[own.Stored]) -> list[str]:
    """Which belong to one burst, and what it is for; before a split is possible the newest burst in sight is 1."""
    if not own_set.lacks():
        try:
            known = splits.captions(own.planned(own_set.name))
        except DataError:
            known = {}
        if all(stored.id in known for stored in found):
            return [known[stored.id] for stored in found]
    numbers: dict[str, int] = {}
    return [f"burst {numbers.setdefault(stored.group, len(numbers) + 1)}" for stored in found]


def _fulfil(name: str, wish: Wish) -> None:
    if wish.into is None:
        own.delete(name, wish.ids)
    else:
        own.move(name, wish.ids, wish.into)
