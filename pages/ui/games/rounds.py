"""The round that is played: its number, which is in the link, and the data set; the same for all who choose it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st

from cnn_core import cifar10_facts, data, games
from cnn_core.cifar10_facts import LabelError
from cnn_core.runs import Run, RunError
from pages.ui import address, cache, controls, guidance, own_sets, presenter
from pages.ui.evaluation.subject import look_at
from pages.ui.text import plain

ROUND, IMAGES = "games.round", "games.images"


@dataclass(frozen=True)
class Round:
    number: int
    data_set: data.DataSet

    @cached_property
    def doubted(self) -> Mapping[int, LabelError]:
        """By place in the test split, the labels that people did not confirm; of CIFAR-10's own test split only."""
        is_official = len(self.split) == data.about("cifar10").sizes["test"]
        return cifar10_facts.label_errors().by_image if self.data_set.name == "cifar10" and is_official else {}

    @cached_property
    def positions(self) -> np.ndarray:
        """The places of the images in the test split, int64 (n,): twenty, or fewer of a small one."""
        return games.draw(self.split.labels, self.number, self.doubted)

    @property
    def split(self) -> data.Split:
        return self.data_set.split("test")

    @property
    def images(self) -> np.ndarray:
        """uint8 (n, 32, 32, 3)."""
        return self.split.images(self.positions)

    @property
    def labels(self) -> np.ndarray:
        """int64 (n,)."""
        return self.split.labels[self.positions]

    @property
    def topic(self) -> str:
        """Under which a class hands in what it made of it."""
        return f"games.network.{self.data_set.name}.{self.number}"


def choose_round() -> Round:
    """Of CIFAR-10 if it is here, else of Shapes-10; or of an own data set that a network has learned.

    The page stops, with the reason, where the images cannot be opened.
    """
    address.allow_number(ROUND, 1, games.ROUNDS)
    help_ = "The same round has the same images and kernels for everybody. The number is part of the link."
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=presenter.pixels(160)):
            number = st.number_input("Round", 1, games.ROUNDS, key=ROUND, bind="query-params", help=help_)
        name = _choose_images()
    try:
        return Round(int(number), cache.data_set(name))
    except data.DataError as error:
        st.error(plain(str(error)), icon=":material/error:")
        st.stop()


def _choose_images() -> str:
    """A data set's name; there is nothing to choose while no network has learned an own one."""
    usual = "cifar10" if data.is_ready("cifar10") else "shapes10"
    own = own_sets.learned()
    if not own:
        return usual
    states = {"": usual} | own
    linked = st.query_params.get(IMAGES, "")
    if st.session_state.get(IMAGES) not in states:  # the page was just opened, or the set was deleted
        st.session_state[IMAGES] = linked if linked in states else ""
    titles = {name: data.about(state).title for name, state in states.items()}
    with st.container(width=presenter.pixels(220)):
        name = st.selectbox("Images", list(states), format_func=titles.get, key=IMAGES)
    if name:
        st.query_params[IMAGES] = name
    else:
        st.query_params.pop(IMAGES, None)
    return states[name]


def say_what_to_do(part: str) -> None:
    """While one plays; on a beamer the figure stands above the fold instead."""
    if not presenter.is_on():
        guidance.what_to_do("games", part)


def go_to_next() -> None:
    """For callbacks."""
    st.session_state[ROUND] = min(int(st.session_state.get(ROUND, 1)) + 1, games.ROUNDS)


def choose_network(of: Round) -> np.ndarray | None:
    """What a run that knows the data set said of the round's images, int64 (n,); None, with a message, without one."""

    def suits(run: Run) -> bool:
        try:
            return run.is_tested() and run.config.data_set == of.data_set.name
        except RunError:
            return False

    with st.container(width=presenter.pixels(380)):
        run = controls.choose_run("games.run", suits, best_for=of.data_set.name)
    if run is None:
        return None
    try:
        subject = look_at(run)
    except RunError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    if subject.images is None:
        st.warning("This run was tested on other images than these, so it has no answer to them.")
        return None
    return subject.predictions.probabilities[of.positions].argmax(axis=1)
