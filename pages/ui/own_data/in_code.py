"""The data set as code: its zip as arrays, divided as the app does it now, and the last layer that is learned on it."""

from collections.abc import Mapping

from cnn_core import presets
from cnn_core.code import own_data
from cnn_core.data import DataError, own
from cnn_core.data.own import OwnSet
from pages.ui import code_mirror


def show(own_set: OwnSet) -> None:
    """Nothing while it has no picture."""
    if own_set.images:
        code_mirror.show(lambda: _programs(own_set), key="code.own_data")


def _programs(own_set: OwnSet) -> Mapping[str, str]:
    name = own_set.name
    try:
        division = own.divided(name)
    except DataError:  # it cannot be learned yet
        return {"NumPy": own_data.splits(name, None)}
    reused = own_data.reused(name, division, presets.reusing())
    return {"NumPy": own_data.splits(name, division), "Keras and scikit-learn": reused}
