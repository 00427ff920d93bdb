"""How values are written in Python source: as one writes them by hand, and so that they come back exactly."""

from collections.abc import Iterable

import numpy as np

_WIDTH = 88
_WHOLE_WIDTH = 96  # where no comment follows: CIFAR-10's ten names are one line


def call(name: str, *arguments: object, **options: object) -> str:
    """A call of a function with these values, as source: call("Conv2D", 16, 3, padding="same")."""
    given = [*map(value, arguments), *(f"{key}={value(option)}" for key, option in options.items())]
    return f"{name}({', '.join(given)})"


def value(thing: object) -> str:
    """A number, a text or a tuple of them as source; whole numbers without a point, texts in double quotes."""
    if isinstance(thing, str):
        return '"' + thing.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(thing, tuple):
        return f"({', '.join(map(value, thing))}{',' * (len(thing) == 1)})"
    if thing is None or isinstance(thing, bool | np.bool_):
        return str(thing)
    if isinstance(thing, int | np.integer):
        return str(int(thing))
    if isinstance(thing, np.float32):
        return str(thing)  # the shortest that comes back as the same float32
    return repr(float(thing))


def array(values: np.ndarray, indent: int = 0) -> str:
    """An array as source, `np.array([...])`, row by row; the numbers come back exactly.

    indent: spaces that the lines after the first begin with.
    """
    values = np.asarray(values)
    if np.issubdtype(values.dtype, np.floating) and (values == np.rint(values)).all() and (abs(values) < 1e6).all():
        values = values.astype(int)
    return f"np.array({_rows(values, indent + len('np.array('))})"


def names(class_names: Iterable[str]) -> str:
    """`names = [...]`: the classes in the order of their labels, broken where the line is full."""
    return f"names = {_line([value(name) for name in class_names], len('names = '), _WHOLE_WIDTH)}"


def join(parts: Iterable[str], between: str = "\n\n") -> str:
    """The parts that are not empty, one after another."""
    return between.join(part.strip("\n") for part in parts if part.strip()) + "\n"


def _rows(values: np.ndarray, indent: int) -> str:
    if values.ndim == 0:
        return value(values[()])
    if values.ndim == 1:
        return _line([value(number) for number in values], indent)
    rows = [_rows(row, indent + 1) for row in values]
    return "[" + f",\n{' ' * (indent + 1)}".join(rows) + "]"


def _line(numbers: list[str], indent: int, width: int = _WIDTH) -> str:
    """Numbers, or texts, in brackets, broken where the line is full."""
    lines, room = [""], width - indent
    for number in numbers:
        if lines[-1] and len(lines[-1]) + len(number) + 2 > room:
            lines.append("")
        lines[-1] += (", " if lines[-1] else "") + number
    return "[" + f",\n{' ' * (indent + 1)}".join(lines) + "]"
