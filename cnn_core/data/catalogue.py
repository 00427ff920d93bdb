"""The data sets by name: what is here, and what it holds."""

from collections.abc import Iterator

from filelock import FileLock

from cnn_core import shapes
from cnn_core.data import cifar10
from cnn_core.data.dataset import (
    DataError,
    DataNotReady,
    DataSet,
    Part,
    data_dir,
    explained_disk_errors,
    is_stored,
    open_stored,
    store,
)

SHAPES_SIZES = {"train": 50_000, "test": 10_000}
FOLDERS = {"cifar10": "cifar10", "shapes10": f"shapes10-v{shapes.VERSION}"}


def class_names(name: str) -> tuple[str, ...]:
    """The ten classes in label order, whether the data set is here or not."""
    _folder_name(name)
    return shapes.CLASS_NAMES if name == "shapes10" else cifar10.CLASS_NAMES


def is_ready(name: str) -> bool:
    """Whether `load` answers at once. Reads no image."""
    return is_stored(data_dir() / _folder_name(name))


def load(name: str) -> DataSet:
    """The data set, memory-mapped. Shapes-10 is drawn on first use (some seconds); raises DataNotReady for CIFAR-10."""
    folder = data_dir() / _folder_name(name)
    if name == "shapes10":
        _draw_shapes()
        return open_stored(folder, name=name, title="Shapes-10", class_names=class_names(name))
    if not is_stored(folder):
        raise DataNotReady(
            "CIFAR-10 is not on this machine: press the button on the dataset page, or run `python -m cnn_core data`."
        )
    return open_stored(folder, name=name, title="CIFAR-10", class_names=class_names(name))


def _draw_shapes() -> None:
    folder = data_dir() / FOLDERS["shapes10"]
    if is_stored(folder):
        return
    with explained_disk_errors(folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.parent / "shapes10.lock")
        with lock:
            if not is_stored(folder):
                store(folder, SHAPES_SIZES, _shape_parts())


def _shape_parts() -> Iterator[Part]:
    for seed, (subset, size) in enumerate(SHAPES_SIZES.items()):
        for start, images, labels in shapes.chunks(size, seed=seed):
            yield Part(subset, start, images, labels)


def _folder_name(name: str) -> str:
    if name not in FOLDERS:
        raise DataError(f"The data sets are {' and '.join(FOLDERS)}; there is no '{name}'.")
    return FOLDERS[name]
