"""What a class can be asked of a training, in one button beside its title."""

import streamlit as st

from cnn_core import data
from cnn_core.classroom.foresight import ask_accuracy, ask_hardest
from cnn_core.runs import RunState
from pages.ui.run_view import RunView
from pages.ui.together.membership import as_teacher
from pages.ui.together.offering import offer

_TIME_TO_VOTE = 60.0  # seconds


def offer_questions(run_id: str, view: RunView, *, is_replay: bool) -> None:
    """For the teacher of a class: the run's accuracy after an epoch that is not on the screen, and its hardest class.
    Nothing for anybody else."""
    if not as_teacher() or view.has_diverged:
        return
    reached = [float(accuracy) for accuracy in view.history["val_accuracy"]]
    with st.popover("Ask the class", icon=":material/campaign:", key="training.ask"):
        if epoch := _foreseen(view, len(reached), is_replay=is_replay):
            known, classes = reached[:1] if is_replay else reached, view.config.network.classes
            accuracy = ask_accuracy(run_id, epoch, known, view.watched_split, classes)
            offer(accuracy.topic, lambda: accuracy, label=f"What accuracy after epoch {epoch}?")
        hardest = ask_hardest(run_id, data.learned(view.config).class_names)
        offer(hardest.topic, lambda: hardest, label="Which class will be hardest?")
        st.caption("The class votes on its phones. *Reveal* takes the answer from the run, once it is there.")


def _foreseen(view: RunView, over: int, *, is_replay: bool) -> int | None:
    """The epoch to ask about: the running one if there is time to vote, else the next. Of a replay it is the last; None
    if the curves are on the screen, or no epoch follows that one could vote on."""
    if is_replay:
        return over if over > 1 else None
    if not view.is_training or view.is_finishing:
        return None
    at, training = view.progress, view.config.training
    if at is None or view.state == RunState.STARTING:
        return over + 1
    images = data.learned(view.config).sizes[training.train_on]
    left = images * (1 - at.batch / at.batches) / max(at.images_per_second, 1e-6)
    is_last = training.epochs is not None and at.epoch >= training.epochs
    return at.epoch if is_last or (left >= _TIME_TO_VOTE and at.epoch > over) else at.epoch + 1
