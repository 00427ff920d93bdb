"""What a server allows: which trainings, and how many runs it stores. Where it stores few, the oldest that nobody kept
goes before a new one comes: never one at work, never one that came with the project.
"""

import datetime
from collections.abc import Callable, Set
from contextlib import suppress
from dataclasses import dataclass, replace

from cnn_core import architecture, limits, memory
from cnn_core.config import ConfigError, ExperimentConfig
from cnn_core.runs import catalogue, files
from cnn_core.runs.run import Run
from cnn_core.runs.words import RunError

# Bytes of a run while it is tested: both forms of the network, and the checkpoint with the optimizer's state.
_PER_PARAMETER = 24
_BESIDE = 3e6  # the log, predictions, snapshots and what was found out of the network


def allowed(config: ExperimentConfig) -> ExperimentConfig:
    """What is trained if this is asked for: the same, with the server's time limit if it has none.

    Raises ConfigError for what this server does not train: what takes too long, too much memory or too much disk.
    """
    recipe = limits.with_time_limit(config.training)
    limits.check(recipe)
    memory.check(config)
    most, needed = limits.current().stored, expected_size(config)
    if needed > most:
        raise ConfigError(
            f"A run of this network takes about {memory.in_words(needed)} of disk; this server has "
            f"{memory.in_words(most)} for all runs together. Use fewer filters, or smaller dense layers."
        )
    return replace(config, training=recipe)


def expected_size(config: ExperimentConfig) -> float:
    """About how many bytes a run takes on the disk, at its largest."""
    return _BESIDE + _PER_PARAMETER * architecture.totals(config.network).parameters


@dataclass(frozen=True, slots=True)
class Outlook:
    """The runs that are stored, and what one more means for them."""

    runs: int
    size: int  # bytes that they take
    going: tuple[Run, ...]  # deleted before it comes, the oldest first
    refusal: str | None  # why it cannot come even then


def outlook(needed: float, but: Set[Run] = frozenset()) -> Outlook | None:
    """What a run of `needed` bytes means for those that are stored; None where only the disk limits them.

    but: runs that cannot be deleted.
    """
    most = limits.current()
    if min(most.runs, most.stored) == float("inf"):
        return None
    sizes = {run: files.size(run.path) for run in catalogue.own_runs()}
    count, size, going = len(sizes), sum(sizes.values()), []
    for run in sorted(sizes, key=lambda run: (_here_since(run), run.id)):
        if count < most.runs and size + needed <= most.stored:
            break
        if not (run in but or run.is_kept() or run.state().is_active):
            going.append(run)
            count, size = count - 1, size - sizes[run]
    refusal = None
    if count >= most.runs:
        refusal = f"All runs that this server may store ({most.runs:,.0f}) are kept. Let one of them go, or delete it."
    elif size + needed > most.stored:
        refusal = (
            f"This server has {memory.in_words(most.stored)} for all runs, and those that are kept take "
            f"{memory.in_words(size)} of it. Let one of them go, or delete it."
        )
    return Outlook(len(sizes), sum(sizes.values()), tuple(going), refusal)


def make_room(needed: float, delete: Callable[[Run], None]) -> list[str]:
    """Delete runs until one of `needed` bytes may come; their titles. Raises RunError if it may not, and deletes none.

    Two at once may leave one run too many, for which the next makes room.
    """
    removed: list[str] = []
    refused: set[Run] = set()
    while ahead := outlook(needed, refused):
        if ahead.refusal:
            raise RunError(ahead.refusal)
        if not ahead.going:
            break
        oldest = ahead.going[0]
        title = oldest.title
        try:
            delete(oldest)
            removed.append(title)
        except RunError:  # `complete` is at work on it
            refused.add(oldest)
    return removed


def _here_since(run: Run) -> str:
    """When it was created here or brought in, as ISO 8601; before all others if that cannot be read."""
    if not run.is_imported:
        return catalogue.created(run)
    with suppress(OSError, ValueError, OverflowError):
        moment = (run.path / files.IMPORTED).stat().st_mtime
        return datetime.datetime.fromtimestamp(moment, datetime.UTC).isoformat(timespec="milliseconds")
    return ""
