"""Own data sets where one is chosen: what they are called there, and the state of one that a visitor works on.

A set changes while a class fills it; what a visitor looks at and trains on is a state of it, which does not. It is
frozen when the set is chosen and stays until the visitor chooses again or comes back to the page.
"""

from contextlib import suppress

import streamlit as st

from cnn_core import data, runs
from cnn_core.config import DATA_SETS
from cnn_core.data import own
from cnn_core.runs import Run, RunError

_STATES, _GIVEN = "own_sets.states", "own_sets.given"  # in the session, by set: the frozen one; one of an older run


def titles() -> dict[str, str]:
    """By name what each set is called in a menu; sets of one title have their names beside it."""
    found = {one.name: one.title for one in own.sets()}
    called = [*found.values(), *(data.about(name).title for name in DATA_SETS)]
    return {name: title if called.count(title) == 1 else f"{title} · {name}" for name, title in found.items()}


def name_of(data_set: str) -> str:
    """ "pets" of "pets@1a2b3c4d": whose state it is; empty for a data set that everybody has."""
    name, at, _ = data_set.partition("@")
    return name if at else ""


def state(name: str, *, is_new_choice: bool) -> str:
    """The state of this set on which the visitor works. Raises DataError, one sentence, if it cannot be learned yet."""
    states = st.session_state.setdefault(_STATES, {})
    given = st.session_state.get(_GIVEN, {}).pop(name, None)
    if given and data.is_ready(given):
        states[name] = given
    elif is_new_choice or name not in states or not data.is_ready(states[name]):
        states[name] = own.latest(name)
        own.sweep(name, {states[name], *(run.config.data_set for run in runs_of(name))})
    return states[name]


def work_on(data_set: str) -> None:
    """From the next choice of its set on, this state, that of an older run, is the one on which the visitor works."""
    if name := name_of(data_set):
        st.session_state.setdefault(_GIVEN, {})[name] = data_set


def runs_of(name: str) -> list[Run]:
    """The runs that learned a state of this set, the newest first."""
    found = []
    for run in runs.list_runs():
        with suppress(RunError):  # another visitor deletes it at this moment
            if name_of(run.config.data_set) == name:
                found.append(run)
    return found


def learned() -> dict[str, str]:
    """By set the state that its newest tested run has learned, of those whose images are here."""
    found: dict[str, str] = {}
    for run in runs.list_runs():
        with suppress(RunError):  # another visitor deletes it at this moment
            state = run.config.data_set
            if name_of(state) not in found and name_of(state) and run.is_tested() and data.is_ready(state):
                found[name_of(state)] = state
    return found
