"""One value of a feature map, taken apart: its window in the layer before, every product, the sum, and what followed.

All numbers are the network's own: maps from LiteRT, kernels and biases from its file. What is printed adds up as
printed. A test compares the sums with Keras.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cnn_core.convolution.learned import line
from cnn_core.explanation.flow import Column

Maps = Mapping[str, np.ndarray]  # by the layer's name: float32 (h, w, c)


class Place(NamedTuple):
    """A value of the maps of a column; all count from 0."""

    filter: int
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Step:
    """What a layer made of the value."""

    kind: str  # the Keras class
    function: str  # the activation; empty for others
    given: tuple[float, ...]  # the value before; of a pooling all that it chose from
    result: float
    factor: float = 1.0  # of a batch-norm, NaN where the map is flat; and its summand
    summand: float = 0.0


@dataclass(frozen=True, slots=True)
class Value:
    """A value, and how it came about."""

    place: Place
    cell: tuple[int, int]  # row and column of the sum among the convolution's; of a pooling, of the one written out
    window: np.ndarray  # float32 (k, k, channels): what the kernel lies on; zeros beside the map
    kernel: np.ndarray  # float32 (k, k, channels)
    bias: float
    steps: tuple[Step, ...]  # after the sum, in order

    @property
    def channel_sums(self) -> np.ndarray:
        """Float64 (channels,): the products of each channel, added up."""
        return (self.window.astype(float) * self.kernel).sum((0, 1))

    @property
    def sum(self) -> float:
        """All products and the bias: what the convolution gives."""
        return float(self.channel_sums.sum()) + self.bias

    @property
    def result(self) -> float:
        """The value itself."""
        return self.steps[-1].result if self.steps else self.sum

    def strongest(self, most: int) -> np.ndarray:
        """The channels whose sums are the largest by size, at most so many, the largest first."""
        return np.argsort(-np.abs(self.channel_sums), kind="stable")[:most]


def trace(column: Column, maps: Maps, kernel: np.ndarray, bias: np.ndarray | None, at: Place) -> Value:
    """Take a value apart.

    Args:
        column: whose maps it is in.
        maps: every layer's, of one image.
        kernel: float32 (k, k, in, out), of the column's convolution.
        bias: float32 (out,); None where it has none.
        at: which value.
    """
    cell, steps = _follow(column, maps, at)
    top, left = (place - column.before for place in cell)
    window = _window(maps[column.source.name], top, left, len(kernel))
    own = 0.0 if bias is None else float(bias[at.filter])
    return Value(at, cell, window, kernel[..., at.filter], own, tuple(steps))


def add_up(terms: Sequence[float], decimals: int) -> tuple[list[float], float]:
    """The terms and their sum, rounded so that the rounded terms add up to the rounded sum.

    The sum is rounded as usual; where the terms miss it, those that lie nearest to the other side are rounded there,
    so each is off by less than one unit of the last digit.
    """
    unit = 10.0**-decimals
    wanted = round(float(sum(terms)) / unit)
    scaled = np.array(terms, float) / unit
    whole = np.floor(scaled)
    missing = int(wanted - whole.sum())
    for place in np.argsort(whole - scaled, kind="stable")[: max(missing, 0)]:
        whole[place] += 1
    return [round(value * unit, decimals) + 0.0 for value in whole], round(wanted * unit, decimals) + 0.0


def decimals_for(terms: Sequence[float]) -> int:
    """How many digits behind the point make the largest of these numbers readable: three digits or four."""
    largest = max((abs(term) for term in terms), default=0.0)
    return next((digits for limit, digits in ((100, 1), (10, 2), (0.1, 3)) if largest >= limit), 4)


def _follow(column: Column, maps: Maps, at: Place) -> tuple[tuple[int, int], list[Step]]:
    """From the sum to the value that is shown: the sum's cell, and each step."""
    cell, steps, before = (at.row, at.column), [], column.convolution
    for layer in column.behind:
        given = maps[before.name][..., at.filter]
        result = float(maps[layer.name][at.row, at.column, at.filter])
        if layer.kind.endswith("Pooling2D"):
            block = given[2 * at.row : 2 * at.row + 2, 2 * at.column : 2 * at.column + 2]
            best = divmod(int(np.abs(block).argmax() if layer.kind.startswith("Average") else block.argmax()), 2)
            cell = (2 * at.row + best[0], 2 * at.column + best[1])
            steps.append(Step(layer.kind, "", tuple(map(float, block.flat)), result))
        else:
            factor, summand = 1.0, 0.0
            if layer.kind == "BatchNormalization":
                both = (maps[name][..., [at.filter]] for name in (before.name, layer.name))
                factor, summand = (float(found[0]) for found in line(*both))
            function = layer.settings.get("activation", "")
            steps.append(Step(layer.kind, function, (float(given[at.row, at.column]),), result, factor, summand))
        before = layer
    return cell, steps


def _window(maps: np.ndarray, top: int, left: int, size: int) -> np.ndarray:
    window = np.zeros((size, size, maps.shape[-1]), np.float32)
    rows = slice(max(top, 0), min(top + size, maps.shape[0]))
    columns = slice(max(left, 0), min(left + size, maps.shape[1]))
    window[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = maps[rows, columns]
    return window
