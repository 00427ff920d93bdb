"""What a report tells of a run's test images. Every function raises RunError where the run has no such answers."""

from collections.abc import Sequence

import numpy as np

from cnn_core import data, evaluation
from cnn_core.lab_report.records import Block, Confusions, Example, Examples, Table, Text
from cnn_core.plotting.matrix import describe_matrix
from cnn_core.runs import Predictions, Run
from cnn_core.sureness import Sureness
from cnn_core.sureness import of_run as sureness_of

_MUST_NOT_BE_SPREAD = ("cifar10",)  # whose images are named by their numbers only
_MISTAKES, _DOUBTFUL = 8, 4  # images of which the report tells


def matrix(run: Run) -> list[Block]:
    labels, probabilities = run.predictions()
    names = data.learned(run.config).class_names
    counts = evaluation.confusion_matrix(labels, probabilities.argmax(axis=1), len(names))
    return [Text(describe_matrix(counts, names)), Confusions(counts, names)]


def sureness(run: Run) -> list[Block]:
    """What the percentages promise, and what held, on test images that did not fit the temperature."""
    predictions, sure = run.predictions(), sureness_of(run)
    labels, raw = sure.unseen(predictions)
    found = evaluation.reliability(labels, sure.of(raw), bins=10)
    rows = [
        (f"{found.edges[at]:.0%} to {found.edges[at + 1]:.0%}", f"{count:,}", f"{found.confidence[at]:.1%}",
         f"{found.accuracy[at]:.1%}")
        for at, count in enumerate(found.counts) if count
    ]  # fmt: skip
    scores = evaluation.scores(labels, sure.of(raw))
    kind = "calibrated" if sure.is_calibrated else "raw softmax"
    which = f"{len(labels):,} test images"
    if sure.calibration:
        said = (
            f"Percentages are calibrated: each logit is divided by {sure.calibration.temperature:.3f}, the temperature "
            f"that was fitted on {sure.fitted_on}. Counted on {which}; expected calibration error "
            f"{100 * found.error:.1f} points (10 bins). Calibrated, of these images accuracy is {scores.accuracy:.2%}, "
            f"loss {scores.loss:.4f} and MSE {scores.mse:.4f}."
        )
    else:
        said = f"{sure.lacks} Counted on {which}."
    return [Text(said), Table(("it says", "images (n)", f"mean, {kind}", "is right"), rows)]


def examples(run: Run) -> list[Block]:
    predictions, known = run.predictions(), data.learned(run.config)
    labels, probabilities = predictions
    images, sure = _images(known.name, labels), sureness_of(run)
    blocks: list[Block] = []
    if known.name in _MUST_NOT_BE_SPREAD:
        blocks.append(
            Text(f"Images of {known.title} are not part of a report; each is named by its place in the test split.")
        )
    for title, order, most in (("The surest mistakes", "surest", _MISTAKES), ("Right, but least sure", "doubtful",
                               _DOUBTFUL)):  # fmt: skip
        places = evaluation.ranked(labels, probabilities, order)[:most]
        told = [_example(predictions, sure, int(place), known.class_names, images) for place in places]
        blocks += [Text(f"**{title}**"), Examples(told) if told else Text("There is none.")]
    return blocks


def _example(on: Predictions, sure: Sureness, place: int, names: Sequence[str], images: data.Split | None) -> Example:
    raw = on.probabilities[place]
    record, answer = sure.when_so_sure(on, raw), int(raw.argmax())
    shown = evaluation.percent(float(sure.of(raw)[answer]))
    lines = (
        f"is: {names[on.labels[place]]}",
        f"said: {names[answer]}, {shown}{'' if sure.is_calibrated else ' (raw softmax)'}",
        f"When so sure, it is right in {record.of_100} (n = {record.n:,}).",
    )
    return Example(f"Test image {place:,}", lines, None if images is None else images.images(place)[0])


def _images(name: str, labels: np.ndarray) -> data.Split | None:
    """The test images that may be shown; None where they may not, are not here, or are others."""
    if name in _MUST_NOT_BE_SPREAD or not data.is_ready(name):
        return None
    try:
        images = data.load(name).split("test")
    except data.DataError:
        return None
    return images if np.array_equal(images.labels, labels) else None
