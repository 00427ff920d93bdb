"""A small data set of one's own: three classes, each another brightness, in bursts of four images."""

import numpy as np
from handmade import write_finished_run

from cnn_core import data
from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.data import own

CLASSES = ("cat", "dog", "none of these")
SMALL = ExperimentConfig(
    network=NetworkConfig(blocks=(Block(4, 1),), dense_units=()),
    training=TrainingConfig(epochs=2, batch_size=8),
)


def fill(title="Pets", class_names=CLASSES, *, bursts=3, each=4):
    """The set, with so many bursts of so many images in each class."""
    made = own.create(title, class_names)
    for place, of_class in enumerate(made.classes):
        for number in range(bursts):
            own.add(made.name, of_class.id, pictures(each, place, seed=10 * place + number), f"burst {number}")
    return own.find(made.name)


def pictures(count, place=0, seed=0):
    """uint8 (count, 32, 32, 3), brighter from class to class."""
    shade = 60 * place
    return np.random.default_rng(seed).integers(shade, shade + 60, (count, 32, 32, 3), dtype=np.uint8)


def learned(made, *, title="Pets, lesson", **settings):
    """A finished run on the present state of the set, without a network."""
    state = own.latest(made.name)
    config = data.on(ExperimentConfig(**{"network": SMALL.network, "training": SMALL.training, **settings}), state)
    return write_finished_run(config, title=title, n=data.about(state).sizes["test"])
