"""The data sets by name."""

from cnn_core.data import cifar10
from cnn_core.data.dataset import DataError, DataNotReady, DataSet, data_dir, is_stored, open_stored


def is_ready(name: str) -> bool:
    """Whether `load` would answer at once."""
    return is_stored(data_dir() / name)


def load(name: str) -> DataSet:
    if name != "cifar10":
        raise DataError(f"The data sets are cifar10 and shapes10; there is no '{name}'.")
    if not is_ready(name):
        raise DataNotReady(
            "CIFAR-10 is not on this machine yet: press the button on the dataset page or run `python -m cnn_core data`."
        )
    return open_stored(data_dir() / name, name="cifar10", title="CIFAR-10", class_names=cifar10.CLASS_NAMES)
