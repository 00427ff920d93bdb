"""One run on the screen: live while it trains, still when it has ended, or replayed. It is the same view."""

from typing import NamedTuple

import streamlit as st
from plotly.graph_objects import Figure

from cnn_core import plotting
from cnn_core.progress import Progress
from cnn_core.runs import RunState
from pages.ui import cache
from pages.ui.run_view import RunView
from pages.ui.text import plain

_SILENCE = 30.0  # seconds without an event after which a visitor is told


class Badge(NamedTuple):
    label: str
    icon: str
    color: str


BADGES = {
    RunState.STARTING: Badge("starting", ":material/hourglass_top:", "blue"),
    RunState.RUNNING: Badge("training", ":material/directions_run:", "blue"),
    RunState.TESTING: Badge("testing", ":material/fact_check:", "blue"),
    RunState.FINISHED: Badge("finished", ":material/check_circle:", "green"),
    RunState.STOPPED: Badge("stopped", ":material/stop_circle:", "orange"),
    RunState.FAILED: Badge("failed", ":material/error:", "red"),
    RunState.INTERRUPTED: Badge("interrupted", ":material/power_off:", "orange"),
}
_REPLAY = Badge("replay", ":material/replay:", "violet")
_DIVERGED = Badge("diverged", ":material/trending_up:", "red")


def show_view(view: RunView) -> None:
    """Badge, progress, figures and curves; of a run that diverged only that it did, and what to change."""
    _show_badge(view)
    if view.damage:
        st.caption(f":material/warning: {plain(view.damage)}")
    if view.has_diverged:
        _show_divergence(view)
        return
    if view.is_replay or view.state.is_active:
        _show_progress(view)
    else:
        _show_end(view)
    _show_numbers(view)
    _show_curves(view)


def format_seconds(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _show_badge(view: RunView) -> None:
    is_loading = view.state == RunState.RUNNING and view.progress is None
    badge = BADGES[RunState.STARTING if is_loading else view.state]
    badge = _REPLAY if view.is_replay else _DIVERGED if view.has_diverged else badge
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(plain(view.title), anchor=False, width="content")
        st.badge(**badge._asdict())


def _show_divergence(view: RunView) -> None:
    st.error(
        "Training diverged: the loss is no longer a number, and the network gives no answers. Train again with a lower "
        f"learning rate; it was {view.recipe.learning_rate:g}.",
        icon=":material/trending_up:",
    )


def _show_end(view: RunView) -> None:
    """How it ended, if it did not finish, and what to do."""
    if view.state == RunState.FAILED:
        st.error(f"Training failed: {plain(view.reason or 'no reason is known')}", icon=":material/error:")
    elif view.state == RunState.INTERRUPTED:
        st.warning(_KILLED if view.was_killed else _UNEXPLAINED, icon=":material/power_off:")
    elif view.state == RunState.STOPPED:
        st.caption(f"Training ended early: {plain(view.reason or 'no reason is known')}. Resume to continue.")


def _show_progress(view: RunView) -> None:
    st.progress(*_progress(view))
    if view.silence > _SILENCE:
        st.caption(
            f"No sign of life for {format_seconds(view.silence)}: this machine is busy, or the training process hangs."
        )


def _progress(view: RunView) -> tuple[float, str]:
    """The position of the progress bar, 0-1, and the text on it."""
    at, pass_ = view.progress, view.measuring
    measured = f"measuring on the {pass_.split} split, {pass_.done:,} of {pass_.total:,} predictions" if pass_ else ""
    reached = at.fraction if at else 0.0
    if view.is_stopping:
        return reached, f"Stopping: {measured or 'finishing this batch'} …"
    if view.state == RunState.TESTING and not view.is_replay:
        if pass_ is None or pass_.done == pass_.total:  # the log says nothing of the seconds that an export takes
            return float(pass_ is not None), "Training is over: saving the network …"
        return pass_.done / pass_.total, f"Training is over: {measured} …"
    if at is None:
        return 0.0, "Starting: TensorFlow loads, and the first batch is prepared …"
    position = f"Epoch {at.epoch}{f' of {view.recipe.epochs}' if view.recipe.epochs else ''}"
    doing = measured or f"batch {at.batch:,} of {at.batches:,}"
    return reached, f"{position}: {doing}.{'' if view.is_replay else _time_left(view, at)}"


def _time_left(view: RunView, at: Progress) -> str:
    """It also counts down between events, while the validation split is measured."""
    left = at.seconds * (1 / max(at.fraction, 1e-6) - 1) - view.silence
    return f" About {format_seconds(max(left, 0.0))} left."


def _show_numbers(view: RunView) -> None:
    """The latest figures, each with its split and its n."""
    split, last = view.watched_split, view.history.iloc[-1] if len(view.history) else None
    with st.container(horizontal=True):
        st.metric("Epochs", f"{view.passes:g}")
        if last is not None:
            st.metric("Training accuracy", f"{last['accuracy']:.1%}", help=_EPOCH_HELP)
            st.metric(f"{split.capitalize()} accuracy", f"{last['val_accuracy']:.1%}", help=_SPLIT_HELP[split])
        else:
            _show_first_numbers(view)
        _show_result(view)


def _show_first_numbers(view: RunView) -> None:
    """The figures before the first epoch has ended."""
    at, split = view.progress, view.watched_split
    st.metric("Training accuracy", f"{at.accuracy:.1%}" if at else "–", help=_SO_FAR_HELP)
    sample = view.samples.iloc[-1] if len(view.samples) else None
    n = f"Of a fixed sample of {sample['n']:,.0f} {split} images." if sample is not None else _SPLIT_HELP[split]
    st.metric(f"{split.capitalize()} accuracy", "–" if sample is None else f"{sample['val_accuracy']:.1%}", help=n)


def _show_result(view: RunView) -> None:
    if result := view.result:
        name = "Final test accuracy" if view.state == RunState.FINISHED else "Test accuracy when stopped"
        st.metric(name, f"{result.test_accuracy:.2%}", help=f"Of the {result.test_n:,} test images.")
        if result.test_accuracy_over_views is not None:
            name = f"Test accuracy, {result.test_views} views"
            st.metric(name, f"{result.test_accuracy_over_views:.2%}", help=_VIEWS_HELP)
        st.metric("Time", format_seconds(result.seconds))
    elif view.progress:
        st.metric("Images a second", f"{view.progress.images_per_second:,.0f}")


def _show_curves(view: RunView) -> None:
    split = view.watched_split
    alt = plotting.describe_curves(view.history, validation_name=split, samples=view.samples)
    for number, (column, figure) in enumerate(zip(st.columns(len(plotting.METRICS)), _figures(view), strict=True)):
        column.plotly_chart(figure, key=f"curve.{number}", config={"displayModeBar": False}, alt=alt)
    st.caption(_explain_curves(view))


def _explain_curves(view: RunView) -> str:
    """What is drawn, how it was measured, and on how much."""
    so_far = " (dotted: over the epoch so far)" if len(view.under_way) else ""
    said = [f"**Training**: the mean over each epoch{so_far}, with dropout and augmentation on."]
    if view.watched_split == "test":
        said.append(_WATCHES_TEST)
    else:
        sample = f"; thin: {view.samples['n'].iloc[-1]:,} of them, always the same" if len(view.samples) else ""
        said.append(f"**Validation**: all validation images, after each epoch{sample}.")
    return " ".join(said)


def _figures(view: RunView) -> list[Figure]:
    """Live curves are drawn once for all who watch; each visitor's replay draws its own."""
    if view.is_replay:
        return _draw(view)
    moment = (view.state, len(view.history), len(view.samples), int(view.seconds))  # batches pass too fast to read
    return cache.curves(view.path, moment, lambda: _draw(view))


def _draw(view: RunView) -> list[Figure]:
    tables = {"under_way": view.under_way, "samples": view.samples}
    return [
        plotting.training_curves(
            view.history, metric, validation_name=view.watched_split, epochs=view.recipe.epochs, **tables
        )
        for metric in plotting.METRICS
    ]


_UNEXPLAINED = "The training process stopped unexpectedly. Resume to continue exactly where it left off."
_KILLED = (
    "The system ended the training process, most likely because memory ran out. Resuming would end the same way: "
    "train again with a smaller batch size or fewer filters."
)
_EPOCH_HELP = "Mean over the last epoch, with dropout and augmentation on and the weights still changing."
_SO_FAR_HELP = "Running mean over the epoch so far, with dropout and augmentation on and the weights still changing."
_SPLIT_HELP = {
    "validation": "Of all validation images, after the last epoch. The network does not train on them.",
    "test": "Of all test images, after the last epoch. The network does not train on them.",
}
_VIEWS_HELP = "The same test images; the answers for mirrored and moved views of each are averaged."
_WATCHES_TEST = (
    "**Test**: this run measures the test split after each epoch, as the report did. A fair final number needs a test "
    "split that is used once, at the end; the other presets measure a validation split."
)
