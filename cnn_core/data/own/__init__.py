"""Data sets of one's own: classes that people name and fill, one image after another, and the states that runs learn.

A *set* changes while a class fills it: one SQLite file, so that two visitors who fill one class lose nothing and what
was shown as saved is saved. A *state* is a set at one moment, split honestly and never changed: a folder as CIFAR-10
has one, called "pets@1a2b3c4d", the set's name and a digest of all that is in it. Runs learn states.
"""

from cnn_core.data.about import About
from cnn_core.data.dataset import DataError, DataSet


def about(name: str) -> About:
    """What is known of this state. Raises DataError if it is not here."""
    raise DataError(f"There is no data set '{name}'; the data sets are cifar10 and shapes10.")


def is_here(name: str) -> bool:
    """Whether the state of this name is stored."""
    return False


def load(name: str) -> DataSet:
    """The state of this name, memory-mapped. Raises DataError if it is not here."""
    raise DataError(f"There is no data set '{name}'; the data sets are cifar10 and shapes10.")
