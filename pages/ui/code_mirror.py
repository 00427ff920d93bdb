"""The same in code: what a page shows as a program that runs without this project, in a closed place near its end.

The program is made when a visitor opens the place, so that nobody waits for it, and a beamer shows it to who wants it.
"""

from collections.abc import Callable, Mapping

import streamlit as st

from cnn_core.code import image
from cnn_core.code.convolution import Picture
from pages.ui import cache, presenter

_LABEL = "The same in code"
_MOST_LINES, _HEIGHT = 45, 640  # a longer program scrolls in a window of so many pixels


def show(make: Callable[[], str | Mapping[str, str]], *, key: str, below: Callable[[], None] | None = None) -> None:
    """The place, closed at first; `make` returns the program, or several by what they are written in.

    Streamlit's own button copies a program. below: shows what else a program needs, a file to download.
    """
    key = f"{key}.presented" if presenter.is_on() else key  # what is open at the desk is closed on the beamer
    place = st.expander(_LABEL, icon=":material/code:", key=key, on_change="rerun")
    if not place.open:
        return
    made = make()
    with place:
        if isinstance(made, str) or len(made) == 1:
            _show(made if isinstance(made, str) else next(iter(made.values())))
        else:
            for tab, program in zip(st.tabs(list(made)), made.values(), strict=True):
                with tab:
                    _show(program)
        if below:
            below()


def of_split(data_set: str, split: str, position: int) -> Picture:
    """How to read an image of a data set; `split` and `position` are the app's."""
    row = int(cache.data_set(data_set).split(split).rows[position])
    return image.of_data_set(data_set, "test" if split == "test" else "train", row)


def _show(program: str) -> None:
    is_long = program.count("\n") > _MOST_LINES
    st.code(program.rstrip("\n"), height=_HEIGHT if is_long else "content")
