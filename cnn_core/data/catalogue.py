"""The data sets by name: which are on this machine, and what they hold.

A name is one of `config.DATA_SETS`, or that of an own data set with the state that is meant: "pets@1a2b3c4d".
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from cnn_core.config import CLASSES, ExperimentConfig, OwnData
from cnn_core.data import cifar10, own, shapes10
from cnn_core.data.about import About
from cnn_core.data.dataset import (
    DataNotReady,
    DataSet,
    Part,
    data_dir,
    explained_disk_errors,
    is_stored,
    open_stored,
    sizes_of_splits,
    store,
)

SHAPES_SIZES = {"train": 50_000, "test": 10_000}


_FOLDERS = {"cifar10": "cifar10", "shapes10": f"shapes10-v{shapes10.VERSION}"}
_EVERYBODYS = {
    "cifar10": About(
        "cifar10", "CIFAR-10", cifar10.CLASS_NAMES, sizes_of_splits(cifar10.OFFICIAL.sizes), cifar10.GROUPS
    ),
    "shapes10": About("shapes10", "Shapes-10", shapes10.CLASS_NAMES, sizes_of_splits(SHAPES_SIZES)),
}


def about(name: str) -> About:
    """What is known of the data set of this name. Raises DataError if it is not here."""
    return _EVERYBODYS.get(name) or own.about(name)


def learned(config: ExperimentConfig) -> About:
    """The data set of an experiment; an own one as it was learned, whether or not it is here still."""
    if config.own:
        return About.of_own(config.data_set, config.own)
    return _EVERYBODYS[config.data_set]


def on(config: ExperimentConfig, name: str) -> ExperimentConfig:
    """The same experiment on another data set, with as many classes as that has."""
    if name in _EVERYBODYS:
        return replace(config, data_set=name, own=None, network=replace(config.network, classes=CLASSES))
    known = own.about(name)
    described = OwnData(known.title, known.class_names, *(known.sizes[split] for split in ("train", "val", "test")))
    network = replace(config.network, classes=len(known.class_names))
    return replace(config, data_set=name, own=described, network=network)


def is_ready(name: str) -> bool:
    """Whether `load` answers at once. Reads no image."""
    return is_stored(data_dir() / _FOLDERS[name]) if name in _FOLDERS else own.is_here(name)


def load(name: str) -> DataSet:
    """The data set, memory-mapped. Shapes-10 is drawn on first use (some seconds); raises DataNotReady for CIFAR-10."""
    if name not in _FOLDERS:
        return own.load(name)
    folder = data_dir() / _FOLDERS[name]
    if not is_stored(folder):
        if name == "cifar10":
            raise DataNotReady(
                "CIFAR-10 is not on this machine: press Get CIFAR-10 on the page Data set, "
                "or run `python -m cnn_core data`."
            )
        _draw_shapes(folder)
    return open_stored(folder, _EVERYBODYS[name])


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
