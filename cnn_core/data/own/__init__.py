"""Data sets of one's own: classes that people name and fill, one image after another, and the states that runs learn.

A *set* changes while a class fills it: one SQLite file, so that two visitors who fill one class lose nothing and what
was shown as saved is saved. A *state* is a set at one moment, split honestly and never changed: a folder as CIFAR-10
has one, called "pets@1a2b3c4d", the set's name and a digest of all that is in it. Runs learn states.
"""

from cnn_core.data.own.bringing import bring_folder, bring_zip, read_photo
from cnn_core.data.own.freezing import PARTS, Plan
from cnn_core.data.own.packing import to_zip
from cnn_core.data.own.planning import Division, divided, planned
from cnn_core.data.own.rows import GOOD, LEAST, OwnClass, OwnSet, Stored
from cnn_core.data.own.sets import (
    add,
    add_class,
    create,
    delete,
    find,
    images,
    move,
    remove_class,
    rename,
    rename_class,
    sets,
)
from cnn_core.data.own.shelf import remove
from cnn_core.data.own.states import about, bursts, careless, is_here, latest, load, present, states, sweep

__all__ = [
    "GOOD",
    "LEAST",
    "PARTS",
    "Division",
    "OwnClass",
    "OwnSet",
    "Plan",
    "Stored",
    "about",
    "add",
    "add_class",
    "bring_folder",
    "bring_zip",
    "bursts",
    "careless",
    "create",
    "delete",
    "divided",
    "find",
    "images",
    "is_here",
    "latest",
    "load",
    "move",
    "planned",
    "present",
    "read_photo",
    "remove",
    "remove_class",
    "rename",
    "rename_class",
    "sets",
    "states",
    "sweep",
    "to_zip",
]
