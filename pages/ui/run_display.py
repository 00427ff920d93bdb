"""One run on the screen: live while it trains, still when it has ended, or replayed. It is the same view."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from cnn_core import data, runs
from cnn_core.progress import STUDY, Progress
from cnn_core.runs import RunState
from pages.ui import cache, class_view, diagnosed, presenter, run_film
from pages.ui.components import player
from pages.ui.run_view import RunView
from pages.ui.run_words import IMPORTED, REPLAY, Badge, duration
from pages.ui.text import plain


def show_view(view: RunView, key: str, show_button: Callable[[], None] = lambda: None) -> None:
    """How a run stands: title and progress, figures and curves; of one that diverged only that it did, and what to do.

    key: of the run. show_button: draws what belongs beside the title, where nothing pushes it off the screen.
    """
    _show_title(view, view.badge, show_button)
    if not _show_trouble(view):
        diagnosed.show(view, key)
        return
    if view.state.is_active:
        _show_progress(view)
    has_images = data.is_ready(view.config.data_set)  # somebody may remove an own data set
    film, classes = cache.drawn_live(*view.source, view.state, has_images, presenter.is_on(), lambda: _draw(view))
    player.live(film.tracks, key=f"training.live.{key}", moment=film.moments[-1])
    if classes:  # of its own: its data change with each look, not each second, and unchanged data are not sent again
        player.live(classes, key=f"training.class.{key}", moment=view.looks[-1].seconds)
    diagnosed.show(view, key)
    _explain_curves(view)


def show_small(view: RunView) -> None:
    """How a run stands where another page has room for little of it: its badge, its progress or what went wrong."""
    st.badge(**view.badge._asdict())
    if not _show_trouble(view):
        return
    if view.state.is_active:
        _show_progress(view)
    if not view.history.empty:
        last = view.history.iloc[-1]
        n, split = run_film.measured(view), view.watched_split
        st.caption(f"After epoch {last['epoch']:.0f}: {last['val_accuracy']:.0%} of {n:,} {split} images right.")


def show_replay(view: RunView, key: str, show_button: Callable[[], None]) -> None:
    """The run from its beginning, played in the browser."""
    _show_title(view, REPLAY, show_button)
    if not _show_trouble(view):
        return
    film = run_film.replay(view)
    label = f"Replay of {view.title}"
    tracks = film.tracks | class_view.tracks(view.config, view.looks)
    player.film(tracks, film.moments, film.places, key=f"training.replayed.{key}", label=label)
    diagnosed.show(view, key)
    _explain_curves(view)


def _draw(view: RunView) -> tuple[run_film.Film, dict[str, Any]]:
    return run_film.live(view), class_view.tracks(view.config, view.looks, is_live=True)


def _show_title(view: RunView, badge: Badge, show_button: Callable[[], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header(plain(view.title), anchor=False, width="content")
        st.badge(**badge._asdict())
        if view.is_imported:
            st.badge(**IMPORTED._asdict())
        st.space("stretch")
        show_button()


def _show_trouble(view: RunView) -> bool:
    """What went wrong, if anything did; whether the run has figures."""
    if view.damage:
        st.caption(f":material/warning: {plain(view.damage)}")
    if view.has_diverged:
        st.error(
            "Training diverged: the loss is no longer a number, and the network gives no answers. Train again with a "
            f"lower learning rate; it was {view.config.training.learning_rate:g}.",
            icon=":material/trending_up:",
        )
        return False
    if view.state == RunState.FAILED:
        st.error(f"Training failed: {plain(view.reason or 'no reason is known')}", icon=":material/error:")
    elif view.state == RunState.INTERRUPTED:
        unexplained = _UNANSWERED if view.was_stopped else _UNEXPLAINED
        why = _UNFINISHED if view.is_imported else _KILLED if view.was_killed else unexplained
        st.warning(why, icon=":material/power_off:")
    elif view.state == RunState.STOPPED:
        next_step = "" if view.is_imported else " It can be resumed."
        st.caption(f"Training ended early: {plain(view.reason or 'no reason is known')}.{next_step}")
    elif view.finished_early:
        st.caption(f"It was {view.finished_early}: its learning rate fell to zero within the last seconds.")
    return True


def _show_progress(view: RunView) -> None:
    st.progress(*_progress(view))
    if view.silence > runs.SILENT:
        ending = "It is being ended; the run can then be resumed." if view.is_stopping else _HANGS
        st.warning(
            f"The training process has given no sign of life for {duration(view.silence)}. {ending}",
            icon=":material/hourglass_disabled:",
        )


def _progress(view: RunView) -> tuple[float, str]:
    """The position of the progress bar, 0-1, and the text on it."""
    at, pass_ = view.progress, view.measuring
    measured = f"{pass_.what}, {pass_.done:,} of {pass_.total:,} predictions" if pass_ else ""
    reached = at.fraction if at else 0.0
    if view.is_stopping:
        return reached, f"Stopping: {measured or 'finishing this batch'} …"
    if view.state == RunState.TESTING:
        if pass_ is None or pass_.done == pass_.total:  # the log says nothing of the seconds that these take
            what = "laying test images on a map" if pass_ and pass_.split == STUDY else "saving the network"
            return float(pass_ is not None), f"Training is over: {what} …"
        return pass_.done / pass_.total, f"Training is over: {measured} …"
    if at is None and not view.is_loading:  # a last layer alone is learned without batches
        said = f"Reading images: {pass_.done:,} of {pass_.total:,}" if pass_ else "The last layer is fitted"
        return pass_.done / pass_.total if pass_ else 1.0, f"{said} …"
    if at is None or view.is_loading:
        return reached, "Starting: TensorFlow loads, and the first batch is prepared …"
    position = f"Epoch {at.epoch}{f' of {view.config.training.epochs}' if view.config.training.epochs else ''}"
    if view.is_finishing:
        return reached, f"Finishing: {f'{measured} …' if measured else _until_zero(view, at)}"
    if measured:  # it says itself how far it is, and no time is known: the batches stand still
        return reached, f"{position}: {measured} …"
    return reached, f"{position}: batch {at.batch:,} of {at.batches:,}.{_time_left(view, at)}"


def _until_zero(view: RunView, at: Progress) -> str:
    """It also counts down between two events. The rate is zero at the planned end, if that comes first."""
    if view.finish is None or view.silence > runs.SILENT:
        return "the learning rate falls to zero after this batch …"
    end = min(view.finish.end, at.seconds / max(at.fraction, 1e-6))
    return f"the learning rate falls to zero in {duration(max(end - view.seconds - view.quiet, 0.0))}."


def _time_left(view: RunView, at: Progress) -> str:
    """It also counts down between two events; of a process that hangs nobody knows."""
    if view.silence > runs.SILENT:
        return ""
    left = at.seconds * (1 / max(at.fraction, 1e-6) - 1) - view.quiet
    return f" About {duration(max(left, 0.0))} left."


def _explain_curves(view: RunView) -> None:
    """How the curves were measured; a beamer shows the curves alone."""
    if presenter.is_on():
        return
    if view.config.reuse:
        st.caption(f"{_REUSES.format(view.config.reuse)} {_WATCHES_VALIDATION}")
        return
    said = "**Training** is measured while the network learns, with dropout and augmentation on."
    st.caption(f"{said} {_WATCHES_TEST if view.watched_split == 'test' else _WATCHES_VALIDATION}")


_REUSES = (
    "The last layer alone is learned, from what the network of *{}* finds in each image: a fit with 1, 2, 4 … steps, "
    "each over all training images."
)
_UNFINISHED = "The zip was made before this training had ended; it came without what is needed to continue."
_HANGS = "It hangs, or this machine is much too busy. Stop ends it; the run can then be resumed."
_UNEXPLAINED = "The training process stopped unexpectedly. Resumed, it continues exactly where it left off."
_UNANSWERED = (
    "The training process did not answer Stop and was ended. Resumed, it continues after its last whole epoch."
)
_KILLED = (
    "The system ended the training process, most likely because memory ran out. Resuming would end the same way: "
    "train again with a smaller batch size or fewer filters."
)
_WATCHES_VALIDATION = (
    "**Validation** images are never trained on. *Guessing*: what equal chances for all classes score."
)
_WATCHES_TEST = (
    "**Test**: this run measures the test split after each epoch, as the report did. A fair final number needs a test "
    "split that is used once, at the end; the other presets measure a validation split."
)
