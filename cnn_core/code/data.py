"""The data set of a script: read without this project, and divided into the same splits."""

import inspect
import re

from cnn_core.code.written import join
from cnn_core.config import ExperimentConfig
from cnn_core.data import shapes10
from cnn_core.data.catalogue import SHAPES_SIZES
from cnn_core.data.own.freezing import IN_VAL

SHAPES_FOLDER = f"shapes10-v{shapes10.VERSION}"
FROM_KERAS = """
if DATA:  # a folder with the six batches that CIFAR-10's authors publish
    def read(name):
        with open(os.path.join(DATA, name), "rb") as file:
            batch = pickle.load(file, encoding="bytes")
        return batch[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), np.array(batch[b"labels"])

    batches = [read(f"data_batch_{number}") for number in range(1, 6)]
    all_images, all_labels = (np.concatenate(part) for part in zip(*batches))
    test_images, test_labels = read("test_batch")
else:  # Keras downloads it once, 170 MB
    (all_images, all_labels), (test_images, test_labels) = keras.datasets.cifar10.load_data()
    all_labels, test_labels = all_labels[:, 0], test_labels[:, 0]
"""
_LOADED = """
# The app's data folder has these files; the script among the run's actions draws the images itself.
READ"""
_OWN = """
# The app's data folder has these files, a folder for each state of a data set.
READin_validation = np.load(os.path.join(DATA, "IN_VAL")).astype(bool)
"""
_READ = """all_images, all_labels, test_images, test_labels = (
    np.load(os.path.join(DATA, f"{name}.npy"))
    for name in ("train_images", "train_labels", "test_images", "test_labels")
)
"""
_DRAWN = """
if DATA:  # a folder with the four files of Shapes-10 that CNN Classroom writes
    all_images, all_labels, test_images, test_labels = (
        np.load(os.path.join(DATA, f"{name}.npy"))
        for name in ("train_images", "train_labels", "test_images", "test_labels")
    )
else:
    all_images, all_labels = generate(TRAIN, seed=0)
    test_images, test_labels = generate(TEST, seed=1)
"""
_SPLITS = """
in_validation = np.zeros(len(all_labels), bool)  # the last tenth of each class
for label in range(10):
    of_class = np.flatnonzero(all_labels == label)
    in_validation[of_class[len(of_class) - len(of_class) // 10 :]] = True
"""
_DIVIDED = """train_images, train_labels = all_images[~in_validation], all_labels[~in_validation]
val_images, val_labels = all_images[in_validation], all_labels[in_validation]
"""
_ALL = """
# This recipe trains on all of the official training set, and watches the test split, as the report did.
train_images, train_labels = all_images, all_labels
val_images, val_labels = test_images, test_labels
"""


def images(config: ExperimentConfig, *, is_drawn: bool) -> str:
    """Code that leaves train_, val_ and test_ images uint8 (n, 32, 32, 3) and labels (n,).

    is_drawn: the code after `drawing` has been run, for Shapes-10; otherwise its files are read from DATA.
    """
    divided = _SPLITS + _DIVIDED
    if config.data_set == "cifar10":
        read = FROM_KERAS
    elif config.own:
        read, divided = _OWN.replace("READ", _READ).replace("IN_VAL", IN_VAL), _DIVIDED
    elif is_drawn:
        read = _DRAWN.replace("TRAIN", value_of("train")).replace("TEST", value_of("test"))
    else:
        read = _LOADED.replace("READ", _READ)
    return join([read, divided if config.training.validate_on == "val" else _ALL], "\n\n")


def folder(name: str) -> str | None:
    """Where a data set of files is in the app's data folder; None for CIFAR-10, which Keras knows."""
    if name == "cifar10":
        return None
    return SHAPES_FOLDER if name == "shapes10" else f"own/{name.replace('@', '/')}"


def value_of(subset: str) -> str:
    return f"{SHAPES_SIZES[subset]:_}"


def drawing() -> str:
    """The program that draws Shapes-10, as it is in this project: NumPy alone."""
    source = inspect.getsource(shapes10)
    _, body = source.split("from cnn_core.processor import cores\n")
    body = body.replace("threads = cores()", "threads = os.cpu_count() or 1")
    body = re.sub(r"\bIMAGE_SHAPE\b", "(32, 32, 3)", body)
    return re.sub(r"\bCLASSES\b", "10", body).strip("\n")


DRAWING_IMPORTS = """import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
"""
