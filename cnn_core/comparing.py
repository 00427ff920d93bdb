"""What compares two runs: the settings that differ, their answers to the same test images, and what a seed changes.

The test is about these two networks and other test images; only repetitions from other seeds say what another training
would give. Both are told, side by side.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnn_core import differences, facts
from cnn_core.config import ExperimentConfig
from cnn_core.differences import Difference, is_repetition
from cnn_core.evaluation import comparison
from cnn_core.evaluation.comparison import Paired, signed
from cnn_core.presets import PRESETS
from cnn_core.runs import Predictions, Run, RunError, RunState


@dataclass(frozen=True, slots=True)
class Repeated:
    """Runs of the same settings from several seeds, one for each seed; accuracies are shares of the test images."""

    runs: tuple[Run, ...]
    accuracies: tuple[float, ...]

    @property
    def widest(self) -> float:
        return max(self.accuracies) - min(self.accuracies)


@dataclass(frozen=True, slots=True)
class Spread:
    """What another seed changes in the test accuracy, measured on the repetitions of one run or of both."""

    groups: tuple[Repeated, ...]  # each of two seeds at least

    @property
    def n(self) -> int:
        return sum(len(group.runs) for group in self.groups)

    @property
    def sd(self) -> float:
        """The standard deviation of one run, within its group; as a share."""
        squares = [(len(group.runs) - 1) * statistics.variance(group.accuracies) for group in self.groups]
        return math.sqrt(sum(squares) / (self.n - len(self.groups)))

    @property
    def widest(self) -> float:
        """The largest difference between two seeds."""
        return max(group.widest for group in self.groups)


def settings_that_differ(a: Run, b: Run) -> list[Difference]:
    """Those of the two experiments; and how far each came, if somebody stopped one of them, or finished it early."""
    found = differences.differences(a.config, b.config)
    lengths = [_length(run) for run in (a, b)]
    if (_ended(a) or _ended(b)) and lengths[0] != lengths[1]:
        found.insert(0, Difference(differences.LENGTH, *lengths))
    return found


def why_not(a: Run, b: Run, of_a: Predictions, of_b: Predictions) -> str | None:
    """Why the two cannot be compared image by image, in one sentence; None if they can."""
    if a.config.data_set != b.config.data_set:
        titles = differences.data_sets(a.config, b.config)
        return (
            f"{a.title!r} was tested on {titles[0]}, {b.title!r} on {titles[1]}: they answered about different "
            "images, so their accuracies cannot be compared."
        )
    if not np.array_equal(of_a.labels, of_b.labels):
        return f"{a.title!r} and {b.title!r} were tested on different images, so their accuracies cannot be compared."
    return None


def compare(a: Run, b: Run) -> Paired:
    """The answers of both to the same test images, counted. Raises RunError if there are none of one, or others."""
    of_a, of_b = a.predictions(), b.predictions()
    if why := why_not(a, b, of_a, of_b):
        raise RunError(why)
    return comparison.paired(of_a.labels, of_a.probabilities.argmax(1), of_b.probabilities.argmax(1))


def nearest(run: Run, among: Iterable[Run]) -> Run | None:
    """The tested run to compare this one with: of the same data set, with the fewest settings that differ."""
    config = run.config

    def distance(other: Run) -> tuple[bool, int]:
        found = differences.without_seed(differences.differences(config, other.config))
        return other.config.data_set != config.data_set, len(found)

    return min((other for other in among if other.path != run.path), key=distance, default=None)


def spread(a: Run, b: Run, among: Sequence[Run]) -> Spread | None:
    """What another seed changes, by the finished runs that repeat either; None where no other seed was tried."""
    found = [_repeated(a, among)]
    if not is_repetition(a.config, b.config):
        found.append(_repeated(b, among))
    groups = tuple(group for group in found if len(group.runs) > 1)
    return Spread(groups) if groups else None


def between_seeds(a: Run, b: Run, found: Spread | None) -> float | None:
    """The largest difference that another seed made in these settings, here or elsewhere, as a share; None: unknown."""
    if found:
        return found.widest
    known = _elsewhere(a, b)
    return known[1].widest if known else None


def describe_spread(a: Run, b: Run, difference: float, found: Spread | None) -> str:
    """What another seed would move it by, with the difference of these two beside it."""
    if found is None:
        return _describe_elsewhere(a, b, difference)
    seeds = " and ".join(f"{len(group.runs)} seeds of {_whose(group, a, b)}" for group in found.groups)
    measured = (
        f"Another seed alone: the test accuracies of {seeds} differ by up to {100 * found.widest:.1f} points (standard "
        f"deviation {100 * found.sd:.1f})."
    )
    if is_repetition(a.config, b.config):
        return f"{measured} These two are among them."
    few = " Two seeds are a rough guide." if all(len(group.runs) == 2 for group in found.groups) else ""
    return f"{measured} {_beside(difference, found.widest)}{few}"


def _repeated(run: Run, among: Sequence[Run]) -> Repeated:
    """The run and those that repeat it from another seed, by seed."""
    config, result = run.config, run.result()
    found = {config.training.seed: (run, result.test_accuracy)} if result else {}
    for other in among:
        outcome = other.result()
        if not outcome or not result or outcome.test_n != result.test_n or other.state() != RunState.FINISHED:
            continue
        if run.finished_early() or other.finished_early():  # how long it trained is no repetition
            continue
        if is_repetition(config, other.config):
            found.setdefault(other.config.training.seed, (other, outcome.test_accuracy))
    ordered = [found[seed] for seed in sorted(found)]
    return Repeated(tuple(run for run, _ in ordered), tuple(accuracy for _, accuracy in ordered))


def _whose(group: Repeated, a: Run, b: Run) -> str:
    if is_repetition(a.config, b.config):
        return "these settings"
    return "A's settings" if a in group.runs else "B's settings"


def _beside(difference: float, widest: float) -> str:
    size = f"The difference of {signed(difference).lstrip('+−')} points between these two"
    if abs(difference) <= widest:
        return f"{size} is no larger than what another seed changes."
    return f"{size} is larger than that."


def _elsewhere(a: Run, b: Run) -> tuple[str, facts.Seeds] | None:
    """Whose settings docs/results.md knows from several seeds, and what it knows."""
    for whose, run in (("A", a), ("B", b)):
        for row in facts.seeds():
            if is_repetition(_experiment(row), run.config):
                return whose, row
    return None


def _describe_elsewhere(a: Run, b: Run, difference: float) -> str:
    none = "Another seed alone: no run on this machine repeats A or B from another seed."
    if found := _elsewhere(a, b):
        whose, row = found
        return (
            f"{none} Elsewhere {len(row.accuracies)} seeds of {whose}'s settings ended between "
            f"{min(row.accuracies):.1%} and {max(row.accuracies):.1%} (standard deviation "
            f"{100 * statistics.stdev(row.accuracies):.1f} points). {_beside(difference, row.widest)}"
        )
    rows = [row for row in facts.seeds() if not row.epochs]
    known = ", ".join(f"{100 * row.widest:.1f} points for {len(row.accuracies)} seeds of {row.preset}" for row in rows)
    return f"{none} Other settings moved by up to {known} (CIFAR-10). Train one of them again from another seed to see."


def _experiment(row: facts.Seeds) -> ExperimentConfig:
    preset = PRESETS[row.preset]
    limit = {"epochs": row.epochs, "seconds": None} if row.epochs else {}
    return replace(preset, data_set=row.data_set, training=replace(preset.training, **limit))


def _length(run: Run) -> str:
    passes, ended = f"{round(run.passes(), 1):g}", _ended(run)
    return f"{passes} epoch{'' if passes == '1' else 's'}{f', then {ended}' if ended else ''}"


def _ended(run: Run) -> str | None:
    """How it ended before its time; None if it did not."""
    if run.state() == RunState.STOPPED:
        return "stopped"
    return "finished early" if run.finished_early() else None
