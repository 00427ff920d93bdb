"""Data sets of 32x32 colour images in ten classes: CIFAR-10, which is downloaded once, and Shapes-10, always available.

    train = data.load("cifar10").split("train")
    train.images(slice(0, 36)), train.labels[:36]

Images stay on disk, memory-mapped; only the requested ones are copied. Every failure is a DataError, one sentence.
"""

from cnn_core.data.catalogue import class_names, count_images, groups, is_ready, load, title
from cnn_core.data.dataset import DataError, DataNotReady, DataSet, Split, data_dir
from cnn_core.data.preparation import prepare_cifar10, print_progress, start_background_preparation
from cnn_core.data.status import PreparationStatus, preparation_status
from cnn_core.data.strange import STRANGE, strange_images, strange_kinds

__all__ = [
    "STRANGE",
    "DataError",
    "DataNotReady",
    "DataSet",
    "PreparationStatus",
    "Split",
    "class_names",
    "count_images",
    "data_dir",
    "groups",
    "is_ready",
    "load",
    "preparation_status",
    "prepare_cifar10",
    "print_progress",
    "start_background_preparation",
    "strange_images",
    "strange_kinds",
    "title",
]
