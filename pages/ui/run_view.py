"""One run on the screen: live while it trains, still when it has ended, or replayed. It is the same view."""

from math import inf
from typing import NamedTuple

import pandas as pd
import streamlit as st

from cnn_core import plotting
from cnn_core.config import TrainingConfig
from cnn_core.runs import Run, RunState
from pages.ui import cache


class Badge(NamedTuple):
    label: str
    icon: str
    color: str


BADGES = {
    RunState.STARTING: Badge("starting", ":material/hourglass_top:", "blue"),
    RunState.TESTING: Badge("testing", ":material/grading:", "blue"),
    RunState.RUNNING: Badge("training", ":material/directions_run:", "blue"),
    RunState.FINISHED: Badge("finished", ":material/check_circle:", "green"),
    RunState.STOPPED: Badge("stopped", ":material/stop_circle:", "orange"),
    RunState.FAILED: Badge("failed", ":material/error:", "red"),
    RunState.INTERRUPTED: Badge("interrupted", ":material/power_off:", "orange"),
}


def show_run(run: Run, until: float = inf) -> None:
    """The run as it stood after `until` seconds of training; without it, as it stands now."""
    state, history, recipe = run.state(), run.history(until), run.config.training
    _show_badge(run, state, is_replay=until < inf)
    _show_progress(run, recipe, state, until)
    _show_numbers(run, recipe, state, history, until)
    watched = "test" if recipe.validate_on == "test" else "validation"
    alt = plotting.describe_curves(history, validation_name=watched)
    moment = (state, len(history), int(run.seconds()))  # batches pass faster than anybody looks
    figures = cache.curves(str(run.path), moment, until, watched, recipe.epochs)
    for number, (column, figure) in enumerate(zip(st.columns(len(figures)), figures, strict=True)):
        column.plotly_chart(figure, key=f"curve.{number}", config={"displayModeBar": False}, alt=alt)
    if watched == "test":
        st.caption(
            "This run watches the **test** split while it trains, as the report did. For a fair final number the test "
            "split is looked at once, at the end; the other presets watch a validation split."
        )


def format_seconds(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _show_badge(run: Run, state: RunState, *, is_replay: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(run.title, anchor=False, width="content")
        if is_replay:
            st.badge("REPLAY of a recorded run", icon=":material/replay:", color="violet")
        else:
            st.badge(**BADGES[state]._asdict())
    if is_replay or state.is_active:
        return
    if state == RunState.FAILED:
        st.error(f"It failed: {run.reason()}", icon=":material/error:")
    elif state == RunState.INTERRUPTED:
        st.warning("Its process went away before the end. Resume it: it goes on as if nothing had happened.")
    elif state == RunState.STOPPED:
        st.caption(f"It ended early: {run.reason()}. It can be resumed.")


def _show_progress(run: Run, recipe: TrainingConfig, state: RunState, until: float) -> None:
    progress = run.progress(until)
    if until == inf and not state.is_active:
        return
    if until == inf and state == RunState.TESTING:
        st.progress(1.0, text="Trained. Now it is measured on the test split and exported …")
    elif until == inf and run.is_stopping():
        st.progress(progress.fraction if progress else 0.0, text="Stopping after this batch …")
    elif progress is None:
        st.progress(0.0, text="Starting: TensorFlow loads and the first batch is prepared …")
    else:
        epochs = recipe.epochs
        left = progress.seconds * (1 / max(progress.fraction, 1e-6) - 1)
        expected = f" About {format_seconds(left)} left." if until == inf else ""  # a replay runs at another speed
        st.progress(
            progress.fraction,
            text=f"Epoch {progress.epoch}{f' of {epochs}' if epochs else ''}, batch {progress.batch:,} of "
            f"{progress.batches:,}.{expected}",
        )


def _show_numbers(run: Run, recipe: TrainingConfig, state: RunState, history: pd.DataFrame, until: float) -> None:
    """The latest figures, each with its split and its n. A result from before the run was resumed is none of them."""
    result = run.result() if until == inf and not state.is_active else None
    last = history.iloc[-1] if len(history) else None
    progress = run.progress(until)
    with st.container(horizontal=True):
        st.metric("Epochs", f"{round(run.passes(until), 1):g}")
        st.metric("Train accuracy", "–" if last is None else f"{last['accuracy']:.1%}", help=_TRAIN_HELP)
        name = "Test" if recipe.validate_on == "test" else "Validation"
        st.metric(f"{name} accuracy", "–" if last is None else f"{last['val_accuracy']:.1%}", help=_VAL_HELP)
        if result:
            n = f"Of the {result.test_n:,} test images, when it ended."
            st.metric("Test accuracy, at the end", f"{result.test_accuracy:.2%}", help=n)
        if result and result.test_accuracy_over_views is not None:
            name = f"Test accuracy, {result.test_views} views"
            st.metric(name, f"{result.test_accuracy_over_views:.2%}", help=_VIEWS_HELP)
        if result:
            st.metric("Time", format_seconds(result.seconds))
        elif progress:
            st.metric("Images a second", f"{progress.images_per_second:,.0f}")


_TRAIN_HELP = "Mean over the last epoch, which a time limit may cut short, with dropout and changing weights."
_VAL_HELP = "After the last epoch, on images that it does not train on."
_VIEWS_HELP = "The same images; the answer is the average over mirrored and moved views of each."
