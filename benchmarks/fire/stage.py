"""What the scenarios share: folders of their own, a data set that is trained on in seconds, and what may be left."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from streamlit.testing.v1 import AppTest

from benchmarks.processes import children
from cnn_core import data, runs
from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.runs import Run, RunError, RunState
from tests import waiting
from tests.small_training import store_data_set

ROOT = Path(__file__).parents[2]
SMALL = ExperimentConfig(
    data_set="cifar10",
    network=NetworkConfig(blocks=(Block(4, 1, 0.2), Block(8, 1)), dense_units=(8,)),
    training=TrainingConfig(epochs=4, batch_size=32, optimizer="adamax", learning_rate=3e-3),
)
wait_for = partial(waiting.wait_for, patience=600.0)


@dataclass
class Ledger:
    """What did not hold."""

    failures: list[str] = field(default_factory=list)

    def hold(self, is_true: bool, what: str) -> bool:
        """Note that `what` was to be true."""
        if not is_true:
            self.failures.append(what)
            print(f"did not hold: {what}", file=sys.stderr, flush=True)
        return is_true

    def hold_whole(self, run: Run, whole: Run, label: str) -> None:
        """Note that the run was to finish as this one did, bit for bit."""
        if self.hold(run.state() == RunState.FINISHED, f"{label}: in the end it is {run.state()}: {run.reason()}"):
            different = differences(run, whole)
            self.hold(not different, f"{label}: it differs in {different}")

    def hold_no_zombies(self) -> int:
        """How many children of this process have ended and are not yet waited for; after a moment, none were to be."""
        deadline = time.monotonic() + 5
        while (left := [*children(os.getpid())].count("Z")) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.hold(not left, "a zombie was left")
        return left


@contextmanager
def stage() -> Iterator[Path]:
    """A folder with data and runs of its own, where this process and its workers look; removed afterwards."""
    before = dict(os.environ)
    folder = Path(tempfile.mkdtemp(prefix="under-fire-"))
    os.environ |= {"CNN_DATA_DIR": str(folder / "data"), "CNN_RUNS_DIR": str(folder / "runs")}
    (folder / "runs").mkdir()
    store_data_set(data.data_dir() / "cifar10")
    try:
        yield folder
    finally:
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(folder, ignore_errors=True)


def changed(config: ExperimentConfig, **changes: object) -> ExperimentConfig:
    return replace(config, training=replace(config.training, **changes))


def is_over(run: Run) -> bool:
    return not run.state().is_active


def is_testing(run: Run) -> bool:
    return run.state() == RunState.TESTING


def epochs_kept(run: Run) -> int:
    """How many epochs are kept whatever happens: those in the checkpoint."""
    state = run.checkpoint()
    return state.epoch if state else 0


def undisturbed(config: ExperimentConfig = SMALL) -> Run:
    """A whole run, to compare others with."""
    run = runs.start(config)
    wait_for(lambda: is_over(run))
    return run


def refusal(action: Callable[..., object], *arguments: object) -> str | None:
    """What is said in place of doing it."""
    try:
        action(*arguments)
    except RunError as error:
        return str(error)
    return None


def finish(run: Run) -> None:
    """Resume it until it has finished."""
    if run.state() != RunState.FINISHED:
        runs.resume(run)
        wait_for(lambda: is_over(run))


def half_written(run: Run) -> set[Path]:
    """The temporary files in its folder."""
    return set(run.path.rglob("*.tmp"))


def differences(one: Run, other: Run) -> list[str]:
    """What of two finished runs is not equal bit for bit, the time that they took left out."""
    found = []
    columns = [name for name in one.history().columns if name != "seconds"]
    if not one.history()[columns].equals(other.history()[columns]):
        found.append("history")
    found += [name for name, a, b in _arrays(one, other) if not np.array_equal(a, b)]
    if _weights(one.keras_path) != _weights(other.keras_path):
        found.append("weights")
    return found


def _arrays(one: Run, other: Run) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    yield "snapshots", *(np.array(run.snapshot_epochs()) for run in (one, other))
    for epoch in one.snapshot_epochs():
        yield f"kernels {epoch}", *(run.snapshot(epoch).kernels for run in (one, other))
    yield "predictions", *(run.predictions().probabilities for run in (one, other))
    yield "temperature", *(np.array(run.calibration().temperature) for run in (one, other))
    yield "neighbours", *(run.neighbours().numbers for run in (one, other))
    yield "map", *(run.projection().spread for run in (one, other))


def _weights(file: Path) -> dict[str, bytes]:
    found = {}
    with zipfile.ZipFile(file) as archive, archive.open("model.weights.h5") as opened, h5py.File(opened) as weights:
        weights.visititems(
            lambda name, item: found.update({name: item[()].tobytes()}) if isinstance(item, h5py.Dataset) else None
        )
    return found


def page_text() -> str:
    """All that the training page says now, as Streamlit's own test runner draws it."""
    patience = 1e6  # seconds by the clock on the wall, which may jump
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=patience).run()
    app.switch_page("pages/training.py").run()
    if app.exception:
        raise SystemExit(str(app.exception[0].value))
    return "\n".join(str(getattr(element, "value", "")) for element in app.main)


@contextmanager
def python(program: str, *arguments: str) -> Iterator[subprocess.Popen]:
    """A process of another server on the same folder; ended with the block."""
    process = subprocess.Popen([sys.executable, "-c", program, *arguments], cwd=ROOT, start_new_session=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)
