"""Adding to a run what was not yet known when it was trained: no event is written, and no worker disturbs it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np

from cnn_core import locks
from cnn_core.evaluation import Study
from cnn_core.explanation import robustness
from cnn_core.explanation.filters import FilterFacts
from cnn_core.explanation.robustness import Robustness
from cnn_core.inference import Anatomy
from cnn_core.runs import files, presence
from cnn_core.runs.arrays import study_files, write_arrays
from cnn_core.runs.run import Run
from cnn_core.runs.words import RunError, in_words


class Additions:
    """Puts whole files in place."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def anatomy(self, anatomy: Anatomy) -> None:
        self._put(files.ANATOMY, anatomy.to_arrays())

    def filters(self, facts: FilterFacts) -> None:
        self._put(files.FILTERS, facts.to_arrays())

    def robustness(self, found: Robustness, network_file: bytes) -> None:
        """What was measured on changed images of the network of this LiteRT file."""
        self._put(files.ROBUSTNESS, robustness.to_arrays(found, network_file))

    def study(self, study: Study) -> None:
        """What was found out about the network once."""
        for name, arrays in study_files(study).items():
            self._put(name, arrays)

    def _put(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        with in_words(self._run.id):
            files.put(self._run.path / name, write_arrays(arrays))


@contextmanager
def open_additions(run: Run) -> Iterator[Additions]:
    """Nobody trains or deletes the run in the block. Raises RunError if somebody does so now, or without a network.

    A recorded run has no worker, so that no lock is left in the project's folder.
    """
    with ExitStack() as held:
        if not run.is_recorded:
            try:
                with in_words(run.id):
                    held.enter_context(locks.hold(run.path / files.WORKER_LOCK, presence.PATIENCE))
            except locks.Taken:
                raise RunError(f"{run.title!r} is being trained or completed; complete it when that is over.") from None
        if not run.has_network():  # asked now that nobody can resume it
            raise RunError(f"{run.title!r} has no network that could be completed; let it finish first.")
        yield Additions(run)
