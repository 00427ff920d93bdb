"""The curves of a run in words: what they show, one thing to try next, and the button that sets it up."""

import streamlit as st

from cnn_core.evaluation import Diagnosis
from cnn_core.runs import Run
from pages.ui import proposal
from pages.ui.run_view import RunView, read_view


def show(view: RunView, key: str) -> None:
    """Below the curves, whose text alternative says the same; a beamer shows it too. `key`: of the run."""
    if found := view.diagnosis:
        _show(view, found, "So far" if view.is_training else "", key=f"training.{key}")
    st.caption(view.described)


def show_elsewhere(run: Run, name: str) -> None:
    """The diagnosis below curves that stand on another page, where the run is called `name`.

    Its button leads to the training page. Raises RunError if the run cannot be read.
    """
    view = read_view(run)
    if found := view.diagnosis:
        _show(view, found, name, key=f"elsewhere.{name}.{run.id}", leads=True)


def _show(view: RunView, found: Diagnosis, name: str, *, key: str, leads: bool = False) -> None:
    title = f"{name}: {found.title[0].lower()}{found.title[1:]}" if name else found.title
    st.markdown(f"**{title}.** {found.sentence}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**To try next:** {found.trial.says}", width="content")
        if not view.state.is_active:  # while it trains no other can be started
            proposal.offer(view.title, found.trial, key=key, leads=leads)
