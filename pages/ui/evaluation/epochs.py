"""The time machine: one slider over the epochs drives matrix, recall, kernels and the answers to some images.

The browser plays it. It is made of the snapshots that a run keeps after each epoch: the first layer's kernels, and what
it said about the first 2,000 images that it validates on.
"""

from functools import partial

import numpy as np
import streamlit as st

from cnn_core import data, facts
from cnn_core.evaluation import growth
from cnn_core.runs import Run, RunError, Snapshot
from pages.ui import cache
from pages.ui.components import player
from pages.ui.evaluation.epoch_film import MOST_MOMENTS, Film, Watched, film
from pages.ui.evaluation.subject import Subject

_LONGEST = 20.0  # seconds that the film lasts at its first speed
_PACES = (1, 2, 5, 10, 20)  # epochs a second


def show(on: Subject) -> None:
    """The film first, and below it what is missing from it. Raises RunError if the run is deleted meanwhile."""
    _show(on.run, _watched(on.run, on.predictions.labels, are_here=on.images is not None))


def show_untested(run: Run) -> None:
    """The same for a run that was stopped, interrupted, or is being trained: its snapshots are there all the same."""
    _show(run, _watched(run, None, are_here=data.is_ready(run.config.data_set)))
    st.caption("This run has no test result. These are the epochs that are over.")


def has_epochs(run: Run) -> bool:
    """Whether it is offered here: with a test result, as on the page's other parts, or with snapshots at least."""
    return run.is_tested() or bool(run.snapshot_epochs())


def _show(run: Run, watched: Watched) -> None:
    there = run.snapshot_epochs()
    if not there:
        st.info("This run has no snapshots, so its epochs cannot be shown. Training writes one after each epoch.")
        return
    made, damaged = cache.epoch_film(
        str(run.path), run.last_event_time(), watched.images is not None, partial(_film, run, there, watched)
    )
    if made and made.tracks:
        player.film(
            made.tracks,
            made.epochs,
            made.places,
            key=f"evaluation.epochs.{run.id}",
            label="The run epoch by epoch",
            speeds=_speeds(made.epochs[-1] - made.epochs[0]),
            plays=False,
            above=True,
        )
    _say_what_is_missing(run, there, made, damaged)


def _film(run: Run, there: list[int], watched: Watched) -> tuple[Film | None, list[int]]:
    """The film, None if no snapshot can be read; and the epochs whose snapshots cannot."""
    snapshots, damaged = _read(run, growth.thinned(there, MOST_MOMENTS))
    learns = not run.config.network.whitening
    return (film(snapshots, watched, learns=learns) if snapshots else None), damaged


def _read(run: Run, epochs: list[int]) -> tuple[dict[int, Snapshot], list[int]]:
    """The snapshots by epoch, and the epochs whose snapshot is damaged or has another shape than the last."""
    found: dict[int, Snapshot] = {}
    for epoch in reversed(epochs):
        try:
            snapshot = run.snapshot(epoch)
        except RunError:
            if not run.exists():
                raise
            continue
        last = next(iter(found.values()), snapshot)
        if [array.shape for array in snapshot] == [array.shape for array in last]:
            found[epoch] = snapshot
    return dict(sorted(found.items())), [epoch for epoch in epochs if epoch not in found]


def _watched(run: Run, test_labels: np.ndarray | None, *, are_here: bool) -> Watched:
    """The images that the run validates on, as far as they are known; `are_here`: they are on this machine."""
    config = run.config
    split, images = config.training.validate_on, None
    if are_here:
        try:
            images = cache.data_set(config.data_set).split(split)
        except data.DataError:  # its files are damaged, which other pages say
            images = None
    if images:
        labels = images.labels
    elif split == "test":
        labels = test_labels
    else:
        labels = facts.cifar10_validation_labels() if config.data_set == "cifar10" else None
    kind = "test" if split == "test" else "validation"
    return Watched(kind, data.learned(config).class_names, labels, images)


def _speeds(epochs: int) -> list[tuple[int, str]]:
    """How many epochs a second, the first so that the film is not too long."""
    offered = {pace: f"{pace} epoch{'' if pace == 1 else 's'} a second" for pace in _PACES}
    first = next((pace for pace in _PACES if epochs / pace <= _LONGEST), _PACES[-1])
    return [(first, offered.pop(first)), *offered.items()]


def _say_what_is_missing(run: Run, there: list[int], made: Film | None, damaged: list[int]) -> None:
    if damaged:
        one = f"The snapshot of epoch {damaged[0]} is damaged, so this epoch is left out."
        several = f"The snapshots of epochs {_listed(damaged)} are damaged, so these epochs are left out."
        st.warning(one if len(damaged) == 1 else several, icon=":material/warning:")
    if not made:
        return
    if "matrix" not in made.tracks:
        st.info(
            "The labels of the images that this run validates on are not on this machine, so there is no matrix.",
            icon=":material/info:",
        )
    if not run.config.network.blocks:
        st.caption("This network has no convolution, so it has no kernels.")
    if len(there) > MOST_MOMENTS:
        st.caption(f"Of {len(there)} epochs {MOST_MOMENTS} are shown, the first and the last among them.")


def _listed(numbers: list[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
