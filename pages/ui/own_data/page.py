"""The page Your data, from the choice of a set to the two ways in which a network learns it."""

from urllib.parse import urlsplit

import streamlit as st

from cnn_core.data.own import OwnSet
from pages.ui import guidance, presenter
from pages.ui.own_data import bench, choosing, collecting, learning, managing, rights
from pages.ui.together import reachable


def show() -> None:
    """A pupil of a class sees what the class may fill, and nothing else of the page."""
    if rights.pupil():
        collecting.show_pupil()
        _show_privacy()
        return
    own_set = choosing.choose()
    with st.container():  # always there, so that a message moves nothing else to another place
        rights.show_message()
    if own_set and not own_set.trouble:
        collecting.show_opening(own_set)
        bench.show(own_set.name)
        _show_actions(own_set)
        _ask_for_the_shortcut()
        learning.show(own_set)
    elif own_set:
        _show_actions(own_set)
    _show_privacy()


def _show_actions(own_set: OwnSet) -> None:
    """Not at the page's end, where what they ask first would open below the window's edge."""
    with st.container(horizontal=True, gap="xsmall"):
        managing.show_set(own_set)
        managing.show_remove_everything()


def _ask_for_the_shortcut() -> None:
    """Before anybody trains: what is the same in all pictures of a class is learned, whatever it is."""
    if presenter.is_on():
        return
    st.header("The other place", anchor=False)
    st.markdown(
        "Take a second burst of each class: **the same thing, another background.** The network is tested on it."
    )
    guidance.what_to_notice("own_data", "fill")
    guidance.ask(
        "own_data.shortcut",
        "All pictures of the mug were taken on the blue table, all of the pen on the window sill. The network gets the "
        "mug right on 100% of such pictures. Then the mug stands on the window sill. What will it say?",
        ["mug", "pen", "none of these"],
        "pen",
        hint="Which pixels were the same in all pictures of one class, and covered most of the square?",
        why="The background told the classes apart, and was easier to learn than a handle. Only pictures from another "
        "place show whether it has learned the mug.",
    )


def _show_privacy() -> None:
    """True wherever the app runs: what a browser cannot open travels to the app's machine, and no further."""
    host = urlsplit(st.context.url or "").hostname or ""
    where = "this machine" if reachable.is_here(host) else "the machine that runs this app"
    removing = "**Remove everything** leaves none" if rights.may_change() else "The teacher can remove all"
    st.caption(
        f":material/lock: Nothing leaves {where}; pictures are kept there as 32 × 32 pixels, and the photos themselves "
        "nowhere. Everybody who opens this app sees the pictures. Photograph things rather than faces, and ask whoever "
        f"is in a picture. {removing} of it."
    )
