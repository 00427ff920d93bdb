"""Getting CIFAR-10 onto this machine."""

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from cnn_core.data import cifar10
from cnn_core.data.dataset import data_dir, is_stored, store

Progress = Callable[[str, int, int], None]


def silent(message: str, done: int, total: int) -> None:
    pass


def prepare_cifar10(source: Path | None = None, *, progress: Progress = silent) -> None:
    folder = data_dir() / "cifar10"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / "cifar10.lock"):
        if not is_stored(folder):
            store(folder, cifar10.OFFICIAL.sizes, cifar10.read(source))
