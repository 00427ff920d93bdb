"""What the tests share: a folder of their own for data and runs, and a data set small enough to train on in seconds."""

import gc
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from app import give_photo, open_page, shapes_only  # noqa: F401
from handmade import write_finished_run
from small_training import store_data_set
from zips import exported, honest_run

from cnn_core import data, limits, locks, runs
from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig

OFFICIAL_ARCHIVE = Path(__file__).parents[2] / "shared" / "data" / "cifar-10-batches-py.tar.xz"


@pytest.fixture(scope="module", autouse=True)
def what_is_loaded_stays():
    """What earlier tests left (TensorFlow, above all) is looked through by no garbage collection any more.

    Streamlit collects after each run of a page; among the objects of TensorFlow and of a training that takes 2.5 s,
    where the page takes 0.1 s.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """No test sees or changes the user's own data and runs, nor depends on the recorded ones or the user's key."""
    for name in ("CNN_TEACHER_KEY", "CNN_PUPILS_TRAIN", *limits.VARIABLES.values()):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(runs.files, "recorded_dir", lambda: tmp_path / "recorded")
    monkeypatch.setenv("CNN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CNN_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv(limits.PROFILE, "laptop")  # also where the tests themselves run in a small container


@pytest.fixture
def machine(tmp_path):
    """Writes the files of a Linux machine under a folder of its own: text by path."""

    def write(files):
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return tmp_path

    return write


@pytest.fixture
def fresh_caches():
    """The app's caches know nothing of another test's data sets and visitors."""
    from pages.ui import cache

    cache._data_set.clear()
    cache.watchers.clear()
    yield
    cache._data_set.clear()


@pytest.fixture(scope="session")
def real_cifar10(shared_folder):
    """CIFAR-10 itself: already prepared in CNN_DATA_DIR or data/, or converted now from the official archive."""
    for folder in filter(None, (os.environ.get("CNN_DATA_DIR"), "data")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CNN_DATA_DIR", str(Path(folder).resolve()))
            if data.is_ready("cifar10"):
                return data.load("cifar10")
    if not OFFICIAL_ARCHIVE.exists():
        pytest.skip("CIFAR-10 is not on this machine: neither prepared, nor as an archive beside the project")
    with shared_folder("cifar10") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNN_DATA_DIR", str(folder))
        if not data.is_ready("cifar10"):
            data.prepare_cifar10(OFFICIAL_ARCHIVE, progress=lambda message, done, total: None)
        return data.load("cifar10")


@pytest.fixture(scope="session")
def shapes10_dir(shared_folder):
    """A data folder with the whole of Shapes-10 in it, drawn once for all tests; nobody writes into it."""
    from tests.e2e.live_app import give_shapes

    with shared_folder("shapes10") as folder:
        if not any(folder.glob("shapes10-*")):
            give_shapes(folder)
    return folder


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory, request):
    """A function that gives a folder which all processes of these tests share, one at a time."""
    own = tmp_path_factory.getbasetemp()
    common = own.parent if hasattr(request.config, "workerinput") else own  # xdist's workers have folders of their own

    @contextmanager
    def open_folder(name):
        folder = common / name
        folder.mkdir(exist_ok=True)
        with locks.hold(folder / "lock", patience=300):
            yield folder

    return open_folder


@pytest.fixture
def tiny_data_dir(tmp_path):
    """A stand-in for CIFAR-10, in its place and form: 260 + 20 + 60 images, each class a brightness with noise."""
    return store_data_set(data.data_dir() / "cifar10")


@pytest.fixture
def tiny_data(tiny_data_dir):
    return data.load("cifar10")


@pytest.fixture
def tiny_config():
    """Two epochs of nine batches, the last of four images, with all that could differ after an interruption."""
    return ExperimentConfig(
        data_set="cifar10",
        network=NetworkConfig(blocks=(Block(4, 1, 0.2), Block(8, 1)), dense_units=(8,)),
        training=TrainingConfig(epochs=2, batch_size=32, optimizer="adamax", learning_rate=3e-3),
    )


@pytest.fixture
def finished_run(tiny_config):
    """A run as a worker leaves it, written by hand: two epochs, predictions for 60 images, no network."""
    return write_finished_run(tiny_config)


@pytest.fixture
def content(tiny_config):
    """The files in a good run's zip, by name; the run itself is gone."""
    run = honest_run(tiny_config)
    found = exported(run)
    runs.delete(run)
    return found


@pytest.fixture(scope="session")
def network_file():
    """A small network as a LiteRT file; it has learned nothing."""
    import keras

    from cnn_core.training import models, to_litert

    keras.utils.set_random_seed(0)
    return to_litert(models.build_model(NetworkConfig(blocks=(Block(4, 1),))))


@pytest.fixture
def workers(monkeypatch):
    """Processes that are started instead of workers: `workers.program` is what they do; none outlives the test."""

    class Workers(list):
        program = "import time; time.sleep(60)"

    started = Workers()

    class FakeWorker(subprocess.Popen):
        def __init__(self, command, **options):
            super().__init__([sys.executable, "-c", started.program, command[3]], **options)
            self.options = options
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", FakeWorker)
    yield started
    for worker in started:
        worker.kill()
        worker.wait(10)


@pytest.fixture
def run_with_network(finished_run, tiny_data, network_file):
    """A finished run with a network, and images to classify with it."""
    finished_run.classifier_path.write_bytes(network_file)
    return finished_run
