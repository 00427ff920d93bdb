"""The training form, filled with a run's own settings and one change. It starts nothing: the visitor does."""

from dataclasses import dataclass

import streamlit as st

from cnn_core import data, limits
from cnn_core.config import ExperimentConfig
from cnn_core.evaluation import Trial
from pages.ui import builder, controls, frame, own_sets, recipe, teacher
from pages.ui.text import plain

_MADE, _COUNT = "training.proposal", "training.proposals"


@dataclass(frozen=True)
class Proposal:
    """What the form was filled with: a trial after the run of this title."""

    title: str
    trial: Trial


def offer(title: str, trial: Trial, *, key: str, leads: bool = False) -> None:
    """A button that sets the trial up, if it has settings and the visitor a form. leads: from another page to it.

    None for a network with borrowed kernels, which the form does not train, nor where the own data set is gone.
    """
    if not trial.config or trial.config.reuse or not teacher.longest_training():
        return
    if trial.config.own and not data.is_ready(trial.config.data_set):
        return
    is_set_up = st.button(
        f"Set up: {trial.label}",
        icon=":material/tune:",
        key=f"{key}.proposal",
        on_click=_make,
        args=(title, trial),
        help="Fills the training form with this run's own settings and no other change. It starts nothing.",
    )
    if is_set_up and leads:
        frame.go_to("pages/training.py")


def is_made() -> bool:
    """Whether the form was filled by the button, and nothing has been started since."""
    return _MADE in st.session_state


def count() -> int:
    """How often the visitor has set something up: each time the form is brought into view."""
    return st.session_state.get(_COUNT, 0)


def drop() -> None:
    st.session_state.pop(_MADE, None)


def show(config: ExperimentConfig) -> None:
    """Where the settings in the form come from, as long as they are those of the proposal."""
    made: Proposal | None = st.session_state.get(_MADE)
    proposed = made and made.trial.config
    if proposed and _settings(config) == _settings(proposed):
        change = "" if made.trial.is_repetition else f", but for one change: **{made.trial.label}**"
        st.markdown(f"As **{plain(made.title)}**{change}.", width="content")


def _settings(config: ExperimentConfig) -> tuple:
    """All but the preset's name, which the form chooses by the network; as this server would train it."""
    return config.data_set, config.network, limits.fitted(config.training)


def _make(title: str, trial: Trial) -> None:
    controls.set_data_set(trial.config.data_set)
    name = builder.adopt(trial.config.network)
    recipe.fill_in(trial.config.training, preset=name, learned=own_sets.name_of(trial.config.data_set))
    st.session_state[_MADE] = Proposal(title, trial)
    st.session_state[_COUNT] = count() + 1
