"""Widgets that return core objects: the data set and the run that a page works on."""

import streamlit as st

from cnn_core import data, runs
from pages.ui import cache

TITLES = {"cifar10": "CIFAR-10", "shapes10": "Shapes-10"}
_NOT_HERE = (
    "**CIFAR-10 is not on this machine yet.** The official archive is a download of "
    "163 MB, once and for all visitors. Without internet: `python -m cnn_core data --from ARCHIVE`."
)


def choose_data_set(key: str = "data_set") -> data.DataSet:
    """The data set that the visitor works on. CIFAR-10 while it is missing: how to get it, and Shapes-10 instead."""
    name = st.segmented_control(
        "Data set",
        list(TITLES),
        format_func=TITLES.get,
        default="cifar10",
        required=True,
        key=key,
        bind="query-params",
        help="CIFAR-10: 60,000 small photographs. Shapes-10: drawn shapes in the same form, always at hand.",
    )
    if name == "cifar10" and not data.is_ready("cifar10"):
        offer_cifar10()
        st.caption("Until then Shapes-10 stands in for it.")
        name = "shapes10"
    try:
        return cache.data_set(name)
    except data.DataError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()


@st.fragment(run_every="2s")
def offer_cifar10() -> None:
    """The way to CIFAR-10. Every visitor's page asks anew, so all see the progress of the one who pressed."""
    status = data.preparation_status()
    if status.state == "ready":
        st.rerun()
    with st.container(border=True, key="offer_cifar10"):
        st.markdown(_NOT_HERE)
        if status.state == "running":
            st.progress(status.done / status.total if status.total else 0.0, text=status.message)
            return
        if status.state == "failed":
            st.error(status.message, icon=":material/error:")
        st.button("Get CIFAR-10", icon=":material/download:", on_click=data.start_background_preparation)


def choose_run(key: str = "run") -> runs.Run | None:
    """One of the runs that have been tested, recorded ones among them. None, and says so, while there is none."""
    tested = {run.id: run for run in runs.list_runs() if run.is_tested()}
    if not tested:
        st.info("No run has finished yet. Train a network first; its results then appear here.", icon=":material/info:")
        return None
    chosen = st.selectbox(
        "Run",
        list(tested),
        format_func=lambda run_id: tested[run_id].title,
        key=key,
        bind="query-params",
        help="A run is one training of one network. Recorded runs came with the app.",
    )
    return tested[chosen]
