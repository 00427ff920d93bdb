"""Training that takes seconds: 260 + 20 + 60 images, each class a brightness with noise."""

from pathlib import Path

import numpy as np

from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.data import DataSet, Split
from cnn_core.data.dataset import Part, store

# Two epochs of nine batches, the last of four images, with every option on that could differ after an interruption.
CONFIG = ExperimentConfig(
    data_set="shapes10",
    network=NetworkConfig(blocks=(Block(4, 1, 0.2), Block(8, 1)), dense_units=(8,)),
    training=TrainingConfig(epochs=2, batch_size=32, optimizer="adamax", learning_rate=3e-3, precision="float32"),
)


def make_data_set(*splits):
    """With these splits only; by default with all."""
    rng = np.random.default_rng(0)
    sizes = {"train": 260, "val": 20, "test": 60}
    found = {}
    for name, size in sizes.items():
        images, labels = _drawn(rng, size)
        found[name] = Split(name, images, np.arange(size), labels)
    parts = [found["train"], found["val"]]
    images, labels = (np.concatenate([getattr(part, what) for part in parts]) for what in ("source", "labels"))
    found["train+val"] = Split("train+val", images, np.arange(280), labels)
    return DataSet("small", "Small", tuple("abcdefghij"), {name: found[name] for name in splits or found})


def store_data_set(folder: Path) -> Path:
    """As the files of a data set; its folder."""
    rng, sizes = np.random.default_rng(0), {"train": 280, "test": 60}
    store(folder, sizes, [Part(subset, 0, *_drawn(rng, size)) for subset, size in sizes.items()])
    return folder


def _drawn(rng, size):
    labels = np.arange(size) % 10
    return (rng.integers(0, 60, (size, 32, 32, 3)) + 19 * labels[:, None, None, None]).astype(np.uint8), labels


def quiet_train(config, data, **options):
    from cnn_core.training import train

    return train(config, data, **{"on_batch": ignore, "on_epoch": ignore, **options})


def ignore(_):
    pass


def stop_after(count):
    """Listeners that stop training after this many batches."""
    seen = []
    return {"on_batch": seen.append, "should_stop": lambda: len(seen) >= count}


def assert_identical(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def lived_in(network, layer_classes=None, seed=3):
    """A network whose running statistics are not the initial zeros and ones."""
    import keras

    from cnn_core.training.models import build_model

    keras.utils.set_random_seed(seed)
    model = build_model(network, layer_classes)
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if "moving" in weight.path or "gamma" in weight.path:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return model
