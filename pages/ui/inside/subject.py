"""What every part of the page works on: one image and one run's network, opened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps

import numpy as np
import streamlit as st

from cnn_core import architecture, data, runs
from cnn_core.inference import BackwardPass, Classifier, ClassifierError, Network
from pages.ui import cache, controls, presenter
from pages.ui.inside.picture import Picture
from pages.ui.text import plain

_RUN = "inside.run"
_LAST_RUN = "controls.run"  # the run last looked at on any page
_COMPLETE = (
    "`python -m cnn_core complete {}` writes what is missing, from the run's `model.keras`; then reload this page."
)


@dataclass(frozen=True)
class Subject:
    """An image, and the network that is asked about it."""

    run: runs.Run
    classifier: Classifier  # the forward file: probabilities and feature maps
    network: Network  # kernels, biases, and passes with other kernels
    image: np.ndarray  # uint8 (32, 32, 3)
    image_id: str  # the same for the same image: for the keys of widgets and caches
    label: int | None = None  # its class, where it is known
    data_set: str | None = None  # whose test image it is; None: a photo or a drawing

    @property
    def passes(self) -> BackwardPass:
        """The network's own: logits, last maps, gradients. Opened when they are asked for: most parts do without."""
        return cache.passes(*self.file, self.network)

    @property
    def class_names(self) -> tuple[str, ...]:
        return data.learned(self.run.config).class_names

    @property
    def file(self) -> tuple[str, float]:
        """The network, as caches know it."""
        return cache.network_file(self.run)


def choose_run() -> runs.Run | None:
    """A run into which one can look; None, with a message, while there is none."""
    with_network = [run for run in runs.list_runs() if run.has_network()]
    complete = [run for run in with_network if run.has_anatomy()]
    if with_network and not complete:
        which = f"The {len(with_network)} runs here were" if len(with_network) > 1 else "The run here was"
        st.info(f"{which} trained before one could look inside. {_COMPLETE.format('RUN')}", icon=":material/info:")
        return None
    if _RUN not in st.session_state:
        linked = next((run for run in with_network if run.id == st.query_params.get("run")), None)
        if linked and not linked.has_anatomy():
            why = f"**{plain(linked.title)}** was trained before one could look inside."
            st.info(f"{why} {_COMPLETE.format(linked.id)} Here is another run.", icon=":material/info:")
        if not linked and (start := _start(complete)):
            st.session_state[_RUN] = start
    with st.container(width=presenter.pixels(250)):
        return controls.choose_run(_RUN, runs.Run.has_anatomy, is_labelled=not presenter.is_on())


def _start(complete: list[runs.Run]) -> str | None:
    """Without a link: a run that knows the image chosen on another page, else the run last looked at, else the smallest
    network whose images are here."""
    known = {run.id: run for run in complete}
    if "run" in st.query_params or not known:
        return None
    kept = controls.kept_image()
    wanted = [controls.run_for(kept.data_set)] if kept and kept.data_set else []
    for run_id in [*(run.id for run in wanted if run), st.session_state.get(_LAST_RUN)]:
        if run_id in known:
            return run_id
    here = [run for run in complete if data.is_ready(run.config.data_set)]
    return min(here or complete, key=lambda run: architecture.totals(run.config.network).parameters).id


def look_at(run: runs.Run, picture: Picture) -> Subject | None:
    """The run's network before this image; None, with a message, if one cannot look inside or finds no numbers."""
    opened = open_run(run)
    if opened is None:
        return None
    if not np.isfinite(opened[0].predict(picture.image[np.newaxis])).all():
        st.error(
            "This network's answers are not numbers: its training diverged. Choose another run.",
            icon=":material/error:",
        )
        return None
    return Subject(run, *opened, picture.image, picture.image_id, picture.label, picture.data_set)


def part(show: Callable[[Subject], None]) -> Callable[[Subject], None]:
    """A part of the page that runs alone after a click in it.

    Streamlit keeps a fragment and what it is given for as long as the visitor's session, so it is given no opened
    network: thirty sessions would keep all that they ever looked at. It asks for it each time.
    """

    @st.fragment
    @wraps(show)
    def again(run: runs.Run, *picture: object) -> None:
        if opened := open_run(run):
            with explained():
                show(Subject(run, *opened, *picture))

    def first(on: Subject) -> None:
        again(on.run, on.image, on.image_id, on.label, on.data_set)

    return first


def open_run(run: runs.Run) -> tuple[Classifier, Network] | None:
    """The run's network; None, with a message, if one cannot look inside."""
    with explained():
        file = str(run.classifier_path), run.classifier_path.stat().st_mtime
        return cache.classifier(*file), cache.network(*file, run)
    return None


@contextmanager
def explained() -> Iterator[None]:
    """A sentence in place of the rest if the network cannot be opened; another visitor may delete it."""
    try:
        yield
    except (OSError, runs.RunError, ClassifierError) as error:
        st.error(plain(str(error)), icon=":material/error:")
