"""Zips of runs, honest and hostile, for the tests of what is brought in."""

import io
import zipfile

import numpy as np
from handmade import write_finished_run

from cnn_core import runs
from cnn_core.architecture import variables
from cnn_core.inference.keras_file import ANSWERS
from cnn_core.runs.arrays import write_arrays

NAME = "20260101-101010-lesson"


def honest_run(config):
    """A run written by hand whose log says what its predictions do."""
    return write_finished_run(config, test_accuracy=40 / 60)


def zip_of(members, *, compression=zipfile.ZIP_DEFLATED):
    """A zip of (name or ZipInfo, content) pairs, in this order; names may be repeated."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def exported(run):
    """What Download gives, and what is in it by name."""
    buffer = io.BytesIO()
    runs.write_zip(run, buffer)
    with zipfile.ZipFile(buffer) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def packed(content, name=NAME):
    """A run's zip from contents by name."""
    return zip_of((f"{name}/{file}", inside) for file, inside in content.items())


def plain_weights(network):
    """Arrays that could be this network's weights; it has learned nothing."""
    rng = np.random.default_rng(0)
    arrays = {name: rng.uniform(0.1, 1, shape).astype(np.float32) for name, shape in variables(network).items()}
    return arrays | {ANSWERS: np.full((4, 10), 0.1, np.float32)}


def weights_file(network, **changes):
    """The same as a file; None takes an array away."""
    arrays = plain_weights(network) | changes
    return write_arrays({name: array for name, array in arrays.items() if array is not None}, compress=False)


def entry(name, kind):
    """A zip's entry with the mode of a link or a device."""
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o644) << 16
    return info


def with_bytes(content, old, new):
    """The file with every `old` exchanged, of the same length."""
    assert len(old) == len(new)
    assert old in content
    return content.replace(old, new)


def leftovers():
    """What lies beside the runs, but for locks and whom they are held for."""
    if not runs.runs_dir().exists():
        return []
    return sorted(
        path.name
        for path in runs.runs_dir().iterdir()
        if not path.name.startswith("training") and path.suffix != ".lock"
    )
