"""Questions whose answer comes later: what a training will reach, say."""

from dataclasses import replace

import numpy as np

from cnn_core import data, evaluation, runs
from cnn_core.classroom import Mark, Question
from cnn_core.classroom.foresight import Foresight, foresight_of
from cnn_core.runs import Run, RunError, RunState
from pages.ui.text import plain


def answered(question: Question) -> Question | str:
    """The question with its answer; a sentence why it is not known yet. One that asks nothing of a training is as it
    was."""
    asked = foresight_of(question.topic)
    if asked is None or question.marks:
        return question
    try:
        run = runs.find_run(asked.run_id)
    except RunError:
        return "The run is gone: somebody has deleted it."
    try:
        found = _accuracy(run, asked) if asked.kind == "accuracy" else _hardest(run)
    except RunError as error:
        return plain(str(error))
    if isinstance(found, str):
        return found
    option, why = found
    return replace(question, marks=(Mark("the network", option),) if option else (), why=why)


def _accuracy(run: Run, asked: Foresight) -> tuple[str, str] | str:
    """The answer and what was measured, or what is missing."""
    history = run.history()
    row = history[history["epoch"] == asked.epoch]
    if row.empty:
        return _not_over(run, asked.epoch)
    accuracy = float(row["val_accuracy"].iloc[0])
    if not np.isfinite(accuracy):
        return "The training diverged: its loss is no longer a number."
    split = run.config.training.validate_on
    n = data.learned(run.config).sizes[split]
    kind = "test" if split == "test" else "validation"
    return asked.option(accuracy), f"After epoch {asked.epoch} it recognised {accuracy:.1%} of {n:,} {kind} images."


def _not_over(run: Run, epoch: int) -> str:
    at, state, last = run.progress(), run.state(), run.scores()
    if state.is_active:
        return f"Epoch {epoch} is not over yet{f': the training is in epoch {at.epoch}' if at else ''}. Reveal it then."
    ended = f"The training ended {f'after epoch {last.epoch}' if last else 'before its first epoch was over'}"
    if state == RunState.FINISHED or epoch > (run.config.training.epochs or epoch):
        return f"{ended}: there is no epoch {epoch}."
    return f"{ended}. Resume it, and reveal after epoch {epoch}."


def _hardest(run: Run) -> tuple[str | None, str] | str:
    """The class with the lowest recall in the test, None where several have it; or what is missing."""
    if not run.is_tested():
        if run.state().is_active:
            return "The network is tested when its training is over. Reveal it then."
        return "This run was not tested, so nobody knows its hardest class. Resume it, or let another one finish."
    predictions = run.predictions()
    names = data.learned(run.config).class_names
    table = evaluation.per_class(predictions.labels, predictions.probabilities.argmax(axis=1), names)
    there = table[table["support"] > 0]
    lowest, highest = there["recall"].idxmin(), there["recall"].idxmax()
    *others, last = there.index[there["recall"] == there.loc[lowest, "recall"]]
    if others:  # of few test images, as a data set of one's own has
        share = f"of each it recognised {there.loc[lowest, 'recall']:.1%}"
        return None, f"The classes {', '.join(others)} and {last} are equally hard: {share}."
    return lowest, (
        f"Of {there.loc[lowest, 'support']:,} test images of the class {lowest} it recognised "
        f"{there.loc[lowest, 'recall']:.1%}; of the class {highest}, its easiest, {there.loc[highest, 'recall']:.1%}."
    )
