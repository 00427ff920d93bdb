"""What a run of earlier weeks lacks, written from its network: the backward pass, its filters, how sure it may be."""

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnn_core import data, runs
from cnn_core.batches import training_rows
from cnn_core.config import IMAGE_SHAPE
from cnn_core.convolution.activations import softmax
from cnn_core.explanation import robustness
from cnn_core.explanation.filters import IMAGES
from cnn_core.inference import Classifier, ClassifierError, Network

_CLOSE = 1e-3  # of a probability


@dataclass(frozen=True, slots=True)
class Completed:
    """What was done."""

    written: tuple[str, ...] = ()  # in words
    still_lacks: str | None = None  # what could not be written, and why: a sentence


def complete(run: runs.Run, *, with_changes: bool = False) -> Completed:
    """Write what is missing or cannot be read. Raises RunError if the run has no whole network, or somebody is at it.

    `with_changes`: also how it stands changed test images, which takes minutes for a large network.
    """
    with runs.open_additions(run) as additions:
        is_complete = _has_anatomy(run) and _has(run.filter_facts) and _has_study(run)
        done = Completed() if is_complete else _complete(run, additions)
        if with_changes and not done.still_lacks and not _has(run.robustness):
            done = _measure_changes(run, additions, done.written)
    return done


def _complete(run: runs.Run, additions: runs.Additions) -> Completed:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from cnn_core import training  # three seconds of TensorFlow

    written, network = [], run.config.network
    try:
        model = training.load_weights(network, run.keras_path)
    except Exception as error:  # damage has many names: of zip, of HDF5, of Keras
        raise _cannot(run, "model.keras is damaged, or of another network.") from error
    if not _has_anatomy(run):
        noise = np.random.default_rng(0).integers(0, 256, (4, *IMAGE_SHAPE), dtype=np.uint8)
        answers = _answers(run, noise)
        content = run.network_file()
        anatomy = training.take_apart(model, content)
        logits = Network.open(content, anatomy).backward_pass().logits(noise)
        if not np.abs(softmax(logits) - answers).max() < _CLOSE:
            raise _cannot(run, "its two files are of different networks.")
        additions.anatomy(anatomy)
        written.append("its backward pass")
    try:
        data_set = data.load(run.config.data_set)
    except data.DataError as error:
        return Completed(tuple(written), f"The rest needs the images of its data set. {error}")
    if not _has(run.filter_facts):
        images = data_set.split("test").images(slice(0, IMAGES))
        additions.filters(training.watch_filters(model, network, images))
        written.append("what wakes its filters")
    if not _has_study(run):
        test = data_set.split("test")
        additions.study(training.study(model, run.config, data_set, test.images(), test.labels))
        written.append("how sure it may be, and what it finds alike")
    return Completed(tuple(written))


def _measure_changes(run: runs.Run, additions: runs.Additions, written: tuple[str, ...]) -> Completed:
    try:
        test = data.load(run.config.data_set).split("test")
    except data.DataError as error:
        return Completed(written, f"How it stands changed images needs its test images. {error}")
    some = slice(0, robustness.IMAGES)
    content = run.network_file()
    explain = Network.open(content, run.anatomy()).backward_pass().explain
    predict = Classifier(run.classifier_path).predict
    found = robustness.measure(predict, explain, test.images(some), np.asarray(test.labels[some]))
    additions.robustness(found, content)
    return Completed((*written, "how it stands changed images"))


def _answers(run: runs.Run, images: np.ndarray) -> np.ndarray:
    """What the run's LiteRT file says, float32 (N, classes); its backward pass has to say the same."""
    try:
        return Classifier(run.classifier_path).predict(images)
    except ClassifierError as error:
        raise _cannot(run, "model.tflite is damaged.") from error


def _cannot(run: runs.Run, why: str) -> runs.RunError:
    return runs.RunError(f"{run.title!r} cannot be completed: {why} Delete the run or repeat it.")


def _has_anatomy(run: runs.Run) -> bool:
    try:
        Network.open(run.network_file(), run.anatomy())
    except (OSError, runs.RunError, ClassifierError):
        return False
    return True


def _has_study(run: runs.Run) -> bool:
    """Also that each test image's nearest were looked for among all training images."""
    if not all(map(_has, (run.calibration, run.doubt, run.neighbours, run.projection))):
        return False
    recipe = run.config.training
    try:
        images = len(data.load(run.config.data_set).split(recipe.train_on))
    except data.DataError:
        return True
    return run.neighbours().searched == len(training_rows(recipe, images))


def _has(read: Callable[[], object]) -> bool:
    """Whether there is something that can be read."""
    try:
        return read() is not None
    except runs.RunError:
        return False
