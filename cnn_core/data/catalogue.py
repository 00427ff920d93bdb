"""The data sets by name: which are on this machine, and what they hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from cnn_core.data import cifar10, shapes10
from cnn_core.data.dataset import (
    VAL_SHARE,
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


class _Entry(NamedTuple):
    title: str
    class_names: tuple[str, ...]
    folder: str
    sizes: dict[str, int]  # images of the official training set and of the test set
    groups: dict[str, tuple[str, ...]]  # classes that belong together, by the group's name; of all classes or of none


_ENTRIES = {
    "cifar10": _Entry("CIFAR-10", cifar10.CLASS_NAMES, "cifar10", cifar10.OFFICIAL.sizes, cifar10.GROUPS),
    "shapes10": _Entry("Shapes-10", shapes10.CLASS_NAMES, f"shapes10-v{shapes10.VERSION}", SHAPES_SIZES, {}),
}


def class_names(name: str) -> tuple[str, ...]:
    """The ten classes in the order of their labels; known without the images."""
    return _entry(name).class_names


def groups(name: str) -> dict[str, tuple[str, ...]]:
    """Groups of classes, by the group's name; empty where the classes form none."""
    return _entry(name).groups


def title(name: str) -> str:
    """The name that people read; known without the images."""
    return _entry(name).title


def count_images(name: str, split: str) -> int:
    """How many images a split of the complete data set has; known without the images."""
    sizes = _entry(name).sizes
    val = sizes["train"] // VAL_SHARE
    counts = {"train": sizes["train"] - val, "val": val, "train+val": sizes["train"], "test": sizes["test"]}
    return counts[split]


def is_ready(name: str) -> bool:
    """Whether `load` answers at once. Reads no image."""
    return is_stored(data_dir() / _entry(name).folder)


def load(name: str) -> DataSet:
    """The data set, memory-mapped. Shapes-10 is drawn on first use (some seconds); raises DataNotReady for CIFAR-10."""
    entry = _entry(name)
    folder = data_dir() / entry.folder
    if not is_stored(folder):
        if name == "cifar10":
            raise DataNotReady(
                "CIFAR-10 is not on this machine: press Get CIFAR-10 on the page Data set, "
                "or run `python -m cnn_core data`."
            )
        _draw_shapes(folder)
    return open_stored(folder, name=name, title=entry.title, class_names=entry.class_names)


def _draw_shapes(folder: Path) -> None:
    with explained_disk_errors():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / "shapes10.lock"):
            if not is_stored(folder):  # another process may have drawn them while this one waited
                store(folder, SHAPES_SIZES, _shape_parts())


def _shape_parts() -> Iterator[Part]:
    for seed, (subset, size) in enumerate(SHAPES_SIZES.items()):
        for start, images, labels in shapes10.chunks(size, seed=seed):
            yield Part(subset, start, images, labels)


def _entry(name: str) -> _Entry:
    if name not in _ENTRIES:
        raise DataError(f"There is no data set '{name}'; the data sets are {' and '.join(_ENTRIES)}.")
    return _ENTRIES[name]
