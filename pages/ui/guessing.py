"""Images of a data set to guess at: their labels appear once the network has answered, not before."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core import data
from cnn_core.config import ExperimentConfig
from cnn_core.data import Split, browsing
from pages.ui import cache, controls, own_images, own_sets, presenter
from pages.ui.components.gallery import gallery, pick_among
from pages.ui.controls import ChosenImage
from pages.ui.lessons import locks
from pages.ui.text import plain

_OFFERED = 12
_GALLERY, _SEED = "prediction.gallery", "prediction.seed"
_ARRIVED = "prediction.arrived"  # the image with which the visitor came from another page
_ANSWERS = "prediction.answers"  # what each network has said in this session
_KNOWN = {  # what has to be said of an image that is not a test image
    "train": "This is a training image: the network has learned from it, so its answer proves little.",
    "val": "This is a validation image: not learned from, but settings were chosen by such images.",
}


@dataclass(frozen=True)
class Guess:
    """The image that is chosen, among those that are offered."""

    data_set: data.DataSet
    split: Split
    positions: np.ndarray  # of the offered images, in the split
    at: int  # the place of the chosen one among them

    @property
    def image(self) -> np.ndarray:
        """uint8 (32, 32, 3)."""
        return self.split.images(self.positions[self.at : self.at + 1])[0]

    @property
    def label(self) -> int:
        return int(self.split.labels[self.positions[self.at]])

    @property
    def image_id(self) -> str:
        return f"{self.data_set.name}.{self.split.name}.{self.positions[self.at]}"

    @property
    def chosen(self) -> ChosenImage:
        return ChosenImage(self.data_set.name, self.split.name, int(self.positions[self.at]))


def next_guess(config: ExperimentConfig) -> Guess | None:
    """The chosen image of a run's data set; None, with a message, while the data set is not here."""
    name = config.data_set
    if config.own and not data.is_ready(name):
        st.info(own_images.gone(config), icon=":material/info:")
        return None
    try:
        data_set = cache.data_set(name)
    except data.DataError as error:
        st.info(str(error), icon=":material/download:")
        return None
    kept = controls.kept_image()
    is_other = kept and kept.data_set not in (None, name) and data.is_ready(kept.data_set)
    if is_other and not controls.run_for(kept.data_set):
        title = plain(data.about(kept.data_set).title)
        when = "as it is now" if own_sets.name_of(kept.data_set) else "yet"
        st.info(f"No network here has learned {title} {when}, so none can classify its images.")
    if not kept or kept.data_set != name or kept.index >= len(data_set.split(kept.split)):
        kept = None
    split = data_set.split(kept.split if kept else "test")
    positions = _offered(split, kept)
    first = int(np.flatnonzero(positions == kept.index)[0]) if kept else 0
    at = first if locks.is_locked("image") else pick_among(split.images(positions), key=_GALLERY, picked=first)
    return Guess(data_set, split, positions, at)


def _offered(split: Split, kept: ChosenImage | None) -> np.ndarray:
    """Random images, before them the one with which the visitor came; a pick among them moves none."""
    seed = st.session_state.setdefault(_SEED, 0)
    positions = browsing.positions(split.labels, seed=seed)[:_OFFERED]
    if not kept:
        return positions
    arrived = st.session_state.get(_ARRIVED)
    for first in (arrived, kept):
        if first and (first.data_set, first.split) == (kept.data_set, kept.split):
            others = positions[positions != first.index]
            candidates = (
                np.concatenate([[first.index], others])[:_OFFERED] if len(others) == len(positions) else positions
            )
            if kept.index in candidates:
                st.session_state[_ARRIVED] = first
                return candidates
    return positions


def show(guess: Guess, said: int | None, run_id: str) -> None:
    """The gallery, with the labels of all images that this network has answered; `said` is its answer now, or None
    while that is kept back."""
    answers = st.session_state.setdefault(_ANSWERS, {})
    answers[run_id, guess.chosen] = said
    names, captions, marks = guess.data_set.class_names, [], []
    for position in map(int, guess.positions):
        label = int(guess.split.labels[position])
        answer = answers.get((run_id, ChosenImage(guess.data_set.name, guess.split.name, position)))
        is_right = None if answer is None else answer == label
        marks.append(is_right)
        captions.append("?" if answer is None else names[label] if is_right else f"{names[label]}\nnot {names[answer]}")
    st.markdown("**Guess first**, then pick an image: its label appears with the network's answer.")
    is_locked = locks.is_locked("image")
    picked = gallery(
        guess.split.images(guess.positions),
        captions,
        marks=marks,
        key=_GALLERY,
        label=f"{len(captions)} images of the {guess.split.name} split",
        picked=guess.at,
        size=round(72 * presenter.scale()),
        columns=4,
        picks=not is_locked,
        opens="prediction-answer",
    )
    if not is_locked and picked == guess.at and st.session_state[_GALLERY].get("picked"):
        controls.keep_image(guess.chosen)
    if guess.split.name in _KNOWN:
        st.caption(_KNOWN[guess.split.name])
    given = {"key": "prediction.others", "disabled": is_locked}
    st.button("Show other images", icon=":material/shuffle:", on_click=_show_others, **given)


def _show_others() -> None:
    st.session_state[_SEED] += 1
    st.session_state.pop(_ARRIVED, None)
    controls.keep_image(None)
