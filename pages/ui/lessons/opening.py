"""Opens a step's page as its address says, as if the visitor had opened that link in a new tab."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnn_core.lessons import Step
from pages.ui.lessons import following

# In the session: the lesson and the step whose page was opened last, and the page of the run before.
OPENED, _BEFORE = "lessons.opened", "lessons.before"
# Pages whose settings are all in their addresses. What was built on the others, a network or a recipe, stays.
_IN_THE_ADDRESS = ("dataset", "convolution", "evaluation", "inside", "prediction")


def arrive(shown: str) -> None:
    """Follow what the address and the class say; once for each step, open its page. `shown` is the page that runs."""
    following.follow_address()
    following.note_drawn()
    is_new, stays = _BEFORE not in st.session_state, st.session_state.get(_BEFORE) == shown
    st.session_state[_BEFORE] = shown
    on = following.following()
    if on is None:
        st.session_state.pop(OPENED, None)
        return
    # The browser's Back would give a locked control the value of before.
    is_back = get_script_run_ctx().is_history_navigation and on.step.page == shown
    is_locked = bool(on.step.locked or on.step.hidden) and not on.is_teacher
    if st.session_state.get(OPENED) == (on.lesson, on.at) and not (is_back and is_locked):
        return
    if is_new and on.place and on.is_teacher:  # a reload, or the teacher's second device: where it is
        st.session_state[OPENED] = (on.lesson, on.at)
        return
    if on.step.page != shown:
        st.query_params.from_dict({})  # as in frame.go_to
        st.switch_page(f"pages/{on.step.page}.py")
    st.session_state[OPENED] = (on.lesson, on.at)
    _forget(on.step)
    _show_address(on.step.state, stays=stays)
    following.follow_address()


def open_again() -> None:
    """For callbacks: the step's page, as at its beginning."""
    st.session_state.pop(OPENED, None)


def _forget(step: Step) -> None:
    """What the visitor chose on the page before."""
    own = f"{step.page}."
    for key in map(str, list(st.session_state)):
        if key in step.state or (key.startswith(own) and step.page in _IN_THE_ADDRESS):
            del st.session_state[key]


def _show_address(state: dict[str, str], *, stays: bool) -> None:
    """Let the page that runs take its values from this address; one that `stays` open, as after the browser's Back.

    Streamlit (1.67) reads the address into a widget only when that is new, or when the browser goes back or forward,
    and there is no public way to say it of a page that stays. A test in a browser notices when that changes.
    """
    context = get_script_run_ctx()
    with context.session_state.query_params() as parameters:
        for name in state:
            if binding := parameters.get_binding_for_param(name):
                parameters.unbind_widget(binding.widget_id)
        parameters.from_dict(state)
        parameters.set_initial_query_params_from_current()
    context.is_history_navigation = stays
