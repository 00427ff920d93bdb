"""Data sets of one's own for the tests: images that differ, and sets that can be learned."""

import io

import numpy as np
from PIL import Image

from cnn_core.data import own


def noise(n, seed=0):
    """Images that differ, uint8 (n, 32, 32, 3)."""
    return np.random.default_rng(seed).integers(0, 256, (n, 32, 32, 3), np.uint8)


def png(image):
    """An image as a file."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def filled(title="Pets", classes=("cat", "dog"), bursts=(6, 5, 4)):
    """A set whose classes have bursts of so many images."""
    made = own.create(title, classes)
    for of_class in made.classes:
        for number, size in enumerate(bursts):
            seed = 100 * of_class.id + number
            own.add(made.name, of_class.id, noise(size, seed), f"{of_class.name} {number}")
    return own.find(made.name)


def content(name):
    """The classes of a set: their names, and of each image its pixels and its burst, the newest first."""
    found = own.find(name)
    return {
        of_class.name: [(stored.group, stored.image.tobytes()) for stored in own.images(name, of_class.id)]
        for of_class in found.classes
    }


def shelf():
    """What lies in the folder of the sets, but for its lock."""
    from cnn_core import data

    folder = data.data_dir() / "own"
    return sorted(path.name for path in folder.iterdir() if path.name != ".own.lock") if folder.exists() else []
