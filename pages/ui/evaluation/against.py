"""Which run the page's run is compared with: the visitor's choice, which is in the link, else the nearest one."""

import streamlit as st

from cnn_core import comparing, runs
from cnn_core.runs import Run
from pages.ui import controls
from pages.ui.lessons import locks

_AGAINST, _BY_HAND = "evaluation.against", "evaluation.against.chosen"
_PARAMETER = "against"


def choose_against(run: Run) -> Run | None:
    """The second run, never `run` itself; None, with a sentence, while it is the only tested one."""
    others = {other.id: other for other in runs.list_runs() if other.is_tested() and other.path != run.path}
    if not others:
        st.info(
            "This is the only run with a test result, so there is nothing to compare it with. Train another one, with "
            "one setting changed; it then appears here.",
            icon=":material/info:",
        )
        return None
    if _BY_HAND not in st.session_state:  # the part is opened for the first time: a link decides
        linked = st.query_params.get(_PARAMETER)
        st.session_state[_BY_HAND] = linked if linked in others else None
        if linked and linked not in (run.id, *others):
            _say_gone("of this link")
    elif st.session_state[_BY_HAND] not in (None, run.id, *others):
        st.session_state[_BY_HAND] = None
        _say_gone("that you compared with")
    wanted = st.session_state[_BY_HAND]
    st.session_state[_AGAINST] = wanted if wanted in others else comparing.nearest(run, others.values()).id
    chosen = st.selectbox(
        "Compare with",
        list(others),
        format_func=controls.run_labels(others.values()).get,
        key=_AGAINST,
        on_change=lambda: st.session_state.update({_BY_HAND: st.session_state[_AGAINST]}),
        disabled=locks.is_locked("run"),
        help="It opens with the run of the same data set whose settings differ least.",
    )
    st.query_params[_PARAMETER] = chosen
    return others[chosen]


def _say_gone(which: str) -> None:
    text = f"The second run {which} is not on this machine, or has no test result. Here is another one."
    st.info(text, icon=":material/info:")
