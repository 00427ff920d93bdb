"""Reading a run. A file that cannot be read gives a sentence about this run, never an exception that others see."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from cnn_core import data
from cnn_core.evaluation import Calibration, Careless, Doubt, Neighbours, Projection
from cnn_core.explanation import robustness
from cnn_core.explanation.filters import FilterFacts
from cnn_core.explanation.robustness import Robustness
from cnn_core.inference import Anatomy
from cnn_core.progress import TrainingState, Worker
from cnn_core.runs import files
from cnn_core.runs.arrays import (
    MOST_BYTES,
    MOST_OF_A_SNAPSHOT,
    Predictions,
    Snapshot,
    checked_anatomy,
    checked_calibration,
    checked_doubt,
    checked_neighbours,
    checked_predictions,
    checked_projection,
    checked_snapshot,
    largest_network,
    read_arrays,
    read_state,
)
from cnn_core.runs.course import Course
from cnn_core.runs.description import damage, read_about, read_title, read_worker, run_id
from cnn_core.runs.opening import is_file, map_file
from cnn_core.runs.words import RunError, clean_title

_REPEAT = "Delete the run or repeat it."
_COMPLETE = "`python -m cnn_core complete` writes it."
Content = TypeVar("Content")


@dataclass(frozen=True)
class Run(Course):
    """A run directory. Every answer is read from the files when it is asked for."""

    @property
    def id(self) -> str:
        """The folder's name, as text even if the name is not text."""
        return run_id(self.path)

    @property
    def is_recorded(self) -> bool:
        """Shipped with the project, and read-only."""
        return files.is_same(self.path.parent, files.recorded_dir())

    @property
    def is_imported(self) -> bool:
        """Brought in from a zip; from where is not remembered."""
        return os.path.lexists(self._file(files.IMPORTED))

    @property
    def title(self) -> str:
        """Plain text on one line; the run's id where there is none."""
        return read_title(self.path) or clean_title(self.id) or "run"

    def exists(self) -> bool:
        """Whether it is still there: any visitor may have deleted it."""
        return files.is_run(self.path)

    def is_kept(self) -> bool:
        """Whether somebody wants it: a server that stores few runs does not delete it for another."""
        return os.path.exists(self._file(files.KEPT))

    @property
    def created(self) -> str:
        """When it was created, as ISO 8601 in UTC; empty if that is not a time. Raises RunError like `config`."""
        return read_about(self.path).created

    @property
    def versions(self) -> Mapping[str, str]:
        """Of the libraries with which it was created, by name. Raises RunError like `config`."""
        return read_about(self.path).versions

    def worker(self) -> Worker | None:
        """The last worker; None before the first, or if it cannot be read."""
        return read_worker(self.path)

    @property
    def keras_path(self) -> Path:
        return self.path / files.KERAS

    @property
    def classifier_path(self) -> Path:
        """The LiteRT file; it is of the present course if `has_classifier()`."""
        return self.path / files.LITERT

    def is_tested(self) -> bool:
        """Whether the predictions are there and belong to the present course.

        The log decides which course: a worker writes the files first, then the result; a resume voids the result.
        """
        return self.result() is not None and os.path.lexists(self._file(files.PREDICTIONS))

    def has_classifier(self) -> bool:
        """The same for the LiteRT file, which answers for the network."""
        return self.result() is not None and is_file(self.classifier_path)

    def has_network(self) -> bool:
        """The same for the network, in both its forms."""
        return self.has_classifier() and is_file(self.keras_path)

    def network_file(self) -> memoryview:
        """The content of the LiteRT file, mapped. RunError if it cannot be read, or is too large for its settings."""
        try:
            return map_file(self.classifier_path, largest_network(self.config.network))
        except OSError:
            raise RunError(f"The network of {self.title!r} cannot be read. {_REPEAT}") from None

    def predictions(self) -> Predictions:
        if self.has_diverged():
            raise RunError(
                f"{self.title!r} diverged: its loss became infinite, so it has no figures. Lower the learning "
                "rate and train again."
            )
        result = self.result()
        if result is None:
            raise RunError(f"{self.title!r} has not been tested yet: let it finish, or resume it.")
        form = partial(checked_predictions, self.config.network.classes, result.test_n)
        return self._arrays("The predictions", files.PREDICTIONS, form, "It has none.")

    def robustness(self) -> Robustness | None:
        """How many changed test images it recognises; None where that was not measured of its present network."""
        if not (self.has_network() and os.path.lexists(self._file(files.ROBUSTNESS))):
            return None
        form = partial(robustness.from_arrays, self.network_file())
        return self._arrays(
            "What was measured on changed images",
            files.ROBUSTNESS,
            form,
            "It has none.",
            "`python -m cnn_core complete --changes` writes it.",
        )

    def has_anatomy(self) -> bool:
        """Whether one can look inside its network; runs of the first weeks lack that until they are completed."""
        return self.has_network() and os.path.lexists(self._file(files.ANATOMY))

    def anatomy(self) -> Anatomy:
        """What `Network.open` needs beside the file at `classifier_path`."""
        network = self.config.network
        form, most = partial(checked_anatomy, network), 3 * largest_network(network)
        what = "The backward pass of the network"
        return self._arrays(what, files.ANATOMY, form, f"It has none. {_COMPLETE}", _COMPLETE, most=most)

    def filter_facts(self) -> FilterFacts | None:
        """What wakes the filters of its network; None in a run of the first weeks that has not been completed."""
        form = partial(FilterFacts.from_arrays, self.config.network)
        return self._found_out("What wakes its filters", files.FILTERS, form)

    def calibration(self) -> Calibration | None:
        """Its temperature; None, as what follows, in a run of the first weeks that has not been completed."""
        return self._found_out("The temperature", files.CALIBRATION, partial(checked_calibration, self._test_n()))

    def doubt(self) -> Doubt | None:
        """How familiar it finds its own images and strange ones."""
        return self._found_out("The energies", files.DOUBT, partial(checked_doubt, self._test_n()))

    def neighbours(self) -> Neighbours | None:
        """Each test image's nearest training images."""
        config = self.config
        images = data.learned(config).sizes[config.training.train_on]
        form = partial(checked_neighbours, self._test_n(), images)
        return self._found_out("The nearest training images", files.NEIGHBOURS, form)

    def projection(self) -> Projection | None:
        """The map of its first test images."""
        form = partial(checked_projection, self.config.network, self._test_n())
        return self._found_out("The map", files.MAP, form)

    def careless(self) -> Careless | None:
        """What a careless split would have shown; None where no own data set was learned by reuse."""
        return self._found_out("What a careless split shows", files.CARELESS, Careless.from_arrays)

    def _test_n(self) -> int:
        result = self.result()
        return result.test_n if result else 0

    def _found_out(self, what: str, name: str, form: Callable[..., Content]) -> Content | None:
        """What a file says of the network of the present course; None without one."""
        if not (self.has_network() and os.path.lexists(self._file(name))):
            return None
        return self._arrays(what, name, form, f"It has none. {_COMPLETE}", _COMPLETE)

    def snapshot_epochs(self) -> list[int]:
        """The epochs of the present course that have a snapshot."""
        last = self._summary().scores
        there = files.snapshot_epochs(self.path)
        return [epoch for epoch in there if last and epoch <= last.epoch]

    def snapshot(self, epoch: int) -> Snapshot:
        name = f"{files.SNAPSHOTS}/{files.SNAPSHOT.format(epoch)}"
        form = partial(checked_snapshot, self.config.network)
        what, if_missing = f"The snapshot of epoch {epoch}", "That epoch is not over yet."
        return self._arrays(what, name, form, if_missing, most=MOST_OF_A_SNAPSHOT)

    def checkpoint(self) -> TrainingState | None:
        """The state to resume from; None if there is no checkpoint."""
        exists = os.path.lexists(self._file(files.CHECKPOINT))
        read = partial(self._arrays, "The checkpoint", files.CHECKPOINT, read_state, "It has none.")
        return read(most=math.inf) if exists else None

    def damage(self) -> str | None:
        """Which files of this run cannot be read, in a sentence; None if all is well. Arrays are checked when read."""
        return damage(self.path, self.title, self._summary())

    def _arrays(
        self,
        what: str,
        name: str,
        form: Callable[..., Content],
        if_missing: str,
        advice: str = _REPEAT,
        *,
        most: float = MOST_BYTES,
    ) -> Content:
        try:
            return read_arrays(self.path / name, form, most)
        except FileNotFoundError:
            why, advice = if_missing, ""
        except Exception:  # damage has many names, for programmers: NumPy's, zipfile's, zlib's, a missing array
            why = f"{name} is damaged."
        raise RunError(f"{what} of {self.title!r} cannot be read: {why} {advice}".rstrip())
