"""Data sets of 32x32 colour images in ten classes: CIFAR-10, which has to be fetched, and Shapes-10, always there."""

from cnn_core.data.catalogue import is_ready, load
from cnn_core.data.dataset import DataError, DataNotReady, DataSet, Split, data_dir
from cnn_core.data.preparation import prepare_cifar10

__all__ = ["DataError", "DataNotReady", "DataSet", "Split", "data_dir", "is_ready", "load", "prepare_cifar10"]
