"""Files of arrays that anybody may have written: plain numbers and text, of the size that was allowed, or nothing.

NumPy's own reader makes room for whatever shape a file names, and a kilobyte may unpack to gigabytes; here what the
file says is compared with what is there first. No pickle is opened.
"""

import io
from math import prod

import numpy as np

from cnn_core.zips import open_zip, read_member

_MEMBERS = 2_000
_KINDS = "biufU"  # truth values, whole numbers, floats and text; no objects, records, times or raw bytes
_LARGEST_ITEM = 8  # bytes of a number


def read_npz(content: bytes, most: float) -> dict[str, np.ndarray]:
    """The arrays, read-only, by name. Raises ValueError if they are not what they say, or take more than `most` bytes.

    Also where one is damaged, an object array, or twice there.
    """
    archive = open_zip(content, members=_MEMBERS, most=most)
    arrays: dict[str, np.ndarray] = {}
    for member in archive.infolist():
        name = member.filename.removesuffix(".npy")
        if name in arrays or name == member.filename:
            raise ValueError(f"{member.filename!r} is there twice, or is no array")
        arrays[name] = _array(read_member(archive, member))
    return arrays


def _array(content: bytes) -> np.ndarray:
    """The array of an .npy file, as NumPy writes it since 2007: version 1.0."""
    file = io.BytesIO(content)
    try:
        is_of_this_form = np.lib.format.read_magic(file) == (1, 0)
        shape, is_by_columns, dtype = np.lib.format.read_array_header_1_0(file)
    except Exception:  # damage has many names: of Python's parser, of NumPy
        is_of_this_form = False
    if not is_of_this_form:
        raise ValueError("an array is of another form")
    is_plain = dtype.kind in _KINDS and not dtype.hasobject and dtype.isnative
    if not is_plain or (dtype.kind != "U" and dtype.itemsize > _LARGEST_ITEM):
        raise ValueError("an array holds something else than numbers or text")
    begin, count = file.tell(), prod(shape)
    if any(side < 0 for side in shape) or count * dtype.itemsize != len(content) - begin:
        raise ValueError("an array has another size than it says")
    if not dtype.itemsize:  # text without a letter
        return np.zeros(shape, dtype)
    numbers = np.frombuffer(content, dtype, count, begin)
    return numbers.reshape(shape, order="F" if is_by_columns else "C")
