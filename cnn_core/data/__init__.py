"""Data sets of 32x32 colour images: CIFAR-10, which is downloaded once, Shapes-10, always available, and one's own.

    train = data.load("cifar10").split("train")
    train.images(slice(0, 36)), train.labels[:36]

Images stay on disk, memory-mapped; only the requested ones are copied. Every failure is a DataError, one sentence.
"""

from cnn_core.data import own
from cnn_core.data.about import About
from cnn_core.data.catalogue import about, is_ready, learned, load, on
from cnn_core.data.dataset import DataError, DataNotReady, DataSet, Split, data_dir
from cnn_core.data.preparation import prepare_cifar10, print_progress, start_background_preparation
from cnn_core.data.status import PreparationStatus, preparation_status
from cnn_core.data.strange import STRANGE, strange_images, strange_kinds

__all__ = [
    "STRANGE",
    "About",
    "DataError",
    "DataNotReady",
    "DataSet",
    "PreparationStatus",
    "Split",
    "about",
    "data_dir",
    "is_ready",
    "learned",
    "load",
    "on",
    "own",
    "preparation_status",
    "prepare_cifar10",
    "print_progress",
    "start_background_preparation",
    "strange_images",
    "strange_kinds",
]
